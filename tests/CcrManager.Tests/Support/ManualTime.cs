namespace Ccr.CcrManager.Tests;

/// <summary>A clock that goes on when the test says so.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private long _nowMs;

    /// <inheritdoc/>
    public override long TimestampFrequency => 1_000;

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _nowMs);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddMilliseconds(GetTimestamp());

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, () => callback(state));
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    /// <summary>Goes on, and calls what is due on the way.</summary>
    public void Advance(long milliseconds)
    {
        long end = _nowMs + milliseconds;
        while (_timers.Where(timer => timer.DueAtMs <= end).MinBy(timer => timer.DueAtMs) is { } next)
        {
            _nowMs = Math.Max(_nowMs, next.DueAtMs);
            next.Fire();
        }

        _nowMs = end;
    }

    private sealed class ManualTimer(ManualTime time, Action call) : ITimer
    {
        public long DueAtMs { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            DueAtMs = dueTime == Timeout.InfiniteTimeSpan
                ? long.MaxValue
                : time._nowMs + (long)Math.Ceiling(dueTime.TotalMilliseconds);
            return true;
        }

        public void Fire()
        {
            DueAtMs = long.MaxValue;
            call();
        }

        public void Dispose() => DueAtMs = long.MaxValue;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
