using System.Runtime.CompilerServices;

namespace Ccr.Artemis;

/// <summary>A page that is not what it was.</summary>
/// <param name="Segment">The segment's file.</param>
/// <param name="Offset">Where in it.</param>
/// <param name="Address">The page's address, or the offset in a file of the program.</param>
public sealed record DamagedPage(string Segment, long Offset, ulong Address);

/// <summary>
/// Reads pages and holds them against their hashes, on all processors. Neighbours are read together, and so are those
/// with a small gap between them: reading it costs less than another call.
/// </summary>
internal sealed class PageCheck
{
    private const int Page = WireWords.PageOctets;
    private const int PartPages = 128; // what is read is hashed while the processor still has it
    private const int GapPages = 8;

    private readonly SegmentStore _segments;
    private readonly Action<long>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly List<(PageEntry[] Entries, int Start, int Count)> _parts = [];
    private readonly List<DamagedPage> _damaged = [];
    private int _next = -1;

    private PageCheck(SegmentStore segments, Action<long>? progress, CancellationToken cancellation)
    {
        _segments = segments;
        _progress = progress;
        _cancellation = cancellation;
    }

    /// <summary>Checks the places of some entries; a place that many name is read once.</summary>
    /// <param name="entries">Lines of page tables.</param>
    /// <param name="segments">Where the bodies are.</param>
    /// <param name="progress">Told the octets that were checked since the last call.</param>
    /// <param name="cancellation">Ends it.</param>
    internal static IReadOnlyList<DamagedPage> Run(
        IEnumerable<PageEntry[]> entries, SegmentStore segments, Action<long>? progress,
        CancellationToken cancellation)
    {
        PageCheck check = new(segments, progress, cancellation);
        foreach (PageEntry[] ofSegment in BySegment(entries))
        {
            check.AddParts(ofSegment);
        }

        Parallel.For(0, Environment.ProcessorCount, _ => check.Work());
        cancellation.ThrowIfCancellationRequested();
        return check._damaged;
    }

    /// <summary>The entries that have bodies, for each segment in the order in which they lie there.</summary>
    private static IEnumerable<PageEntry[]> BySegment(IEnumerable<PageEntry[]> tables)
    {
        Dictionary<long, List<PageEntry>> segments = [];
        foreach (PageEntry[] table in tables)
        {
            Sort(table, segments);
        }

        return segments.Values.Select(InOrder);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static PageEntry[] InOrder(List<PageEntry> list)
    {
        PageEntry[] entries = [.. list];
        long[] offsets = new long[entries.Length];
        bool ordered = true;
        for (int i = 0; i < entries.Length; i++)
        {
            offsets[i] = entries[i].Place.Offset;
            ordered &= i == 0 || offsets[i - 1] <= offsets[i];
        }

        if (!ordered)
        {
            Array.Sort(offsets, entries);
        }

        return entries;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sort(PageEntry[] table, Dictionary<long, List<PageEntry>> segments)
    {
        long file = 0;
        List<PageEntry> list = [];
        foreach (ref readonly PageEntry entry in table.AsSpan())
        {
            if (entry.Place.IsZero)
            {
                continue;
            }

            if (entry.Place.File != file)
            {
                file = entry.Place.File;
                if (!segments.TryGetValue(file, out list!))
                {
                    segments[file] = list = [];
                }
            }

            list.Add(entry);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddParts(PageEntry[] entries)
    {
        int start = 0;
        for (int i = 1; i <= entries.Length; i++)
        {
            bool joins = i < entries.Length
                && entries[i].Place.Offset - entries[start].Place.Offset < PartPages * Page
                && entries[i].Place.Offset - entries[i - 1].Place.Offset <= (GapPages + 1) * Page;
            if (!joins)
            {
                _parts.Add((entries, start, i - start));
                start = i;
            }
        }
    }

    private void Work()
    {
        byte[] buffer = new byte[PartPages * Page];
        for (int i; !_cancellation.IsCancellationRequested && (i = Interlocked.Increment(ref _next)) < _parts.Count;)
        {
            (PageEntry[] entries, int start, int count) = _parts[i];
            int pages = Check(entries.AsSpan(start, count), buffer);
            _progress?.Invoke((long)pages * Page);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Check(ReadOnlySpan<PageEntry> part, byte[] buffer)
    {
        long first = part[0].Place.Offset;
        Span<byte> octets = buffer.AsSpan(0, (int)(part[^1].Place.Offset - first) + Page);
        bool isRead = _segments.TryRead(part[0].Place, octets);
        long hashed = -1;
        int pages = 0;
        UInt128 hash = default;
        foreach (ref readonly PageEntry entry in part)
        {
            Span<byte> page = octets.Slice((int)(entry.Place.Offset - first), Page);
            if (entry.Place.Offset != hashed && (isRead || _segments.TryRead(entry.Place, page)))
            {
                hash = PageHash.Of(page);
                hashed = entry.Place.Offset;
                pages++;
            }

            if (entry.Place.Offset != hashed || hash != entry.Hash)
            {
                string name = SegmentFile.NameOf(entry.Place.File);
                lock (_damaged)
                {
                    _damaged.Add(new DamagedPage(name, entry.Place.Offset, entry.Address));
                }
            }
        }

        return pages;
    }
}
