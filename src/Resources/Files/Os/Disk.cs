using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Os;

/// <summary>Reads, writes and forces of whole files. Every failure is an <see cref="IOException"/>.</summary>
internal static class Disk
{
    private const uint PrivateFile = 0x180; // 0600

    /// <summary>Opens a folder of this machine; its path is the operator's own and may hold symbolic links.</summary>
    internal static SafeFileHandle OpenFolder(string path)
    {
        int fd = Libc.openat(Libc.AT_FDCWD, path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        return fd >= 0 ? Own(fd) : throw OsError.Make($"The folder '{path}' cannot be opened", Libc.LastError);
    }

    /// <summary>Creates a file that must not exist, private to this user.</summary>
    internal static SafeFileHandle Create(SafeFileHandle folder, string name)
    {
        const int Flags = Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL | Libc.O_CLOEXEC;
        int fd = Libc.openat(folder, name, Flags, PrivateFile);
        return fd >= 0 ? Own(fd) : throw OsError.Make($"The file '{name}' cannot be created", Libc.LastError);
    }

    /// <summary>Opens a file of the state folder for reading.</summary>
    internal static SafeFileHandle OpenToRead(SafeFileHandle folder, string name)
    {
        int fd = Libc.openat(folder, name, Libc.O_RDONLY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0);
        return fd >= 0 ? Own(fd) : throw OsError.Make($"The file '{name}' cannot be opened", Libc.LastError);
    }

    /// <summary>Removes a name; false when there was none.</summary>
    internal static bool Remove(SafeFileHandle folder, string name)
    {
        if (Libc.unlinkat(folder, name, 0) == 0)
        {
            return true;
        }

        int error = Libc.LastError;
        return error == Libc.ENOENT ? false : throw OsError.Make($"The file '{name}' cannot be removed", error);
    }

    /// <summary>The whole content.</summary>
    internal static byte[] ReadAll(SafeFileHandle file)
    {
        byte[] octets = new byte[FileStat.Of(file).Size];
        int read = ReadAt(file, 0, octets);
        return read == octets.Length ? octets : octets[..read];
    }

    /// <summary>Reads up to the buffer's length; less only at the end of the file.</summary>
    internal static int ReadAt(SafeFileHandle file, long offset, Span<byte> octets)
    {
        int total = 0;
        while (total < octets.Length)
        {
            int read = RandomAccess.Read(file, octets[total..], offset + total);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    /// <summary>Writes all of it. The base library reports a failed or short pwrite (measured).</summary>
    internal static void WriteAt(SafeFileHandle file, long offset, ReadOnlySpan<byte> octets) =>
        RandomAccess.Write(file, octets, offset);

    /// <summary>Cuts or extends a file.</summary>
    internal static void SetLength(SafeFileHandle file, long length) =>
        OsError.Check(Libc.ftruncate(file, length), "A file could not be cut to its length");

    /// <summary>fdatasync: content and length are durable when it returns.</summary>
    internal static void ForceData(SafeFileHandle file, string name)
    {
        if (Libc.fdatasync(file) != 0)
        {
            throw ForceFailed($"'{name}'", Libc.LastError);
        }
    }

    /// <summary>fsync of a folder: the names in it are durable when it returns.</summary>
    internal static void ForceFolder(SafeFileHandle folder, string name)
    {
        if (Libc.fsync(folder) != 0)
        {
            throw ForceFailed($"The folder '{name}'", Libc.LastError);
        }
    }

    /// <summary>
    /// Sets space aside without changing the file's length, so that a later write cannot find the disk full. Where
    /// the file system knows no such thing, nothing is promised.
    /// </summary>
    internal static void Reserve(SafeFileHandle file, long octets, string name)
    {
        if (octets == 0 || FileStat.Of(file).Reserved >= octets)
        {
            return;
        }

        if (Libc.fallocate(file, Libc.FALLOC_FL_KEEP_SIZE, 0, octets) != 0 && OsError.IsFull(Libc.LastError))
        {
            throw OsError.Make($"There is no room for {octets} octets of '{name}'", Libc.LastError);
        }
    }

    private static ForceFailedException ForceFailed(string what, int error) =>
        new(OsError.Make($"{what} could not be forced to the disk", error).Message);

    /// <summary>Takes a number that openat returned into ownership.</summary>
    internal static SafeFileHandle Own(int fd) => new(fd, ownsHandle: true);
}
