using Ccr.Protocol.Messages;
using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Store;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Locks;

/// <summary>Opens a file of the table and takes the operating system's locks on it, without waiting.</summary>
internal sealed class FileLocker(RootFolder root)
{
    private const int ReopenTriesMax = 16;

    /// <summary>Strengthens the locks of a file that one action of ours holds shared.</summary>
    internal OsLockResult TryUpgrade(LockedFile file)
    {
        if (file.File is not null)
        {
            RefuseReadOnly(file);
            return OsLock.TryUpgrade(file.File);
        }

        // It did not exist when it was read. Nothing of the operating system keeps it from appearing.
        using SafeFileHandle? appeared = root.Open(file.Path)?.File;
        return appeared is null ? OsLockResult.Taken : OsLockResult.Lost;
    }

    /// <summary>
    /// Opens and locks the file that the path names. A file that was replaced between the two is opened again: a
    /// lock on the old one would be worth nothing.
    /// </summary>
    internal OsLockResult TryOpen(LockedFile file, LockMode mode)
    {
        for (int i = 0; i < ReopenTriesMax; i++)
        {
            OpenedFile? opened = root.Open(file.Path);
            if (opened is null)
            {
                return OsLockResult.Taken;
            }

            file.File = opened.File;
            file.Writable = opened.Writable;
            if (mode == LockMode.Exclusive)
            {
                RefuseReadOnly(file);
            }

            if (OsLock.TryTake(file.File, mode) != OsLockResult.Taken)
            {
                Close(file);
                return OsLockResult.Busy;
            }

            if (root.Names(file.Path, file.File))
            {
                return OsLockResult.Taken;
            }

            Close(file);
        }

        return OsLockResult.Busy;
    }

    private static void RefuseReadOnly(LockedFile file)
    {
        if (!file.Writable)
        {
            throw new StoreRefusedException(
                RefusalCode.Resource,
                $"'{file.Path}' may only be read by the file Server: give it the right to write.");
        }
    }

    /// <summary>Lets go of the file.</summary>
    internal static void Close(LockedFile file)
    {
        if (file.File is { } open)
        {
            OsLock.Release(open);
            open.Dispose();
            file.File = null;
        }
    }
}
