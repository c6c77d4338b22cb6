using System.Security.Cryptography;
using System.Text;
using Ccr.Resources.Files.Locks;
using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Store;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Redo;

/// <summary>How far an image could be applied.</summary>
/// <param name="Applied">Files that now are as the image wants them.</param>
/// <param name="Damages">A sentence for each file that another program changed; those are left as they are.</param>
internal sealed record ApplyResult(int Applied, IReadOnlyList<string> Damages);

/// <summary>
/// Carries out a forced image, in place and under the action's locks (SEM-20). It may be cut short at any point and
/// done again. A file whose base is another is never overwritten: that is heuristic damage.
/// </summary>
internal sealed class RedoApplier(RootFolder root, FileLockTable locks, Action<FaultPoint> fault)
{
    private const int PageOctets = 4_096;
    private const uint NewFile = 0x1B4; // 0664, less the umask
    private long _fileForces;

    /// <summary>Forces of single files so far, for tests and figures.</summary>
    internal long FileForces => Interlocked.Read(ref _fileForces);

    /// <summary>
    /// Sets space aside for what commitment will write, so that a full disk is found before Ready is said.
    /// </summary>
    internal void Reserve(RedoImage image, LockOwner owner)
    {
        foreach (RedoEntry entry in image.Entries)
        {
            if (entry.Kind == RedoKind.Write)
            {
                Disk.Reserve(owner.Held[entry.Path.Text].File!, entry.Length, entry.Path.Text);
            }
            else if (entry.Kind == RedoKind.Create && root.OpenParent(entry.Path) is { } folder)
            {
                using (folder)
                using (SafeFileHandle file = OpenFresh(folder, image.Key, entry.Path))
                {
                    Disk.Reserve(file, entry.Length, entry.Path.Text);
                }
            }
        }
    }

    /// <summary>Gives back what <see cref="Reserve"/> set aside.</summary>
    internal void Unreserve(RedoImage image, LockOwner owner)
    {
        foreach (RedoEntry entry in image.Entries)
        {
            if (entry.Kind == RedoKind.Write && entry.Length > entry.Base.Size
                && owner.Held.GetValueOrDefault(entry.Path.Text)?.File is { } file
                && FileStat.Of(file) is var stat && stat.Size == entry.Base.Size
                && stat.Reserved >= stat.Size + PageOctets)
            {
                Disk.SetLength(file, stat.Size);
            }
            else if (entry.Kind == RedoKind.Create)
            {
                RemoveFresh(image.Key, entry.Path);
            }
        }
    }

    /// <summary>Applies all files of an image that can be applied, and forces them.</summary>
    /// <param name="image">The image, with its contents.</param>
    /// <param name="owner">The action, which holds all the files exclusively.</param>
    /// <param name="recovered">True after a restart: an earlier try may have been cut short.</param>
    internal ApplyResult Apply(RedoImage image, LockOwner owner, bool recovered)
    {
        List<string> damages = [];
        List<(RedoEntry Entry, bool Write)> sound = [];
        foreach (RedoEntry entry in image.Entries)
        {
            switch (new BaseCheck(root, entry, owner.Held[entry.Path.Text], recovered).Run())
            {
                case (BaseState.Damaged, { } damage):
                    damages.Add(damage);
                    break;
                case (BaseState state, _):
                    sound.Add((entry, state == BaseState.Unapplied));
                    continue;
            }

            RemoveFresh(image.Key, entry.Path);
        }

        fault(FaultPoint.BeforeApply);
        WriteInPlace(sound, owner);
        ForceInPlace(sound, owner);
        ChangeNames(image.Key, sound, owner, damages);
        return new ApplyResult(image.Entries.Count - damages.Count, damages);
    }

    private void WriteInPlace(List<(RedoEntry Entry, bool Write)> sound, LockOwner owner)
    {
        foreach ((RedoEntry entry, bool write) in sound)
        {
            if (entry.Kind == RedoKind.Write && write)
            {
                SafeFileHandle file = owner.Held[entry.Path.Text].File!;
                int half = entry.Length / 2 / PageOctets * PageOctets;
                Disk.WriteAt(file, 0, entry.Content.Span[..half]);
                fault(FaultPoint.HalfApplied);
                Disk.WriteAt(file, half, entry.Content.Span[half..]);
                if (entry.Length < entry.Base.Size)
                {
                    Disk.SetLength(file, entry.Length);
                }

                fault(FaultPoint.BetweenApplies);
            }
        }

        fault(FaultPoint.FilesWritten);
    }

