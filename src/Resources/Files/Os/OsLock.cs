using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Os;

/// <summary>Shared or exclusive.</summary>
internal enum LockMode
{
    Shared = 1,
    Exclusive = 2,
}

/// <summary>How a try for the operating system's locks ended.</summary>
internal enum OsLockResult
{
    /// <summary>Both locks are held.</summary>
    Taken,

    /// <summary>Another process holds one of them; what was held before is held still.</summary>
    Busy,

    /// <summary>An upgrade lost the shared lock to another process: what was read may be old.</summary>
    Lost,
}

/// <summary>
/// The whole-file locks of the operating system, both kinds (SEM-20): neither Linux kind knows of the other, so that
/// only both together keep out programs that use flock and programs that use fcntl. Nothing here waits.
/// </summary>
internal static class OsLock
{
    /// <summary>Takes both locks on a file on which this open file holds none.</summary>
    internal static OsLockResult TryTake(SafeFileHandle file, LockMode mode)
    {
        if (!Flock(file, mode))
        {
            return OsLockResult.Busy;
        }

        if (Range(file, mode == LockMode.Shared ? Libc.F_RDLCK : Libc.F_WRLCK))
        {
            return OsLockResult.Taken;
        }

        _ = Libc.flock(file, Libc.LOCK_UN);
        return OsLockResult.Busy;
    }

    /// <summary>
    /// Turns both shared locks into exclusive ones. The fcntl lock changes in one step; flock first lets go of the
    /// old lock, so that it may be lost.
    /// </summary>
    internal static OsLockResult TryUpgrade(SafeFileHandle file)
    {
        if (!Range(file, Libc.F_WRLCK))
        {
            return OsLockResult.Busy;
        }

        FileStat before = FileStat.Of(file);
        if (Flock(file, LockMode.Exclusive))
        {
            return Untouched(before, file) ? OsLockResult.Taken : OsLockResult.Lost;
        }

        if (!Flock(file, LockMode.Shared))
        {
            return OsLockResult.Lost;
        }

        _ = Range(file, Libc.F_RDLCK);
        return Untouched(before, file) ? OsLockResult.Busy : OsLockResult.Lost;
    }

    /// <summary>Lets go of both.</summary>
    internal static void Release(SafeFileHandle file)
    {
        _ = Range(file, Libc.F_UNLCK);
        _ = Libc.flock(file, Libc.LOCK_UN);
    }

    private static bool Untouched(FileStat before, SafeFileHandle file)
    {
        FileStat after = FileStat.Of(file);
        return before.Size == after.Size && before.ModifiedNs == after.ModifiedNs;
    }

    private static bool Flock(SafeFileHandle file, LockMode mode)
    {
        int operation = (mode == LockMode.Shared ? Libc.LOCK_SH : Libc.LOCK_EX) | Libc.LOCK_NB;
        return Libc.flock(file, operation) == 0 || Refused("flock");
    }

    private static bool Range(SafeFileHandle file, short type)
    {
        Libc.FlockRange range = new() { Type = type };
        return Libc.fcntl(file, Libc.F_OFD_SETLK, ref range) == 0 || Refused("fcntl");
    }

    private static bool Refused(string call)
    {
        int error = Libc.LastError;
        return error is Libc.EAGAIN or Libc.EACCES
            ? false
            : throw OsError.Make($"The operating system cannot lock the file ({call})", error);
    }
}
