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
        int last = geometry.SegmentOf(Math.Max(log.End - 1, 0)); // that of the last record, where it fills it too
        foreach (int segment in files.Segments())
        {
            if (segment < log.FirstSegment || segment > last || log.LastSequence == 0)
            {
                disk.Remove(files.Segment(segment));
            }
            else if (segment == last)
            {
                Cut(disk, files.Segment(segment), geometry, log.End - geometry.StartOf(segment));
            }
        }

        // Also when nothing was removed: a process that was killed may have left a segment whose name is not durable.
        disk.SyncDirectory(files.Root);
        return Math.Max(next, LogGeometry.FirstAddress);
    }

    // What was read was only seen: where the force of the last process failed, or never came, the medium may not have
    // it, and the next force would not bring it there (after a failed one the system takes pages for written). So the
    // last page is written again; those before it were forced before it was begun. The last sector is filled up with
    // zeros, as FasterLog would have written it.
    private static void Cut(IDisk disk, string path, LogGeometry geometry, long end)
    {
        long page = (end - 1) / geometry.PageOctets * geometry.PageOctets;
        byte[] octets = new byte[end - page];
        int length;
        using (Stream seen = disk.OpenRead(path))
        {
            seen.Position = page;
            length = seen.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
        }

        using IDiskFile file = disk.Open(path);
        file.Write(octets.AsSpan(0, length), page);
        file.SetLength(end);
        file.SetLength(LogGeometry.SectorAtOrAfter(end));
        file.Sync();
    }
}
