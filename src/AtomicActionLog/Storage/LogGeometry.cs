using System.Numerics;

namespace Ccr.AtomicActionLog.Storage;

/// <summary>
/// How the log's address space lies in its files; fixed when the log is made. A record never crosses a page, a page
/// never crosses a segment, and a segment is one file.
/// </summary>
/// <param name="PageOctets">A power of two.</param>
/// <param name="SegmentOctets">A power of two, a page or more.</param>
internal readonly record struct LogGeometry(int PageOctets, int SegmentOctets)
{
    /// <summary>What FasterLog writes is whole sectors of this size.</summary>
    internal const int SectorOctets = 512;

    /// <summary>An entry's length, least significant octet first, stands before it: FasterLog's header.</summary>
    internal const int EntryHeaderOctets = 4;

    /// <summary>FasterLog uses no address below this.</summary>
    internal const long FirstAddress = 64;

    private const int PageOctetsDefault = 1 << 21;
    private const int SegmentOctetsMax = 1 << 26;
    private const int SegmentsPerLimit = 32;

    /// <summary>True when the numbers can be those of a log.</summary>
    internal bool IsSound => BitOperations.IsPow2(PageOctets) && BitOperations.IsPow2(SegmentOctets)
        && PageOctets >= 2 * SectorOctets && SegmentOctets >= PageOctets && SegmentOctets <= SegmentOctetsMax;

    /// <summary>The longest envelope that fits a page; the first page starts a little later.</summary>
    internal int EnvelopeOctetsMax => PageOctets - EntryHeaderOctets - (int)FirstAddress;

    /// <summary>A new log's geometry: a page holds the longest frame, about 32 segments make up the limit.</summary>
    internal static LogGeometry For(long limitBytes)
    {
        long segment = (long)BitOperations.RoundUpToPowerOf2((ulong)(limitBytes / SegmentsPerLimit) + 1) / 2;
        return new LogGeometry(PageOctetsDefault, (int)Math.Clamp(segment, PageOctetsDefault, SegmentOctetsMax));
    }

    /// <summary>The next address at which a sector begins.</summary>
    internal static long SectorAtOrAfter(long address) => (address + SectorOctets - 1) & ~(SectorOctets - 1L);

    /// <summary>Octets that an envelope takes in the log, alignment included.</summary>
    internal static int EntryOctets(int envelopeOctets) => EntryHeaderOctets + ((envelopeOctets + 3) & ~3);

    internal int SegmentOf(long address) => (int)(address / SegmentOctets);

    internal long StartOf(int segment) => (long)segment * SegmentOctets;
}
