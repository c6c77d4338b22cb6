using Ccr.AtomicActionLog;
using Ccr.AtomicActionLog.Storage;
using Ccr.LogDamage.Tests.Disks;
using Ccr.LogDamage.Tests.Oracle;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.LogDamage.Tests.Damage;

/// <summary>A record as the one who wrote it knows it.</summary>
/// <param name="Sequence">Its place in the log.</param>
/// <param name="ForcedBefore">The last record that had been forced when it was appended.</param>
/// <param name="Content">What it says.</param>
/// <param name="Envelope">Its octets.</param>
internal sealed record WrittenRecord(long Sequence, long ForcedBefore, LogContent Content, byte[] Envelope);

/// <summary>
/// A small real log: two epochs, batches of one record and of many, a checkpoint that removed the first files, a
/// witness behind which more was forced, and then a machine that stopped. What it holds and promised is known from
/// the calls alone.
/// </summary>
internal sealed class WrittenLog
{
    internal static readonly LogGeometry Geometry = new(2048, 2048);
    private const long LimitBytes = 14 << 10;
    private readonly ManualTime _time = new();
    private readonly LogIdentity _identity;
    private long _forced;
    private int _number;

    internal WrittenLog(ulong identity = 77)
    {
        _identity = new LogIdentity(identity);
        MemoryDisk disk = new(Image);
        using (FasterAtomicActionLog first = Start(disk))
        {
            for (int batch = 0; batch < 12; batch++)
            {
                Batch(first, batch % 4 == 3 ? 5 : 1);
            }

            OfFirstEpoch = new DiskImage(Image);
            History.Forced(first.LastSequence);
        }

        FasterAtomicActionLog log = Start(disk);
        for (int batch = 0; !Written.Exists(record => record.Content is Checkpoint); batch++)
        {
            Batch(log, batch % 3 == 2 ? 4 : 1);
        }

        Batch(log, 3);
        _time.Advance(FasterAtomicActionLog.WitnessIntervalMs);
        Batch(log, 2);
        Witnessed = _forced;
        Batch(log, 1);
        Batch(log, 7);
        Batch(log, 3);
        Batch(log, 9);
        DiskImage stopped = new(Image);
        log.Dispose();
        Image.Files.Clear();
        foreach ((string path, byte[] octets) in stopped.Files)
        {
            Image.Files.Add(path, octets);
        }

        Segments = Image.Files.Keys.Where(path => path.Contains("records.", StringComparison.Ordinal)).ToList();
    }

    internal History History { get; } = new();

    /// <summary>Every record, also those that the checkpoint stands for.</summary>
    internal List<WrittenRecord> Written { get; } = [];

    internal long Last => Written[^1].Sequence;

    /// <summary>The record up to which the witness tells of.</summary>
    internal long Witnessed { get; }

    /// <summary>The disk when the machine stopped.</summary>
    internal DiskImage Image { get; } = new();

    /// <summary>The disk during the first epoch.</summary>
    internal DiskImage OfFirstEpoch { get; }

    /// <summary>The log's files of records, in order.</summary>
    internal List<string> Segments { get; }

    /// <summary>Where a record's envelope stands: the file, and the octet in it; null when it is gone.</summary>
    internal (string File, int At)? Place(WrittenRecord record, DiskImage? image = null)
    {
        foreach ((string file, byte[] octets) in (image ?? Image).Files)
        {
            int at = octets.AsSpan().IndexOf(record.Envelope);
            if (at >= 0)
            {
                return (file, at);
            }
        }

        return null;
    }

    internal byte[] Encode(long sequence, long unforced, LogContent content, LogIdentity? log = null)
    {
        BerWriter writer = new();
        new LogRecord(log ?? _identity, sequence, content, unforced).Write(writer);
        return writer.Written.ToArray();
    }

    internal LogOptions Options(IDisk disk, LogIdentity? fresh = null) => new()
    {
        Directory = MemoryDisk.Root,
        Node = Records.Tokyo,
        LimitBytes = LimitBytes,
        Geometry = Geometry,
        AllowVolatileDirectory = true,
        Time = _time,
        Disk = disk,
        NewIdentity = fresh,
    };

    private FasterAtomicActionLog Start(MemoryDisk disk)
    {
        long before = Written.Count == 0 ? 0 : Last;
        FasterAtomicActionLog log = FasterAtomicActionLog.Open(Options(disk, _identity));
        Note(before + 1, new EpochRecord(log.Self, LogIdentityFile.Format), before);
        _forced = before + 1;
        History.Started(_forced, log.Self.Epoch);
        return log;
    }

    private void Batch(FasterAtomicActionLog log, int records)
    {
        for (int i = 0; i < records; i++)
        {
            _number++;
            LogContent content = (_number % 4) switch
            {
                3 => Records.Ready(_number),
                0 => Records.Commit(_number - 1),
                1 when _number / 4 % 5 != 0 => Records.Forget(_number - 2),
                _ => Records.Note(_number, 20),
            };
            long before = Last;
            List<LogContent> live = History.LiveAfter(before);
            log.Append(content);
            if (log.LastSequence == before + 2)
            {
                Note(before + 1, new Checkpoint(1, 1, log.Self, live), _forced);
                _forced = before + 1;
            }

            Note(log.LastSequence, content, _forced);
            History.Appended(log.LastSequence, content);
        }

        log.Force();
        _forced = log.LastSequence;
        History.Forced(_forced);
    }

    private void Note(long sequence, LogContent content, long forcedBefore) => Written.Add(new WrittenRecord(
        sequence, forcedBefore, content, Encode(sequence, sequence - 1 - forcedBefore, content)));
}
