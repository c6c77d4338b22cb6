using System.Runtime.InteropServices;

namespace Ccr.AtomicActionLog.Storage;

/// <summary>
/// The system calls that decide what is durable. They are called directly, and only their return value is believed:
/// the base library reports success when fsync failed, and the first errno of a process may be wrong.
/// </summary>
internal static unsafe partial class Libc
{
    internal const int ReadWrite = 2;
    internal const int Create = 0x40;
    internal const int CloseOnExec = 0x80000;
    internal const int DirectoryOnly = 0x10000;
    internal const int OwnerOnly = 0x180; // rw-------
    internal const int LockExclusive = 2;
    internal const int LockNonBlocking = 4;
    internal const int Unlock = 8;
    private const int OfdSetLock = 37;
    private const int InterruptedError = 4;
    private const int WouldBlockError = 11;
    private const int AccessError = 13;

    /// <summary>The call that just failed was interrupted by a signal and did nothing: it is made again.</summary>
    internal static bool Interrupted => Marshal.GetLastPInvokeError() == InterruptedError;

    /// <summary>Text of the errno of the call that just failed: for people only.</summary>
    internal static string LastErrorText() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    /// <summary>The lock that was just refused is held by another.</summary>
    internal static bool IsHeldByAnother => Marshal.GetLastPInvokeError() is WouldBlockError or AccessError;

    /// <summary>Takes a lock of the open file description on the whole file; it may stand beside a flock.</summary>
    internal static bool TryLockDescription(int file)
    {
        FileLock whole = new() { Type = 1 };
        int result;
        do
        {
            result = Control(file, OfdSetLock, &whole);
        }
        while (result != 0 && Interrupted);
        return result == 0;
    }

    /// <summary>Gives back the lock of the open file description.</summary>
    internal static bool TryUnlockDescription(int file)
    {
        FileLock whole = new() { Type = 2 };
        return Control(file, OfdSetLock, &whole) == 0;
    }

    /// <summary>The magic number of the file system that holds a path, or 0.</summary>
    internal static long FileSystemKind(string path)
    {
        byte* facts = stackalloc byte[512];
        return StatFileSystem(path, facts) == 0 ? *(long*)facts : 0;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    internal static partial nint WriteAt(int file, byte* octets, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    internal static partial nint ReadAt(int file, byte* octets, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    internal static partial int SyncData(int file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    internal static partial int Sync(int file);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    internal static partial int Truncate(int file, long length);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int Lock(int file, int operation);

    [LibraryImport("libc", EntryPoint = "unlink", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int file, int command, FileLock* argument);

    [LibraryImport("libc", EntryPoint = "statfs", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatFileSystem(string path, byte* facts);

    // struct flock of 64-bit Linux.
    [StructLayout(LayoutKind.Sequential)]
    private struct FileLock
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int ProcessId;
    }
}
