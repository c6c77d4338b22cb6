using Ccr.Resources.Files.Locks;
using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Store;

namespace Ccr.Resources.Files.Redo;

/// <summary>How a file stands to the update that is to be applied to it.</summary>
internal enum BaseState
{
    /// <summary>It is the base, or the base half overwritten by us.</summary>
    Unapplied,

    /// <summary>It is what the update makes of it.</summary>
    Applied,

    /// <summary>It is something else: somebody changed it without taking a lock.</summary>
    Damaged,
}

/// <summary>Compares a file with the base in its ready record, before anything is overwritten (SEM-20).</summary>
internal sealed class BaseCheck(RootFolder root, RedoEntry entry, LockedFile file, bool recovered)
{
    /// <summary>The state, and a sentence when it is damaged.</summary>
    internal (BaseState State, string? Damage) Run()
    {
        try
        {
            return entry.Kind switch
            {
                RedoKind.Create => Create(),
                RedoKind.Delete => Delete(),
                _ => Write(),
            };
        }
        catch (StoreRefusedException noFile)
        {
            return (BaseState.Damaged, noFile.Message);
        }
    }

    /// <summary>The sentence for a file that should not be there.</summary>
    internal static string Appeared(RedoEntry entry) =>
        $"'{entry.Path}' was to be created, but another program created it meanwhile; it was left as it is.";

    private (BaseState State, string? Damage) Create()
    {
        OpenedFile? there = root.Open(entry.Path);
        if (there is null)
        {
            return (BaseState.Unapplied, null);
        }

        using (there.File)
        {
            return HasFresh(there.File) ? (BaseState.Applied, null) : (BaseState.Damaged, Appeared(entry));
        }
    }

    private (BaseState State, string? Damage) Delete()
    {
        if (file.File is null || !root.Names(entry.Path, file.File))
        {
            OpenedFile? there = root.Open(entry.Path);
            there?.File.Dispose();
            return there is null ? (BaseState.Applied, null) : Replaced();
        }

        return IsBase() ? (BaseState.Unapplied, null) : Changed();
    }

    private (BaseState State, string? Damage) Write()
    {
        if (file.File is null || !root.Names(entry.Path, file.File))
        {
            return Replaced();
        }

        if (HasFresh(file.File))
        {
            return (BaseState.Applied, null);
        }

        return IsBase() || (recovered && IsHalfWritten()) ? (BaseState.Unapplied, null) : Changed();
    }

    private bool IsBase()
    {
        FileStat stat = FileStat.Of(file.File!);
        return stat.Inode == entry.Base.Inode && stat.Size == entry.Base.Size
            && ContentHash.Of(Disk.ReadAll(file.File!)).AsSpan().SequenceEqual(entry.Base.Hash);
    }

    private bool IsHalfWritten()
    {
        FileStat stat = FileStat.Of(file.File!);
        return stat.Inode == entry.Base.Inode && stat.Size <= Math.Max(entry.Base.Size, entry.Length)
            && entry.Sectors.Explain(Disk.ReadAll(file.File!), entry.Base.Size, entry.Content.Span);
    }

    private bool HasFresh(Microsoft.Win32.SafeHandles.SafeFileHandle there) =>
        FileStat.Of(there).Size == entry.Length && Disk.ReadAll(there).AsSpan().SequenceEqual(entry.Content.Span);

    private (BaseState State, string? Damage) Replaced() => (
        BaseState.Damaged,
        $"'{entry.Path}' was removed or replaced by another program after its update was promised; "
        + "it was left as it is.");

    private (BaseState State, string? Damage) Changed() => (
        BaseState.Damaged,
        $"'{entry.Path}' was changed by a program that takes no lock after its update was promised; "
        + "it was left as it is.");
}
