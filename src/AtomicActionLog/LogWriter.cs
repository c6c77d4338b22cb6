using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActionLog;

/// <summary>
/// The one thread that touches the atomic-action log. Lanes hand over batches through a bounded queue; the thread
/// appends all that waits, forces once, and tells each lane how far its own records are durable (SEM-13).
/// </summary>
/// <remarks>The callbacks run on that thread: they only post, for a lane may itself be waiting for room here.</remarks>
public sealed class LogWriter : IDisposable
{
    /// <summary>Records that may wait for the log; a lane that hands over more waits for room.</summary>
    public const int QueuedRecordsMax = 65_536;

    /// <summary>After so long without work, what was appended unforced is forced, and the witness with it.</summary>
    public const int IdleMs = 100;

    private readonly IAtomicActionLog _log;
    private readonly Action<int, long> _forced;
    private readonly Action<string> _failed;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private readonly long[] _appended;
    private readonly long[] _reported;
    private List<Handed> _inbox = [];
    private List<Handed> _batch = [];
    private int _waitingForRoom;
    private long _forces;
    private bool _waitingForWork;
    private bool _stopping;
    private bool _failedAlready;
    private bool _restless;
    private volatile bool _isFull;

    /// <summary>Starts the thread, which owns the log until <see cref="Dispose"/> has returned.</summary>
    /// <param name="log">The log; it stays the caller's to dispose of, after this writer.</param>
    /// <param name="lanes">How many lanes there are.</param>
    /// <param name="forced">Told (lane, position): the lane's records up to that position are durable.</param>
    /// <param name="failed">Told once, why: what is durable is unknown, and nothing is reported any more.</param>
    public LogWriter(IAtomicActionLog log, int lanes, Action<int, long> forced, Action<string> failed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        _log = log;
        _forced = forced;
        _failed = failed;
        _appended = new long[lanes];
        _reported = new long[lanes];
        _isFull = log.IsFull;
        _thread = new Thread(Run) { Name = "ccr-log", IsBackground = true };
        _thread.Start();
    }

    /// <summary>How often it has forced what was handed over: flushes of the log's device.</summary>
    public long Forces => Volatile.Read(ref _forces);

    /// <summary>True while new actions are to be refused (SEM-19), as of the last batch.</summary>
    public bool IsFull => _isFull;

    /// <summary>Hands over a lane's next records, in their order; position 1 is its first. Waits for room.</summary>
    /// <remarks>After a failure it takes nothing and says nothing: the failure was reported once.</remarks>
    public void Hand(int lane, IReadOnlyList<(LogContent Content, bool Forced)> records)
    {
        lock (_gate)
        {
            if (WaitForRoom())
            {
                for (int i = 0; i < records.Count; i++)
                {
                    _inbox.Add(new Handed(lane, records[i].Forced, records[i].Content));
                }

                WakeWriter();
            }
        }
    }

    /// <summary>Hands over a lane's next records, in their order; position 1 is its first. Waits for room.</summary>
    /// <remarks>After a failure it takes nothing and says nothing: the failure was reported once.</remarks>
    public void Hand(int lane, ReadOnlySpan<(LogContent Content, bool Forced)> records)
    {
        lock (_gate)
        {
            if (WaitForRoom())
            {
                foreach ((LogContent content, bool forced) in records)
                {
                    _inbox.Add(new Handed(lane, forced, content));
                }

                WakeWriter();
            }
        }
    }

    /// <summary>Appends and forces what was handed over, reports it, and ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    private bool WaitForRoom()
    {
        // The writer's own thread, which may hand over from within a callback, is the one that makes room.
        while (_inbox.Count >= QueuedRecordsMax && !_stopping && !_failedAlready && Thread.CurrentThread != _thread)
        {
            _waitingForRoom++;
            Monitor.Wait(_gate);
            _waitingForRoom--;
        }

        ObjectDisposedException.ThrowIf(_stopping, this);
        return !_failedAlready;
    }

    private void WakeWriter()
    {
        if (_waitingForWork)
        {
            _waitingForWork = false;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        while (Take(out bool idle))
        {
            if (!Write(idle))
            {
                return;
            }
        }
    }

    // False when there will be nothing more. An idle turn comes once after work, then the thread sleeps.
    private bool Take(out bool idle)
    {
        lock (_gate)
        {
            idle = false;
            while (_inbox.Count == 0 && !_stopping && !idle)
            {
                _waitingForWork = true;
                idle = !Monitor.Wait(_gate, _restless ? IdleMs : Timeout.Infinite) && _inbox.Count == 0;
                _waitingForWork = false;
            }

            (_inbox, _batch) = (_batch, _inbox);
            if (_waitingForRoom > 0)
            {
                Monitor.PulseAll(_gate);
            }

            bool last = _stopping && _batch.Count == 0;
            idle |= last;
            return !last || _restless;
        }
    }

    private bool Write(bool idle)
    {
        try
        {
            bool force = idle;
            foreach (Handed handed in _batch)
            {
                _log.Append(handed.Content);
                _appended[handed.Lane]++;
                force |= handed.Forced;
            }

            _restless = !idle;
            _batch.Clear();
            if (force)
            {
                _log.Force();
                Volatile.Write(ref _forces, _forces + 1);
            }

            _isFull = _log.IsFull;
            if (!force)
            {
                return true;
            }
        }
        catch (Exception failure) when (failure is LogFailedException or InvariantException)
        {
            Fail(failure.Message);
            return false;
        }

        Report();
        return true;
    }

    private void Report()
    {
        for (int lane = 0; lane < _appended.Length; lane++)
        {
            if (_appended[lane] > _reported[lane])
            {
                _reported[lane] = _appended[lane];
                _forced(lane, _appended[lane]);
            }
        }
    }

    private void Fail(string reason)
    {
        lock (_gate)
        {
            _failedAlready = true;
            _inbox.Clear();
            Monitor.PulseAll(_gate);
        }

        _failed(reason);
    }

    private readonly record struct Handed(int Lane, bool Forced, LogContent Content);
}
