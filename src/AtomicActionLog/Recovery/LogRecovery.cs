using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog.Recovery;

/// <summary>
/// Reads a log and judges it (SEM-18). Changes nothing: either the log holds every record that was promised, as far
/// as the records and the witness can show it, or it is refused with a sentence that names what is missing.
/// </summary>
internal sealed class LogRecovery
{
    private readonly LogFiles _files;
    private readonly LogIdentityFile _identity;
    private readonly List<string> _notices = [];
    private readonly LiveRecords _live = new();
    private long _firstSequence;
    private long _lastSequence;
    private long _end;
    private FoundRecord? _behindHole;

    private LogRecovery(LogFiles files, LogIdentityFile identity)
    {
        _files = files;
        _identity = identity;
    }

    /// <summary>Reads the log.</summary>
    /// <exception cref="LogFailedException">It must not be written on.</exception>
    internal static RecoveredLog Run(LogFiles files, LogIdentityFile identity)
    {
        try
        {
            WitnessSlot? witness = Witness.Read(files, identity.Log);
            return new LogRecovery(files, identity).Read(witness);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LogFailedException(
                $"The log in '{files.Root}' cannot be read ({failure.Message.TrimEnd('.')}): nothing was changed. "
                + "Look after the disk, then start again.",
                failure);
        }
    }

    private RecoveredLog Read(WitnessSlot? witness)
    {
        List<int> segments = _files.Segments();
        int runStart = StartOfLastRun(segments);
        bool junkBehind = Scan(segments[runStart..]);
        CheckFront(segments, runStart);
        CheckWitness(witness, junkBehind);
        if (junkBehind)
        {
            _notices.Add(
                $"What stands behind record {_lastSequence} is no whole record (a write that never ended, or is under "
                + "way): a start cuts it off.");
        }

        int first = segments.Count == 0 ? 0 : segments[runStart];
        return new RecoveredLog(
            _live, _lastSequence, _live.Identity?.Epoch ?? 0, _end, first, _notices);
    }

    // True when something other than zero stands behind the last record.
    private bool Scan(IReadOnlyList<int> segments)
    {
        using RecordScanner scanner = new(_files, _identity, segments);
        bool stale = false;
        while (scanner.Next(out FoundRecord record))
        {
            LogContent content = record.Content ?? throw FromTheFuture(record);
            long expected = _lastSequence + 1;
            if (_lastSequence != 0 && record.Sequence >= expected + (_behindHole is null ? 1 : 0))
            {
                PassTorn(record, expected);
                continue;
            }

            if (_lastSequence != 0 && record.Sequence < expected)
            {
                stale = true;
                continue;
            }

            Take(record, content, stale);
            stale = false;
        }

        NoteTorn();
        return stale || (scanner.JunkBehind && _behindHole is null);
    }

    // Records behind a hole do no harm if the stop of the machine tore one write, and nobody was told of any of them
    // (docs/adr/0007-torn-batches.md): none claims that the first missing one was forced, all stand on one page (a
    // page is durable before the next is begun), and a sector in the hole was never written. Otherwise it is damage.
    private void PassTorn(in FoundRecord record, long missing)
    {
        _behindHole ??= record;
        FoundRecord first = _behindHole.Value;
        bool samePage = (record.Address ^ first.Address) < _identity.Geometry.PageOctets;
        if (!first.TornBefore || !samePage || record.ForcedBefore >= missing)
        {
            throw DamagedInTheMiddle(first, missing);
        }
    }

    private void NoteTorn()
    {
        if (_behindHole is { } behind)
        {
            _notices.Add(
                $"The machine stopped during a write: record {_lastSequence + 1} did not reach the disk "
                + $"({Place(_end)}), though record {behind.Sequence} of the same write did. No record claims that any "
                + "of them was forced, so nothing was promised by them: a start cuts them off.");
        }
    }

    private void Take(in FoundRecord record, LogContent content, bool stale)
    {
        CheckOwner(record, content);
        if (stale || record.JunkBefore)
        {
            _notices.Add(
                $"Octets that belong to no record stand before record {record.Sequence} ({Place(record.Address)}). "
                + "No record is missing there, but something else than the log wrote them: look after the disk.");
        }

        _firstSequence = _lastSequence == 0 ? record.Sequence : _firstSequence;
        _lastSequence = record.Sequence;
        _end = record.Address + record.Octets;
        _live.Apply(content, record.Octets);
    }

