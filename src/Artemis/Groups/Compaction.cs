namespace Ccr.Artemis;

/// <summary>
/// Folds a checkpoint with all that it builds on into one base. Bodies in segments of which little is still needed are
/// copied; the others are named where they lie. The old segments stay until the base is durable.
/// </summary>
internal static class Compaction
{
    private const double CopyBelow = 0.5;

    /// <summary>Writes the base.</summary>
    internal static void Fold(GroupStore store, long number)
    {
        SegmentStore segments = store.Segments;
        SegmentFile top = segments.Of(number)!;
        CheckpointImage image = segments.ImageOf(number);
        HashSet<long> sparse = SparseSegments(store, image, number);
        using SegmentDraft draft = segments.Begin();
        Dictionary<PagePlace, PagePlace> moved = [];
        PageEntry Settled(PageEntry entry)
        {
            if (!sparse.Contains(entry.Place.File))
            {
                return entry;
            }

            if (!moved.TryGetValue(entry.Place, out PagePlace place))
            {
                moved[entry.Place] = place = Moved(segments, draft, entry);
            }

            return entry with { Place = place };
        }

        IEnumerable<PageEntry> byPlace = image.Pages.Values.Where(e => !e.Place.IsZero)
            .OrderBy(e => e.Place.File).ThenBy(e => e.Place.Offset);
        draft.Table.AddRange(byPlace.Select(Settled));
        draft.Table.Sort((x, y) => x.Address.CompareTo(y.Address));
        foreach (FileImage file in image.Files.Values)
        {
            draft.Files.Add(file.Version with
            {
                Changed = [.. file.Blocks.Where(b => !b.Place.IsZero).Select(Settled)],
            });
        }

        (SegmentFile written, _) =
            draft.Finish(SegmentKind.Base, number, 0, top.ReadParts().Head);
        segments.Add(written, draft.Fresh);
    }

    /// <summary>A body on its way is checked: damage must not be copied under a fresh trailer.</summary>
    private static PagePlace Moved(SegmentStore segments, SegmentDraft draft, PageEntry entry)
    {
        byte[] page = new byte[WireWords.PageOctets];
        return segments.TryRead(entry.Place, page) && PageHash.Of(page) == entry.Hash
            ? draft.Copy(page, entry.Hash)
            : throw new InvalidDataException(
                $"A page of checkpoint {draft.Id} (segment {entry.Place.File}, octet {entry.Place.Offset}) is damaged: "
                + "nothing is folded, so that older checkpoints can still be restarted from.");
    }

    private static HashSet<long> SparseSegments(GroupStore store, CheckpointImage image, long number)
    {
        IReadOnlySet<long> kept = store.Kept();
        HashSet<long> staying = [.. kept.SelectMany(store.Segments.ChainOf)
            .Where(file => file.Footer.Number > number).SelectMany(file => file.References)];
        IEnumerable<PagePlace> places = image.Pages.Values.Select(e => e.Place)
            .Concat(image.Files.Values.SelectMany(f => f.Blocks).Select(b => b.Place));
        return [.. places.Where(p => !p.IsZero).Distinct().GroupBy(p => p.File)
            .Where(group => !staying.Contains(group.Key) && store.Segments.ById(group.Key) is { } file
                && group.Count() < CopyBelow * file.Footer.BodiesCount)
            .Select(group => group.Key)];
    }
}
