using Ccr.AtomicActionLog.Storage;

namespace Ccr.AtomicActionLog.Recovery;

/// <summary>Makes a judged log's end clean: what stood behind its last record is gone, durably.</summary>
internal static class LogCut
{
    /// <summary>Removes leftovers before the first segment and all octets behind the end.</summary>
    /// <returns>The address at which the next record may begin: a sector of its own.</returns>
    internal static long Apply(IDisk disk, LogFiles files, LogGeometry geometry, RecoveredLog log)
    {
        long next = log.LastSequence == 0 ? 0 : LogGeometry.SectorAtOrAfter(log.End);
        int last = geometry.SegmentOf(log.End);
        bool removed = false;
        foreach (int segment in files.Segments())
        {
            if (segment < log.FirstSegment || segment > last || log.LastSequence == 0)
            {
                disk.Remove(files.Segment(segment));
                removed = true;
            }
            else if (segment == last)
            {
                Cut(disk, files.Segment(segment), log.End - geometry.StartOf(segment));
            }
        }

        if (removed)
        {
            disk.SyncDirectory(files.Root);
        }

        return Math.Max(next, LogGeometry.FirstAddress);
    }

    // The last sector is filled up with zeros, as FasterLog would have written it.
    private static void Cut(IDisk disk, string path, long end)
    {
        using IDiskFile file = disk.Open(path);
        file.SetLength(end);
        file.SetLength(LogGeometry.SectorAtOrAfter(end));
        file.Sync();
    }
}
