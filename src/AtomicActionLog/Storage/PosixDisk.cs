namespace Ccr.AtomicActionLog.Storage;

/// <summary>The disk through pwrite, fdatasync and their like.</summary>
internal sealed class PosixDisk : IDisk
{
    internal static readonly PosixDisk Instance = new();

    public IDiskFile Open(string path)
    {
        int file = Uninterrupted(() =>
            Libc.Open(path, Libc.ReadWrite | Libc.Create | Libc.CloseOnExec, Libc.OwnerOnly));
        return file >= 0 ? new PosixFile(path, file) : throw Failed("open", path);
    }

    public void SyncDirectory(string directory)
    {
        int file = Uninterrupted(() => Libc.Open(directory, Libc.DirectoryOnly | Libc.CloseOnExec, 0));
        if (file < 0)
        {
            throw Failed("open", directory);
        }

        int result = Uninterrupted(() => Libc.Sync(file));
        IOException? failure = result == 0 ? null : Failed("force", directory);
        _ = Libc.Close(file);
        if (failure is not null)
        {
            throw failure;
        }
    }

    public void Rename(string from, string to)
    {
        if (Uninterrupted(() => Libc.Rename(from, to)) != 0)
        {
            throw Failed("rename", from);
        }
    }

    public void Remove(string path)
    {
        if (Uninterrupted(() => Libc.Unlink(path)) != 0)
        {
            throw Failed("remove", path);
        }
    }

    // Of all failures, an interruption alone is no failure: the call did nothing yet.
    private static int Uninterrupted(Func<int> call)
    {
        int result;
        do
        {
            result = call();
        }
        while (result < 0 && Libc.Interrupted);
        return result;
    }

    private static IOException Failed(string what, string path) =>
        new($"The system could not {what} '{path}': {Libc.LastErrorText()}.");

    private sealed unsafe class PosixFile : IDiskFile
    {
        private readonly string _path;
        private readonly Func<int> _syncData;
        private int _file;

        internal PosixFile(string path, int file)
        {
            _path = path;
            _file = file;
            _syncData = () => Libc.SyncData(_file);
        }

        public void Write(ReadOnlySpan<byte> octets, long offset)
        {
            fixed (byte* start = octets)
            {
                nint done = 0;
                while (done < octets.Length)
                {
                    nint written = Libc.WriteAt(_file, start + done, octets.Length - done, offset + done);
                    if (written < 0 && Libc.Interrupted)
                    {
                        continue;
                    }

                    if (written <= 0)
                    {
                        throw Failed("write to", _path);
                    }

                    done += written;
                }
            }
        }

        public void Sync()
        {
            if (Uninterrupted(_syncData) != 0)
            {
                throw Failed("force", _path);
            }
        }

        public void SetLength(long length)
        {
            if (Uninterrupted(() => Libc.Truncate(_file, length)) != 0)
            {
                throw Failed("cut", _path);
            }
        }

        public void Dispose()
        {
            if (_file >= 0)
            {
                _ = Libc.Close(_file);
                _file = -1;
            }
        }
    }
}
