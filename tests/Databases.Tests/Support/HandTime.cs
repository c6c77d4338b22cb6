namespace Ccr.Resources.Databases.Tests;

/// <summary>A clock that only the test moves: what waits for a time waits until it is advanced to it.</summary>
internal sealed class HandTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<HandTimer> _timers = [];
    private TimeSpan _now;
    private int _waits;

    /// <summary>How often somebody began to wait for a time to come.</summary>
    public int Waits
    {
        get
        {
            lock (_lock)
            {
                return _waits;
            }
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _now.Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        HandTimer timer = new(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock, and calls what is due.</summary>
    public void Advance(int ms)
    {
        HandTimer[] due;
        lock (_lock)
        {
            _now += TimeSpan.FromMilliseconds(ms);
            due = [.. _timers.Where(timer => timer.Due <= _now)];
            _timers.RemoveAll(timer => timer.Due <= _now);
        }

        foreach (HandTimer timer in due)
        {
            timer.Call();
        }
    }

    private sealed class HandTimer(HandTime time, Action call) : ITimer
    {
        public TimeSpan Due { get; private set; }

        public Action Call => call;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                if (dueTime >= TimeSpan.Zero)
                {
                    Due = time._now + dueTime;
                    time._timers.Add(this);
                    time._waits++;
                }

                return true;
            }
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