    private void CheckOwner(in FoundRecord record, LogContent content)
    {
        ManagerIdentity? writer = content switch
        {
            EpochRecord { Format: > LogIdentityFile.Format } => throw FromTheFuture(record),
            EpochRecord epoch => epoch.Identity,
            Checkpoint checkpoint => checkpoint.Identity,
            _ => null,
        };
        if (writer is not null && writer.Node != _identity.Node)
        {
            throw new LogFailedException(
                $"Record {record.Sequence} of the log in '{_files.Root}' was written by node {writer.Node}, not by "
                + $"node {_identity.Node}: a node's name moves only with its own complete log. Nothing was changed.");
        }
    }

    // Segments before a gap in the numbers are leftovers of a checkpoint, if the run behind the gap holds one.
    private static int StartOfLastRun(List<int> segments)
    {
        int start = Math.Max(segments.Count - 1, 0);
        while (start > 0 && segments[start - 1] == segments[start] - 1)
        {
            start--;
        }

        return start;
    }

    private void CheckFront(List<int> segments, int runStart)
    {
        if (_live.HasCheckpoint || (_firstSequence <= 1 && runStart == 0))
        {
            return;
        }

        int missing = segments[runStart] - 1;
        throw new LogFailedException(
            $"The log in '{_files.Root}' is not complete: "
            + (_firstSequence > 1 ? $"records before {_firstSequence} are missing" : "whole files are missing")
            + (missing >= 0 ? $" (the file '{Path.GetFileName(_files.Segment(missing))}')" : "")
            + ", and no checkpoint stands for them. Restore the log's directory from a complete copy. Nothing was "
            + "changed.");
    }

    private void CheckWitness(WitnessSlot? witness, bool junkBehind)
    {
        if (witness is not { } slot)
        {
            CheckWithoutWitness(junkBehind);
            return;
        }

        if (_lastSequence < slot.Sequence && _behindHole is { } behind)
        {
            throw DamagedInTheMiddle(behind, _lastSequence + 1);
        }

        if (_lastSequence < slot.Sequence)
        {
            throw new LogFailedException(
                $"The end of the log in '{_files.Root}' is missing: records {_lastSequence + 1} to {slot.Sequence} "
                + $"were durable on {slot.When}, and the log ends with record {_lastSequence} ({Place(_end)}). "
                + "Restore the log's directory from a complete copy. Nothing was changed.");
        }

        if (!slot.CleanStop)
        {
            _notices.Add(
                "The log was not stopped cleanly. It is complete up to record "
                + $"{slot.Sequence}, which was witnessed on {slot.When}; it ends with record {_lastSequence}. Had a "
                + "failing disk lost promised records behind that one, with nothing valid left behind them, nobody "
                + "could see it.");
        }
    }

    private void CheckWithoutWitness(bool junkBehind)
    {
        if (_lastSequence == 0 && junkBehind)
        {
            throw new LogFailedException(
                $"The log in '{_files.Root}' has no witness and no whole record, but it is not empty: restore the "
                + "log's directory from a complete copy. Nothing was changed.");
        }

        _notices.Add(
            $"The log's witness was emptied: that the log ends with record {_lastSequence} is accepted as it is.");
    }

    private LogFailedException DamagedInTheMiddle(in FoundRecord record, long expected) => new(
        $"The log in '{_files.Root}' is damaged in the middle: "
        + (record.Sequence - 1 == expected
            ? $"record {expected} is"
            : $"records {expected} to {record.Sequence - 1} are")
        + $" missing or damaged ({Place(_end)}), but record {record.Sequence} behind ({Place(record.Address)}) is "
        + "whole. Restore the log's directory from a complete copy. Nothing was changed.");

    private LogFailedException FromTheFuture(in FoundRecord record) => new(
        $"The log in '{_files.Root}' is a log from the future: this program does not know the record at "
        + $"{Place(record.Address)}. Start the newer program that wrote it. Nothing was changed.");

    private string Place(long address)
    {
        int segment = _identity.Geometry.SegmentOf(address);
        return $"octet {address - _identity.Geometry.StartOf(segment)} of {Path.GetFileName(_files.Segment(segment))}";
    }
}
