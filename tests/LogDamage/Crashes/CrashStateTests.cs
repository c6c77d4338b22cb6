using System.Globalization;
using Ccr.AtomicActionLog;
using Ccr.AtomicActions.Contract;
using Ccr.LogDamage.Tests.Disks;
using Ccr.LogDamage.Tests.Oracle;

namespace Ccr.LogDamage.Tests.Crashes;

/// <summary>
/// In whichever state a stop of the machine leaves the disk, the log starts again with all that was promised. So many
/// states as the environment variable CCR_CRASH_STATES says, 20,000 without it.
/// </summary>
public sealed class CrashStateTests
{
    private const int LivesMax = 5;
    private const int DrawnPerCall = 2;
    private const int ExploredEach = 4;
    private const int OpenedEach = 100;
    private readonly Dictionary<CrashModel, long> _states = [];
    private readonly HashSet<ulong> _distinct = [];
    private long _made;
    private long _judged;
    private long _opened;
    private long _withoutLog;
    private long _cutAtHole;
    private long _powerCuts;
    private long _kills;
    private long _faults;
    private Workload _workload = new(0);
    private int _seed;

    private static long Wanted => long.TryParse(
        Environment.GetEnvironmentVariable("CCR_CRASH_STATES"), CultureInfo.InvariantCulture, out long wanted)
        ? wanted
        : 20_000;

    [Fact]
    [Trait("Category", "Slow")]
    public void Whatever_state_a_stop_of_the_machine_leaves_the_log_starts_with_all_that_was_promised()
    {
        Evidence.Evidence evidence = new("log-damage", "crash states");
        while (_judged < Wanted)
        {
            _seed++;
            LiveThrough();
        }

        foreach (CrashModel model in Enum.GetValues<CrashModel>())
        {
            Assert.True(_states[model] > Wanted / 20, $"{model}: {_states[model]} states");
            evidence.Count($"made by the model {model}", _states[model]);
        }

        Assert.True(_cutAtHole > 0, "a torn write left whole records behind a hole, and was cut");
        Assert.True(_powerCuts > 0 && _kills > 0 && _faults > 0, $"{_powerCuts} {_kills} {_faults}");
        evidence.Count("made, with repetitions", _made).Count("distinct crash states", _judged)
            .Count("recovered", _judged - _withoutLog).Count("before the log was made", _withoutLog)
            .Count("refused", 0).Count("torn writes cut at a hole", _cutAtHole)
            .Count("opened and written on", _opened).Count("workloads", _seed)
            .Count("lives ended by a stop of the machine", _powerCuts).Count("by a kill", _kills)
            .Count("by a failing disk", _faults).Write();
    }

    private void LiveThrough()
    {
        _workload = new Workload(_seed);
        Random random = _workload.Random;
        CrashDisk disk = new();
        for (int life = 0; life < LivesMax && _judged < Wanted; life++)
        {
            CrashDisk now = disk;
            disk.UnderWay = () => ExploreSome(now);
            int ending = random.Next(4);
            disk.LastCall = ending < 2 ? disk.Calls + random.Next(1, 60) : int.MaxValue;
            disk.FailingCall = ending == 2 ? disk.Calls + random.Next(1, 60) : 0;
            disk.Fault = (DiskFault)random.Next(4);
            string? end = _workload.Live(disk);
            Explore(disk);
            _faults += disk.Failed is null ? 0 : 1;
            _kills += end is not null && disk.Failed is null ? 1 : 0;
            if (ending == 0)
            {
                _powerCuts++;
                CrashModel model = (CrashModel)random.Next(4);
                List<DiskImage> left = CrashStates.Of(disk, model, random, 1).ToList();
                disk = new CrashDisk(left[random.Next(left.Count)]);
            }
            else
            {
                disk = disk.AfterTheProcess();
            }
        }
    }

    private void ExploreSome(CrashDisk disk)
    {
        if (_workload.Random.Next(ExploredEach) == 0)
        {
            Explore(disk);
        }
    }

    private void Explore(CrashDisk disk)
    {
        foreach (CrashModel model in Enum.GetValues<CrashModel>())
        {
            foreach (DiskImage image in CrashStates.Of(disk, model, _workload.Random, DrawnPerCall))
            {
                Check(image, model);
            }
        }
    }

    private void Check(DiskImage image, CrashModel model)
    {
        _made++;
        _states[model] = _states.GetValueOrDefault(model) + 1;
        if (!_distinct.Add(image.Hash() + (ulong)_workload.History.Promised))
        {
            return;
        }

        _judged++;
        Judgement found = Judgement.Of(image);
        string? fault = found switch
        {
            { Refusal: { } refusal } => refusal,
            { Log: { } log } => _workload.History.Fault(log.LastSequence, log.Epoch, log.Live.Snapshot()),
            _ => _workload.History.Exists ? "the log is gone" : null,
        };
        Assert.True(fault is null, $"seed {_seed}, {model}, state {_judged}: {fault}");
        _withoutLog += found.Log is null ? 1 : 0;
        _cutAtHole += found.Log?.Notices.Any(
            notice => notice.Contains("of the same write did", StringComparison.Ordinal)) == true
            ? 1
            : 0;
        if (_judged % OpenedEach == 0)
        {
            WriteOn(image, found.Log?.LastSequence ?? 0);
        }
    }

    private void WriteOn(DiskImage image, long found)
    {
        _opened++;
        DiskImage copy = new(image);
        MemoryDisk disk = new(copy);
        long last;
        using (FasterAtomicActionLog log = FasterAtomicActionLog.Open(_workload.Options(disk)))
        {
            Assert.Equal(found + 1, log.LastSequence);
            Assert.Equal(_workload.History.LiveAfter(found), log.Recovered);
            log.Append(Records.Ready(1_000_000));
            log.Append(Records.Ready(1_000_001));
            log.Force();
            last = log.LastSequence;
        }

        Judgement again = Judgement.Of(copy);
        Assert.True(again.Log?.LastSequence == last, $"seed {_seed}: {again}");
        Assert.Equal(
            [.. _workload.History.LiveAfter(found), Records.Ready(1_000_000), Records.Ready(1_000_001)],
            again.Log.Live.Snapshot());
    }
}
