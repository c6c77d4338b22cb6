using Ccr.AtomicActionLog.Storage;

namespace Ccr.AtomicActionLog;

/// <summary>
/// How the log stays under its limit (SEM-19). Half of the limit is for new records; a checkpoint carries all live
/// records forward and sets everything before it free. When more than a quarter is live, new actions are refused:
/// what is left is reserved for the decisions and the recovery of those that exist.
/// </summary>
internal sealed class LogSpace(long limitBytes, LogGeometry geometry)
{
    private const int GainPart = 16;

    /// <summary>Octets on the disk.</summary>
    internal static long UsedBy(long tail, int firstSegment, LogGeometry geometry) =>
        tail - geometry.StartOf(firstSegment);

    /// <summary>True when new actions are to be refused.</summary>
    internal bool IsFull(long used, long live) => live > limitBytes / 4 || used > limitBytes / 4 * 3;

    /// <summary>True when a checkpoint is due, fits, and sets enough free to be worth it.</summary>
    internal bool WantsCheckpoint(long used, long live)
    {
        long after = Copy(live) + geometry.SegmentOctets;
        return used >= Math.Max(limitBytes / 2, after + (limitBytes / GainPart)) && used + after <= limitBytes;
    }

    /// <summary>True when an entry still fits the limit.</summary>
    internal bool Fits(long used, int entryOctets) => used + entryOctets + PageLoss(entryOctets) <= limitBytes;

    // The rest of a page is lost when an entry does not fit it.
    private static int PageLoss(int entryOctets) => entryOctets;

    private static long Copy(long live) => live + (live / 16);
}
