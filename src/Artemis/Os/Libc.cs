using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Artemis;

/// <summary>
/// What of the C library is called by itself: the base library reports success for a failed fsync, and knows neither
/// kill nor mmap of a file on tmpfs with its pages set up.
/// </summary>
internal static partial class Libc
{
    internal const int AtFdCwd = -100;
    internal const int OpenReadOnly = 0;
    internal const int OpenReadWrite = 2;
    internal const int OpenCreate = 0x40;
    internal const int OpenDirectory = 0x10000;
    internal const int OpenCloseOnExec = 0x80000;
    internal const int ProtRead = 1;
    internal const int ProtWrite = 2;
    internal const int MapShared = 1;
    internal const int FallocateKeepSize = 1;
    internal const int FallocatePunchHole = 2;
    internal const int NoSuchProcess = 3;
    internal const uint StatxBasic = 0x7FF;

    internal static int LastError => Marshal.GetLastPInvokeError();

    /// <summary>"WHAT: no space left on device (error 28)."</summary>
    internal static IOException Error(string what, int error) =>
        new($"{what}: {Marshal.GetPInvokeErrorMessage(error)} (error {error}).", error);

    /// <summary>
    /// Opens a file of the program's. The base library takes a lock (flock) on each file that it opens, whatever the
    /// sharing: it cannot open what the program has locked, and its lock would be seen by the program.
    /// </summary>
    internal static SafeFileHandle OpenWithoutLock(string path, int flags, uint mode)
    {
        int fd = openat(AtFdCwd, path, flags | OpenCloseOnExec, mode);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Error("it was not opened", LastError);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int openat(int directory, string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fdatasync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ftruncate(SafeFileHandle file, long length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint mmap(
        nint address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int munmap(nint address, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statx(int directory, string path, int flags, uint mask, ref byte result);

    [LibraryImport("libc")]
    internal static partial uint geteuid();
}
