using Ccr.AtomicActionLog;
using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions;
using Ccr.AtomicActions.Contract;
using Ccr.Invariants;
using Ccr.Protocol.Messages;

namespace Ccr.Simulation;

/// <summary>
/// The manager's log writer: the product's own log on a simulated disk. What one batch writes takes its time; until
/// then the batch may still be cut by a stop.
/// </summary>
internal sealed class SimLog : IDisposable
{
    private const long IdleUs = 100_000;

    private readonly SimManager _manager;
    private readonly FasterAtomicActionLog _log;
    private readonly List<(int Lane, LogContent Content, bool Forced)> _inbox = [];
    private readonly long[] _appended;
    private readonly long[] _reported;
    private bool _busy;
    private bool _restless;
    private bool _idleAsked;

    private SimLog(SimManager manager, FasterAtomicActionLog log, int lanes)
    {
        _manager = manager;
        _log = log;
        _appended = new long[lanes];
        _reported = new long[lanes];
    }

    internal ManagerIdentityAndLive Found { get; private init; } = null!;

    internal bool IsFull => _log.IsFull;

    /// <summary>Opens the log, and compares what it found with what had been promised.</summary>
    internal static SimLog Open(SimManager manager, int lanes)
    {
        SimNode node = manager.Node;
        FasterAtomicActionLog log = FasterAtomicActionLog.Open(new LogOptions
        {
            Directory = SimNode.LogDirectory,
            Node = node.Name,
            LimitBytes = node.World.Plan.Knobs.LogLimitBytes,
            AllowVolatileDirectory = true,
            Time = node.Time,
            Disk = node.Disk,
            Geometry = new LogGeometry(8_192, 16_384),
            NewIdentity = node.NextLogIdentity,
        });
        ManagerIdentityAndLive found = new(log.Self, log.Recovered, log.LastSequence - 1);
        node.Record.Opened(found);
        return new SimLog(manager, log, lanes) { Found = found };
    }

    /// <summary>The records of one turn of a lane.</summary>
    internal void Hand(int lane, List<(LogContent Content, bool Forced)> records)
    {
        foreach ((LogContent content, bool forced) in records)
        {
            _inbox.Add((lane, content, forced));
        }

        Pump();
    }

    public void Dispose() => _log.Dispose();

    private void Pump()
    {
        if (!_busy && _inbox.Count > 0)
        {
            _busy = true;
            _manager.In(_manager.World.Timing.Between(1, 40), () => Write(idle: false));
        }
    }

    private void Write(bool idle)
    {
        _busy = true;
        bool force = idle;
        SimNode node = _manager.Node;
        try
        {
            foreach ((int lane, LogContent content, bool forced) in _inbox)
            {
                _log.Append(content);
                node.Record.Appended(_log.LastSequence, content);
                _appended[lane]++;
                force |= forced;
            }

            _inbox.Clear();
            if (force)
            {
                _log.Force();
            }
        }
        catch (LogFailedException failure)
        {
            _manager.LogFailed(failure.Message);
            return;
        }

        _restless = !force;
        long takesUs = force ? node.ForceUs() : 0;
        _manager.World.Counters.Forces += force ? 1 : 0;
        _manager.World.Clock.In(takesUs, () => Written(force));
        if (force)
        {
            node.ForceBegins(takesUs);
        }
    }

    private void Written(bool force)
    {
        if (!_manager.IsAlive)
        {
            return;
        }

        _manager.Node.Disk.Complete();
        if (force)
        {
            _manager.Node.Record.Forced(_log.LastSequence);
            Report();
        }

        _busy = false;
        Pump();
        if (_restless && !_idleAsked)
        {
            _idleAsked = true;
            _manager.In(IdleUs, Idle);
        }
    }

    private void Idle()
    {
        _idleAsked = false;
        if (_restless && !_busy)
        {
            Write(idle: true);
        }
    }

