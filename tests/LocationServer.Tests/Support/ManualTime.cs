namespace Ccr.LocationServer.Tests.Support;

/// <summary>A clock that stands until it is told to go on.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private long _nowMs;

    public override long TimestampFrequency => 1_000;

    public override long GetTimestamp() => Interlocked.Read(ref _nowMs);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddMilliseconds(GetTimestamp());

    public void Advance(int ms)
    {
        Interlocked.Add(ref _nowMs, ms);
        ManualTimer[] due;
        lock (_lock)
        {
            due = [.. _timers.Where(timer => timer.DueMs <= GetTimestamp())];
        }

        foreach (ManualTimer timer in due)
        {
            timer.Fire();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, () => callback(state));
        timer.Change(dueTime, period);
        lock (_lock)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    /// <summary>Fires once; nothing under test has periodic timers.</summary>
    private sealed class ManualTimer(ManualTime time, Action fire) : ITimer
    {
        public long DueMs { get; private set; } = long.MaxValue;

        public void Fire()
        {
            DueMs = long.MaxValue;
            fire();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            DueMs = dueTime == Timeout.InfiniteTimeSpan
                ? long.MaxValue
                : time.GetTimestamp() + (long)dueTime.TotalMilliseconds;
            return true;
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
            return ValueTask.CompletedTask;
        }
    }
}
