using Ccr.AtomicActionLog.Recovery;
using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActionLog;

/// <summary>A record as it was found in a log's files, or a place where one is missing.</summary>
/// <param name="Sequence">Its place in the log; for a damage, that of the first record missing, 0 when unknown.</param>
/// <param name="File">The file that holds it.</param>
/// <param name="Offset">The octet of that file at which it begins.</param>
/// <param name="Content">What it says; null for a damage.</param>
/// <param name="Damage">What is wrong there, in a sentence; null for a record.</param>
public sealed record InspectedRecord(long Sequence, string File, long Offset, LogContent? Content, string? Damage);

/// <summary>
/// Reads the files of a log without changing them and without its lock, so that it works beside a running manager.
/// </summary>
public static class LogInspector
{
    /// <summary>Every record, in the order of the files, and every place where one is missing or damaged.</summary>
    /// <exception cref="LogFailedException">The directory holds no log that this program can read.</exception>
    public static IEnumerable<InspectedRecord> Read(string directory)
    {
        LogFiles files = new(directory);
        return Read(files, IdentityOf(files));
    }

    /// <summary>Counts the records and says whether a manager could start on this log, and if not, why.</summary>
    /// <exception cref="LogFailedException">The directory holds no log that this program can read.</exception>
    public static LogReport Verify(string directory)
    {
        LogFiles files = new(directory);
        LogIdentityFile identity = IdentityOf(files);
        SortedDictionary<string, long> kinds = new(StringComparer.Ordinal);
        long first = 0;
        long last = 0;
        foreach (InspectedRecord record in Read(files, identity))
        {
            if (record.Content is { } content)
            {
                string kind = content.GetType().Name;
                kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
                first = first == 0 ? record.Sequence : first;
                last = Math.Max(last, record.Sequence);
            }
        }

        LogReport report = new(files.Root, identity.Node, identity.Log, first, last, kinds);
        return Judge(files, identity, report, triesLeft: 3);
    }

    /// <summary>
    /// True when there is something of a log in the directory, sound or not: anything but the file of its lock.
    /// </summary>
    public static bool HasBegun(string directory)
    {
        LogFiles files = new(directory);
        return Directory.Exists(files.Root) && Directory.EnumerateFiles(files.Root).Any(file => file != files.Lock);
    }

    /// <summary>
    /// A mark of the log's last clean stop; null when its last start did not end so, or when that cannot be read.
    /// Every start of a manager changes it, before anything is promised: the witness is written by each (SEM-18).
    /// </summary>
    public static string? CleanStop(string directory)
    {
        LogFiles files = new(directory);
        try
        {
            return LogIdentityFile.Read(files) is { } identity
                && Witness.Read(files, identity.Log) is { CleanStop: true } slot
                ? $"{identity.Log} generation {slot.Generation} record {slot.Sequence}"
                : null;
        }
        catch (Exception unread) when (unread is IOException or UnauthorizedAccessException or LogFailedException)
        {
            return null;
        }
    }

    private static LogReport Judge(LogFiles files, LogIdentityFile identity, LogReport report, int triesLeft)
    {
        while (true)
        {
            try
            {
                RecoveredLog found = LogRecovery.Run(files, identity);
                return report with { Epoch = found.Epoch, Live = found.Live.Count, Notices = found.Notices };
            }
            catch (LogFailedException vanished)
                when (vanished.InnerException is FileNotFoundException && --triesLeft > 0)
            {
                continue; // the running manager removed a file that we were about to read
            }
            catch (LogFailedException refused)
            {
                return report with { Damage = refused.Message };
            }
        }
    }

    // A checkpoint of the running manager may remove files while we read: what they held is not missing.
    private static IEnumerable<InspectedRecord> Read(LogFiles files, LogIdentityFile identity)
    {
        using RecordScanner scanner = new(files, identity, files.Segments(), mayVanish: true);
        InspectedRecord Damaged(long sequence, long address, string what) =>
            new(sequence, FileOf(files, identity, address), OffsetOf(identity, address), null, what);
        long expected = 0;
        int vanished = 0;
        while (scanner.Next(out FoundRecord record))
        {
            expected = vanished == scanner.Vanished ? expected : 0;
            vanished = scanner.Vanished;
            if (record.JunkBefore)
            {
                yield return Damaged(expected, record.Address, "Octets that are no record stand before this place.");
            }

            if (record.Content is null)
            {
                yield return Damaged(expected, record.Address, "This is a record of a newer format.");
                expected = 0;
            }
            else if (record.Sequence < expected)
            {
                yield return Damaged(record.Sequence, record.Address, $"An old copy of record {record.Sequence}.");
            }
            else
            {
                if (expected != 0 && record.Sequence > expected)
                {
                    yield return Damaged(expected, record.Address, Missing(expected, record.Sequence - 1));
                }

                yield return new InspectedRecord(
                    record.Sequence,
                    FileOf(files, identity, record.Address),
                    OffsetOf(identity, record.Address),
                    record.Content,
                    null);
                expected = record.Sequence + 1;
            }
        }

        if (scanner.JunkBehind)
        {
            yield return Damaged(
                expected, scanner.End, "No whole record stands here: a write that never ended, or is under way.");
        }
    }

    private static string Missing(long first, long last) => first == last
        ? $"Record {first} is missing or damaged."
        : $"Records {first} to {last} are missing or damaged.";

    private static string FileOf(LogFiles files, LogIdentityFile identity, long address) =>
        Path.GetFileName(files.Segment(identity.Geometry.SegmentOf(address)));

    private static long OffsetOf(LogIdentityFile identity, long address) =>
        address - identity.Geometry.StartOf(identity.Geometry.SegmentOf(address));

    private static LogIdentityFile IdentityOf(LogFiles files)
    {
        try
        {
            return LogIdentityFile.Read(files) ?? throw new LogFailedException(
                $"There is no atomic-action log in '{files.Root}': name the directory that holds the file 'identity'.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LogFailedException(
                $"The log in '{files.Root}' cannot be read ({failure.Message.TrimEnd('.')}): name another directory, "
                + "or ask as a user who may read it.",
                failure);
        }
    }
}
