using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Os;

/// <summary>
/// What of the C library the file Server calls by itself: locks, forces and names beneath a directory. The base
/// library reports success for a failed fsync, and knows neither open-file-description locks nor openat.
/// </summary>
internal static partial class Libc
{
    internal const int ENOENT = 2;
    internal const int EAGAIN = 11;
    internal const int EACCES = 13;
    internal const int EEXIST = 17;
    internal const int ENOTDIR = 20;
    internal const int EMFILE = 24;
    internal const int ENFILE = 23;
    internal const int ENOSPC = 28;
    internal const int EROFS = 30;
    internal const int ENXIO = 6;
    internal const int EISDIR = 21;
    internal const int ELOOP = 40;
    internal const int EOPNOTSUPP = 95;
    internal const int EDQUOT = 122;

    internal const int O_RDONLY = 0;
    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int O_NOCTTY = 0x100;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;

    internal const int LOCK_SH = 1;
    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;
    internal const int LOCK_UN = 8;

    internal const int F_OFD_SETLK = 37;
    internal const short F_RDLCK = 0;
    internal const short F_WRLCK = 1;
    internal const short F_UNLCK = 2;

    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const int AT_EMPTY_PATH = 0x1000;
    internal const uint STATX_BASIC_STATS = 0x7FF;
    internal const uint RENAME_NOREPLACE = 1;
    internal const int FALLOC_FL_KEEP_SIZE = 1;

    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    internal static int O_DIRECTORY => Arm ? 0x4000 : 0x10000;

    internal static int O_NOFOLLOW => Arm ? 0x8000 : 0x20000;

    /// <summary>The error number of this thread's last call.</summary>
    internal static int LastError => Marshal.GetLastPInvokeError();

    /// <summary>
    /// Binds every import once: the first call of an import may report another call's error number (measured), so
    /// those first calls are made here, where nobody looks at it.
    /// </summary>
    internal static void Bind()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException(
                "The file Server needs Linux: it holds flock and open-file-description locks. Run it on a Linux node.");
        }

        Marshal.PrelinkAll(typeof(Libc));
        _ = openat(AT_FDCWD, "", O_RDONLY, 0);
        _ = mkdirat(AT_FDCWD, "", 0);
        _ = unlinkat(AT_FDCWD, "", 0);
        _ = renameat2(AT_FDCWD, "", AT_FDCWD, "", 0);
        Span<byte> stat = stackalloc byte[FileStat.StatxOctets];
        _ = statx(AT_FDCWD, "", 0, 0, ref stat[0]);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int openat(int directory, string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int openat(SafeFileHandle directory, string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mkdirat(int directory, string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mkdirat(SafeFileHandle directory, string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int unlinkat(int directory, string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int unlinkat(SafeFileHandle directory, string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int renameat2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int renameat2(
        SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statx(int directory, string path, int flags, uint mask, ref byte result);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statx(SafeFileHandle directory, string path, int flags, uint mask, ref byte result);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fdatasync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ftruncate(SafeFileHandle file, long length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(SafeFileHandle file, int command, ref FlockRange range);

    /// <summary>struct flock of a 64-bit Linux; length 0 is the whole file.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FlockRange
    {
        internal short Type;
        internal short Whence;
        internal long Start;
        internal long Length;
        internal int Pid;
    }
}