    private void Report()
    {
        for (int lane = 0; lane < _appended.Length; lane++)
        {
            if (_appended[lane] > _reported[lane])
            {
                _reported[lane] = _appended[lane];
                _manager.Lanes[lane].Post(new LogForced(_appended[lane]));
            }
        }
    }
}

/// <summary>Who a manager is after its start, and what its log held.</summary>
internal sealed record ManagerIdentityAndLive(
    Protocol.Names.ManagerIdentity Self, IReadOnlyList<LogContent> Live, long LastSequence);

/// <summary>What the simulation remembers of a node's log, to compare it with what recovery finds.</summary>
internal sealed class LogRecollection(SimNode node)
{
    private readonly Queue<(long Sequence, LogContent Content)> _unforced = new();
    private LiveRecords _mirror = new();
    private long _forced;
    private bool _isBlind;

    /// <summary>What is live in the log as far as it is forced.</summary>
    internal IReadOnlyList<LogContent> Live => _mirror.Snapshot();

    internal void Appended(long sequence, LogContent content) => _unforced.Enqueue((sequence, content));

    /// <summary>All up to this record is durable.</summary>
    internal void Forced(long sequence)
    {
        while (_unforced.TryPeek(out (long Sequence, LogContent Content) first) && first.Sequence <= sequence)
        {
            _unforced.Dequeue();
            _mirror.Apply(first.Content);
            if (node.IsCopy)
            {
                continue;
            }

            node.World.Coverage.Record(first.Content);
            if (first.Content is LogDamage damage)
            {
                node.World.Truth.Of(damage.Action).DamageRecorded = $"{node.Name}: {damage.Damages[0].Text}";
            }

            node.World.Checker.See(new RecordDurable(node.Name, first.Content));
        }

        _forced = sequence;
    }

    /// <summary>A start failed half-way: whether its epoch is there is not known.</summary>
    internal void NotOpened() => _isBlind = true;

    /// <summary>
    /// A start read the log, and writes its epoch behind what it found: what was appended behind that is gone, and the
    /// numbers of it are used again.
    /// </summary>
    internal void Opened(ManagerIdentityAndLive found)
    {
        if (_isBlind)
        {
            Match(found.Live);
        }

        (long, LogContent)[] there = [.. _unforced.Where(one => one.Sequence <= found.LastSequence)];
        _unforced.Clear();
        Array.ForEach(there, _unforced.Enqueue);
        Appended(found.LastSequence + 1, new EpochRecord(found.Self, 1));
    }

    // Numbers say nothing here: what was not forced is there as far as what is found agrees with it.
    private void Match(IReadOnlyList<LogContent> live)
    {
        while (!_mirror.Snapshot().SequenceEqual(live) && _unforced.TryPeek(out (long Sequence, LogContent) next))
        {
            Forced(next.Sequence);
        }

        _unforced.Clear();
        _isBlind = false;
    }

    /// <summary>A start found the log: it must hold what was forced, and nothing that was never written.</summary>
    internal void Restarted(ManagerIdentityAndLive found)
    {
        if (found.LastSequence < _forced)
        {
            throw new SimulationException(
                $"LOG: The log of {node.Name} was forced up to {_forced}, and recovery found {found.LastSequence}.");
        }

        Forced(found.LastSequence);
        _unforced.Clear();
        List<LogContent> expected = _mirror.Snapshot();
        if (!expected.SequenceEqual(found.Live))
        {
            throw new SimulationException(
                $"LOG: Recovery at {node.Name} found [{string.Join("; ", found.Live)}] live, "
                + $"and [{string.Join("; ", expected)}] was forced.");
        }

        _forced = found.LastSequence + 1;
        node.World.Checker.See(new RecordDurable(node.Name, new EpochRecord(found.Self, 1)));
    }

    /// <summary>The node goes on with another log.</summary>
    internal void Wiped()
    {
        _unforced.Clear();
        _mirror = new LiveRecords();
        _forced = 0;
    }
}
