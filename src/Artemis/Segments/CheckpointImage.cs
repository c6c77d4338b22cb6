namespace Ccr.Artemis;

/// <summary>A file of an image, with all its blocks.</summary>
internal sealed record FileImage(FileVersion Version, PageEntry[] Blocks);

/// <summary>
/// Everything that one checkpoint holds: each page with its place, each file with its blocks. Made by laying the
/// segments of a chain one over the other, the oldest first.
/// </summary>
internal sealed class CheckpointImage
{
    /// <summary>The checkpoint; 0: none yet.</summary>
    internal long Number { get; private set; }

    /// <summary>The pages that exist and differ from zero or from the mapped file, by address.</summary>
    internal Dictionary<ulong, PageEntry> Pages { get; private set; } = [];

    /// <summary>The addresses that exist.</summary>
    internal PageRun[] Populated { get; private set; } = [];

    /// <summary>The files.</summary>
    internal Dictionary<FileKey, FileImage> Files { get; private set; } = [];

    /// <summary>Lays the next segment of the chain over this image.</summary>
    internal void Apply(SegmentParts parts)
    {
        if (parts.Footer.Previous == 0 || parts.Footer.Kind == SegmentKind.Base)
        {
            Pages = new Dictionary<ulong, PageEntry>(parts.Table.Length);
            Files = [];
            Populated = [];
        }

        PageRun[] populated = new SlabView(parts.Head).Populated.ToArray();
        if (!populated.AsSpan().SequenceEqual(Populated))
        {
            DropUnpopulated(populated);
            Populated = populated;
        }

        foreach (PageEntry entry in parts.Table)
        {
            Pages[entry.Address] = entry;
        }

        Dictionary<FileKey, FileImage> files = [];
        foreach (FileVersion version in parts.Files)
        {
            files[version.Key] = Laid(Files.GetValueOrDefault(version.Key), version);
        }

        Files = files;
        Number = parts.Footer.Number;
    }

    /// <summary>True when an address lies in one of some ascending runs.</summary>
    internal static bool Contains(ReadOnlySpan<PageRun> runs, ulong address)
    {
        int low = 0, high = runs.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (runs[middle].End <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < runs.Length && runs[low].Start <= address;
    }

    private static FileImage Laid(FileImage? before, FileVersion version)
    {
        PageEntry[] blocks = new PageEntry[FileVersion.BlocksOf(version.Size)];
        before?.Blocks.AsSpan(0, Math.Min(before.Blocks.Length, blocks.Length)).CopyTo(blocks);
        foreach (PageEntry entry in version.Changed)
        {
            blocks[entry.Address / WireWords.PageOctets] = entry;
        }

        return new FileImage(version, blocks);
    }

    private void DropUnpopulated(PageRun[] populated)
    {
        List<ulong> gone = [.. Pages.Keys.Where(address => !Contains(populated, address))];
        gone.ForEach(address => Pages.Remove(address));
    }
}
