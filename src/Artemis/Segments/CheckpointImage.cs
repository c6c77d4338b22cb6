using System.Runtime.CompilerServices;

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

    /// <summary>The pages, by ascending address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal PageEntry[] InOrder()
    {
        PageEntry[] entries = [.. Pages.Values];
        ulong[] addresses = new ulong[entries.Length];
        bool ordered = true;
        for (int i = 0; i < entries.Length; i++)
        {
            addresses[i] = entries[i].Address;
            ordered &= i == 0 || addresses[i - 1] < addresses[i];
        }

        if (!ordered)
        {
            Array.Sort(addresses, entries);
        }

        return entries;
    }

    /// <summary>Lays the next segment of the chain over this image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
            Drop(Populated, populated);
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

    /// <summary>Drops the pages of addresses that existed before and do not exist any more.</summary>
    private void Drop(PageRun[] before, PageRun[] now)
    {
        int next = 0;
        foreach (PageRun run in before)
        {
            for (ulong at = run.Start; at < run.End;)
            {
                while (next < now.Length && now[next].End <= at)
                {
                    next++;
                }

                ulong gap = next < now.Length ? Math.Min(run.End, now[next].Start) : run.End;
                if (at < gap)
                {
                    Drop(at, gap);
                    at = gap;
                }
                else
                {
                    at = Math.Min(run.End, now[next].End);
                }
            }
        }
    }

    private void Drop(ulong start, ulong end)
    {
        if ((end - start) / WireWords.PageOctets < (ulong)Pages.Count)
        {
            for (ulong address = start; address < end; address += WireWords.PageOctets)
            {
                Pages.Remove(address);
            }
        }
        else
        {
            List<ulong> gone = [.. Pages.Keys.Where(address => address >= start && address < end)];
            gone.ForEach(address => Pages.Remove(address));
        }
    }
}
