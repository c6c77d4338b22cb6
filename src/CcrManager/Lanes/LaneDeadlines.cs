using Ccr.AtomicActions.Contract;

namespace Ccr.CcrManager.Lanes;

/// <summary>
/// The deadlines of one lane: a heap and one timer, which is set to the earliest. Nearly every deadline is cleared
/// before it is reached, so a cleared one stays in the heap until its time or until the heap is mostly such.
/// Used on the lane's thread alone; only <paramref name="due"/> is called on the timer's.
/// </summary>
internal sealed class LaneDeadlines(TimeProvider time, Action due) : IDisposable
{
    private const int RubbishMin = 1_024;

    private readonly Dictionary<DeadlineId, long> _wanted = [];
    private readonly PriorityQueue<DeadlineId, long> _heap = new();
    private ITimer? _timer;
    private long _armedAt = long.MaxValue;

    /// <summary>How many deadlines are set.</summary>
    public int Count => _wanted.Count;

    /// <summary>Sets a deadline, or sets it anew.</summary>
    public void Set(DeadlineId deadline, long delayMs)
    {
        long ticks = (long)(Math.Max(0, delayMs) * (time.TimestampFrequency / 1000.0));
        long at = time.GetTimestamp() + ticks;
        _wanted[deadline] = at;
        _heap.Enqueue(deadline, at);
    }

    /// <summary>The deadline is no longer wanted.</summary>
    public void Clear(DeadlineId deadline)
    {
        if (_wanted.Remove(deadline) && _heap.Count > RubbishMin && _heap.Count > 4 * _wanted.Count)
        {
            _heap.Clear();
            _heap.EnqueueRange(_wanted.Select(wanted => (wanted.Key, wanted.Value)));
        }
    }

    /// <summary>Takes the deadlines that are reached, the earliest first.</summary>
    public void TakeDue(List<DeadlineId> reached)
    {
        _armedAt = long.MaxValue;
        long now = time.GetTimestamp();
        while (_heap.TryPeek(out DeadlineId deadline, out long at) && at <= now)
        {
            _heap.Dequeue();
            if (_wanted.TryGetValue(deadline, out long wantedAt) && wantedAt == at)
            {
                _wanted.Remove(deadline);
                reached.Add(deadline);
            }
        }
    }

    /// <summary>At the end of a turn: sets the timer to the earliest deadline, if that has come nearer.</summary>
    public void Arm()
    {
        if (!_heap.TryPeek(out _, out long at) || at >= _armedAt)
        {
            return;
        }

        _armedAt = at;
        long remainingMs = (long)Math.Ceiling(Math.Max(0, at - time.GetTimestamp()) * 1000.0 / time.TimestampFrequency);
        TimeSpan delay = TimeSpan.FromMilliseconds(Math.Max(1, remainingMs));
        _timer ??= time.CreateTimer(_ => due(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    /// <summary>No deadline is reached any more.</summary>
    public void Dispose() => _timer?.Dispose();
}