    /// <summary>All are written before the first is forced, so that the file system can force them together.</summary>
    private void ForceInPlace(List<(RedoEntry Entry, bool Write)> sound, LockOwner owner)
    {
        foreach ((RedoEntry entry, _) in sound)
        {
            if (entry.Kind != RedoKind.Delete && owner.Held[entry.Path.Text].File is { } file)
            {
                Force(file, entry.Path.Text);
            }
        }

        fault(FaultPoint.FilesForced);
    }

    private void ChangeNames(
        BranchKey key, List<(RedoEntry Entry, bool Write)> sound, LockOwner owner, List<string> damages)
    {
        HashSet<string> forced = new(StringComparer.Ordinal);
        List<(SafeFileHandle Folder, string Name)> folders = [];
        try
        {
            foreach ((RedoEntry entry, bool write) in sound)
            {
                if (entry.Kind == RedoKind.Write)
                {
                    continue;
                }

                if (FolderOf(entry, damages) is not { } folder)
                {
                    continue;
                }

                folders.Add((folder, entry.Path.Text[..^entry.Path.Name.Length]));
                if (write && ChangeName(key, entry, folder, owner) is { } damage)
                {
                    damages.Add(damage);
                }

                fault(FaultPoint.FileNamed);
            }

            foreach ((SafeFileHandle folder, string name) in folders)
            {
                if (forced.Add(name))
                {
                    Disk.ForceFolder(folder, name);
                }
            }

            fault(FaultPoint.FoldersForced);
        }
        finally
        {
            folders.ForEach(folder => folder.Folder.Dispose());
        }
    }

    private SafeFileHandle? FolderOf(RedoEntry entry, List<string> damages)
    {
        try
        {
            return entry.Kind == RedoKind.Create ? root.MakeParent(entry.Path) : root.OpenParent(entry.Path);
        }
        catch (StoreRefusedException noFolder)
        {
            damages.Add(noFolder.Message);
            return null;
        }
    }

    private string? ChangeName(BranchKey key, RedoEntry entry, SafeFileHandle folder, LockOwner owner)
    {
        if (entry.Kind == RedoKind.Delete)
        {
            Disk.Remove(folder, entry.Path.Name);
            return null;
        }

        // Whole, forced and locked before it has its name: whoever opens it by name finds all of it, or waits.
        SafeFileHandle file = OpenFresh(folder, key, entry.Path);
        Disk.SetLength(file, 0);
        Disk.WriteAt(file, 0, entry.Content.Span);
        Force(file, entry.Path.Text);
        _ = OsLock.TryTake(file, LockMode.Exclusive);
        if (GiveName(folder, FreshName(key, entry.Path), entry.Path.Name))
        {
            locks.Adopt(owner.Held[entry.Path.Text], file);
            return null;
        }

        file.Dispose();
        Disk.Remove(folder, FreshName(key, entry.Path));
        return BaseCheck.Appeared(entry);
    }

    private static bool GiveName(SafeFileHandle folder, string from, string to)
    {
        if (Libc.renameat2(folder, from, folder, to, Libc.RENAME_NOREPLACE) == 0)
        {
            return true;
        }

        int error = Libc.LastError;
        return error == Libc.EEXIST ? false : throw OsError.Make($"'{to}' cannot be made", error);
    }

    private static SafeFileHandle OpenFresh(SafeFileHandle folder, BranchKey key, FilePath path)
    {
        const int Flags = Libc.O_RDWR | Libc.O_CREAT | Libc.O_CLOEXEC;
        int fd = Libc.openat(folder, FreshName(key, path), Flags | Libc.O_NOFOLLOW, NewFile);
        return fd >= 0 ? Disk.Own(fd) : throw OsError.Make($"'{path}' cannot be made", Libc.LastError);
    }

    private void RemoveFresh(BranchKey key, FilePath path)
    {
        try
        {
            using SafeFileHandle? folder = root.OpenParent(path);
            _ = folder is not null && Disk.Remove(folder, FreshName(key, path));
        }
        catch (StoreRefusedException)
        {
            // The folder has become something else, and took with it what was in it.
        }
    }

    private static string FreshName(BranchKey key, FilePath path) => FilePath.OwnPrefix + Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{key.Action}|{key.Branch}|{path}")).AsSpan(0, 16));

    private void Force(SafeFileHandle file, string name)
    {
        Disk.ForceData(file, name);
        Interlocked.Increment(ref _fileForces);
    }
}
