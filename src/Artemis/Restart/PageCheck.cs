namespace Ccr.Artemis;

/// <summary>A page that is not what it was.</summary>
/// <param name="Segment">The segment's file.</param>
/// <param name="Offset">Where in it.</param>
/// <param name="Address">The page's address, or the offset in a file of the program.</param>
public sealed record DamagedPage(string Segment, long Offset, ulong Address);

/// <summary>Reads pages and holds them against their hashes, on all processors.</summary>
internal static class PageCheck
{
    private const int PartPages = 256;

    /// <summary>Checks the places of some entries, each once.</summary>
    /// <param name="entries">Lines of page tables.</param>
    /// <param name="segments">Where the bodies are.</param>
    /// <param name="progress">Told the octets that were read since the last call.</param>
    /// <param name="cancellation">Ends it.</param>
    internal static IReadOnlyList<DamagedPage> Run(
        IEnumerable<PageEntry> entries, SegmentStore segments, Action<long>? progress, CancellationToken cancellation)
    {
        PageEntry[] sorted = [.. entries.Where(e => !e.Place.IsZero).DistinctBy(e => (e.Place, e.Hash))];
        Array.Sort(sorted, (x, y) => x.Place.File != y.Place.File
            ? x.Place.File.CompareTo(y.Place.File)
            : x.Place.Offset.CompareTo(y.Place.Offset));
        List<DamagedPage> damaged = [];
        ParallelOptions options = new() { CancellationToken = cancellation };
        IEnumerable<(int Start, int Count)> parts = Parts(sorted);
        Parallel.ForEach(parts, options, () => new byte[PartPages * WireWords.PageOctets], (part, _, buffer) =>
        {
            CheckPart(sorted.AsSpan(part.Start, part.Count), segments, buffer, damaged);
            progress?.Invoke((long)part.Count * WireWords.PageOctets);
            return buffer;
        }, _ => { });
        return damaged;
    }

    /// <summary>Neighbours are read together.</summary>
    private static IEnumerable<(int Start, int Count)> Parts(PageEntry[] sorted)
    {
        int start = 0;
        for (int i = 1; i <= sorted.Length; i++)
        {
            bool joins = i < sorted.Length && i - start < PartPages && sorted[i].Place.File == sorted[start].Place.File
                && sorted[i].Place.Offset == sorted[i - 1].Place.Offset + WireWords.PageOctets;
            if (!joins)
            {
                yield return (start, i - start);
                start = i;
            }
        }
    }

    private static void CheckPart(
        ReadOnlySpan<PageEntry> part, SegmentStore segments, byte[] buffer, List<DamagedPage> damaged)
    {
        Span<byte> octets = buffer.AsSpan(0, part.Length * WireWords.PageOctets);
        bool isRead = TryRead(segments, part[0].Place, octets);
        for (int i = 0; i < part.Length; i++)
        {
            Span<byte> page = octets.Slice(i * WireWords.PageOctets, WireWords.PageOctets);
            if (!(isRead || TryRead(segments, part[i].Place, page)) || PageHash.Of(page) != part[i].Hash)
            {
                string name = SegmentFile.NameOf(part[i].Place.File);
                lock (damaged)
                {
                    damaged.Add(new DamagedPage(name, part[i].Place.Offset, part[i].Address));
                }
            }
        }
    }

    private static bool TryRead(SegmentStore segments, PagePlace place, Span<byte> octets) =>
        segments.TryRead(place, octets);
}
