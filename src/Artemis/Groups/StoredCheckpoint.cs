namespace Ccr.Artemis;

/// <summary>
/// A checkpoint that was taken and is not stored yet: the slab, and the files that were read meanwhile.
/// </summary>
internal sealed class StoredCheckpoint
{
    internal required long Number { get; init; }

    /// <summary>The slab's head, word for word.</summary>
    internal required byte[] Head { get; init; }

    /// <summary>The slab.</summary>
    internal required IPageMemory Pages { get; init; }

    /// <summary>The files.</summary>
    internal IReadOnlyList<CapturedFile> Files { get; init; } = [];

    /// <summary>What is known of it so far.</summary>
    internal required CheckpointFigures Figures { get; init; }

    /// <summary>True when the jacket saved every page, so that it builds on nothing.</summary>
    internal bool IsFull => new SlabView(Head).Head.Flags.HasFlag(PrepareFlags.Full);

    /// <summary>So many octets at most.</summary>
    internal long OctetsMax => Head.Length + (WireWords.PageOctets * 2L)
        + ((WireWords.PageOctets + PageEntry.Octets)
            * ((long)new SlabView(Head).Head.PagesCount
                + (Files.Sum(f => f.Parts.Sum(p => (long)p.Octets.Length)) / WireWords.PageOctets)));

    /// <summary>Hands everything to a draft.</summary>
    internal void Fill(SegmentDraft draft, CheckpointImage? before)
    {
        SlabView view = new(Head);
        long pages = 0;
        foreach (PageRun run in view.Dirty)
        {
            pages += run.Pages;
        }

        if (pages != (long)view.Head.PagesCount)
        {
            throw new InvalidDataException(
                $"The slab says that it holds {view.Head.PagesCount} pages and names {pages}.");
        }

        draft.AddPages(Pages, (long)view.Head.PagesOffset, view.Dirty, before);
        foreach (CapturedFile file in Files)
        {
            draft.Files.Add(file.ToVersion(draft, before?.Files.GetValueOrDefault(file.Version.Key)));
        }
    }
}
