using Ccr.AtomicActionLog;
using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions.Contract;
using Ccr.LogDamage.Tests.Disks;
using Ccr.LogDamage.Tests.Oracle;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.LogDamage.Tests.Crashes;

/// <summary>
/// A small log that lives through starts, appends, forces, checkpoints and stops on one <see cref="CrashDisk"/>; all
/// is drawn from a seed, and what was promised is written down.
/// </summary>
internal sealed class Workload(int seed)
{
    internal static readonly LogGeometry Geometry = new(4096, 8192);
    private const long LimitBytes = 40 << 10;
    private readonly ManualTime _time = new();
    private readonly List<int> _open = [];
    private int _number;

    internal Random Random { get; } = new(seed);

    internal History History { get; } = new();

    /// <summary>How many batches one life writes.</summary>
    internal int Batches { get; init; } = 12;

    /// <summary>
    /// One life: a start, batches, and a clean stop, unless the disk ends it before. Returns why it ended; null after
    /// a clean stop.
    /// </summary>
    internal string? Live(CrashDisk disk)
    {
        FasterAtomicActionLog? log = null;
        try
        {
            log = Start(disk);
            for (int batch = 0; batch < Batches; batch++)
            {
                WriteBatch(log);
            }

            log.Dispose();
            if (disk.Failed is null && disk.Calls < disk.LastCall)
            {
                History.Forced(log.LastSequence);
                return null;
            }

            return "the clean stop failed";
        }
        catch (LogFailedException failed)
        {
            if (log is not null)
            {
                AssertStaysFailed(log, disk);
            }

            return failed.Message;
        }
    }

    internal LogOptions Options(IDisk disk) => new()
    {
        Directory = MemoryDisk.Root,
        Node = Records.Tokyo,
        LimitBytes = LimitBytes,
        Geometry = Geometry,
        AllowVolatileDirectory = true,
        Time = _time,
        Disk = disk,
        NewIdentity = new LogIdentity(0x1234_5678),
    };

    private static void AssertStaysFailed(FasterAtomicActionLog log, CrashDisk disk)
    {
        int calls = disk.Calls;
        Assert.Throws<LogFailedException>(log.Force);
        Assert.Throws<LogFailedException>(() => log.Append(Records.Forget(1)));
        log.Dispose();
        Assert.Equal(calls, disk.Calls);
    }

    private FasterAtomicActionLog Start(CrashDisk disk)
    {
        Judgement before = Judgement.Of(disk.Seen());
        long found = before.Log?.LastSequence ?? 0;
        History.Found(found);
        FasterAtomicActionLog log = FasterAtomicActionLog.Open(Options(disk));
        string? fault = found + 1 == log.LastSequence
            ? History.Fault(found, log.Self.Epoch - 1, log.Recovered)
            : $"{found} records were found and {log.LastSequence} came back";
        Assert.True(fault is null, $"seed {seed}: {fault}");
        History.Started(log.LastSequence, log.Self.Epoch);
        return log;
    }

    private void WriteBatch(FasterAtomicActionLog log)
    {
        int records = Random.Next(4) == 0 ? Random.Next(1, 25) : Random.Next(1, 5);
        for (int i = 0; i < records; i++)
        {
            LogContent content = Next();
            log.Append(content);
            History.Appended(log.LastSequence, content);
        }

        if (Random.Next(5) != 0)
        {
            log.Force();
            History.Forced(log.LastSequence);
        }

        _time.Advance(Random.Next(3) == 0 ? Random.Next(200) : 0);
    }

    private LogContent Next()
    {
        int pick = Random.Next(10);
        if (_open.Count > 0 && (pick < 5 || _open.Count > 12))
        {
            int at = Random.Next(_open.Count);
            int action = _open[at];
            if (pick < 2)
            {
                return Records.Commit(action);
            }

            _open.RemoveAt(at);
            return Records.Forget(action);
        }

        _number++;
        if (pick == 9)
        {
            return Records.Note(_number, Random.Next(700));
        }

        _open.Add(_number);
        return Records.Ready(_number);
    }
}
