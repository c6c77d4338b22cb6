using Ccr.Protocol.Messages;
using Ccr.Resources.Files.Locks;
using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Store;

namespace Ccr.Resources.Files.Redo;

/// <summary>Turns an action's updates into the entries of an image, and checks their bases once more.</summary>
internal static class RedoBuilder
{
    /// <summary>The entries, by path; none for updates that change nothing after all.</summary>
    /// <exception cref="StoreRefusedException">Another program changed a file in spite of its locks.</exception>
    internal static List<RedoEntry> Build(IEnumerable<FileUpdate> updates, LockOwner owner, RootFolder root)
    {
        List<RedoEntry> entries = [];
        foreach (FileUpdate update in updates.OrderBy(update => update.Path.Text, StringComparer.Ordinal))
        {
            if (KindOf(update) is { } kind)
            {
                LockedFile file = owner.Held[update.Path.Text];
                byte[] was = CheckedBase(update, file, root);
                BaseSectors sectors = kind == RedoKind.Write ? BaseSectors.Of(was, update.Length) : BaseSectors.None;
                byte[] hash = kind == RedoKind.Delete ? [] : ContentHash.Of(update.Content.Span);
                entries.Add(new RedoEntry(
                    update.Path, kind, update.Seen, sectors, update.Length, hash, update.Content));
            }
        }

        return entries;
    }

    private static RedoKind? KindOf(FileUpdate update) => (update.Seen.Exists, update.Exists) switch
    {
        (true, true) => Differs(update) ? RedoKind.Write : null,
        (true, false) => RedoKind.Delete,
        (false, true) => RedoKind.Create,
        (false, false) => null,
    };

    private static bool Differs(FileUpdate update) => update.Length != update.Seen.Size
        || !ContentHash.Of(update.Content.Span).AsSpan().SequenceEqual(update.Seen.Hash);

    private static byte[] CheckedBase(FileUpdate update, LockedFile file, RootFolder root)
    {
        if (!update.Seen.Exists)
        {
            OpenedFile? appeared = root.Open(update.Path);
            appeared?.File.Dispose();
            return appeared is null ? [] : throw Changed(update);
        }

        bool named = file.File is not null && root.Names(update.Path, file.File);
        byte[] now = named && FileStat.Of(file.File!).Size == update.Seen.Size ? Disk.ReadAll(file.File!) : [];
        return named && ContentHash.Of(now).AsSpan().SequenceEqual(update.Seen.Hash) ? now : throw Changed(update);
    }

    private static StoreRefusedException Changed(FileUpdate update) => new(
        RefusalCode.Resource,
        $"'{update.Path}' was changed by a program that takes no lock while this action worked on it: "
        + "make that program lock the file, and retry as a new action.");
}
