using Microsoft.Win32.SafeHandles;

namespace Ccr.Artemis;

/// <summary>A folder of this machine.</summary>
internal sealed class DiskFolder : IStoreFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens the folder, and makes it where it is missing.</summary>
    internal DiskFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
        }
        else
        {
            Directory.CreateDirectory(Path, Private | UnixFileMode.UserExecute);
        }
    }

    public string Path { get; }

    public IReadOnlyList<string> List() =>
        [.. Directory.EnumerateFiles(Path).Select(System.IO.Path.GetFileName).OfType<string>().Order()];

    public IStoreFile Create(string name)
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.Create,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Private;
        }

        return new DiskFile(In(name), new FileStream(In(name), options));
    }

    public IStoreFile Open(string name) => new DiskFile(In(name), new FileStream(
        In(name), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 0));

    public void Rename(string from, string to) => File.Move(In(from), In(to), overwrite: true);

    public void Remove(string name) => File.Delete(In(name));

    public void Force()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        int fd = Libc.openat(
            Libc.AtFdCwd, Path, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenCloseOnExec, 0);
        if (fd < 0)
        {
            throw Libc.Error($"The folder '{Path}' cannot be opened", Libc.LastError);
        }

        using SafeFileHandle folder = new(fd, ownsHandle: true);
        if (Libc.fsync(folder) != 0)
        {
            throw Libc.Error($"The folder '{Path}' could not be forced to the disk", Libc.LastError);
        }
    }

    public void Dispose()
    {
        // A folder is opened for each force only.
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);

    private sealed class DiskFile(string path, FileStream stream) : IStoreFile
    {
        private readonly SafeFileHandle _handle = stream.SafeFileHandle;

        public long Length => RandomAccess.GetLength(_handle);

        public void ReadAt(long offset, Span<byte> octets)
        {
            while (octets.Length > 0)
            {
                int read = RandomAccess.Read(_handle, octets, offset);
                if (read == 0)
                {
                    throw new EndOfStreamException(
                        $"'{path}' ends at {Length}, but octet {offset} of it is asked for: it was cut.");
                }

                octets = octets[read..];
                offset += read;
            }
        }

        public void WriteAt(long offset, ReadOnlySpan<byte> octets) => RandomAccess.Write(_handle, octets, offset);

        public void SetLength(long length) => RandomAccess.SetLength(_handle, length);

        public void Force()
        {
            if (!OperatingSystem.IsLinux())
            {
                stream.Flush(flushToDisk: true);
            }
            else if (Libc.fdatasync(_handle) != 0)
            {
                throw Libc.Error($"'{path}' could not be forced to the disk", Libc.LastError);
            }
        }

        public void Dispose() => stream.Dispose();
    }
}
