namespace Ccr.CcrManager.Lanes;

/// <summary>
/// The wall clock for people, of one lane. When it is set while actions are under way, their events stay in order: the
/// step is followed after a minute, and until then time is counted on. Nothing waits by this clock.
/// </summary>
internal sealed class SteadyClock(TimeProvider time)
{
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private DateTimeOffset _seen;
    private long _seenAt;

    /// <summary>The time.</summary>
    public DateTimeOffset Now
    {
        get
        {
            long at = time.GetTimestamp();
            DateTimeOffset now = time.GetUtcNow();
            TimeSpan since = time.GetElapsedTime(_seenAt, at);
            if (_seen != default && since < s_patience && (now - _seen - since).Duration() > s_step)
            {
                return _seen + since;
            }

            (_seen, _seenAt) = (now, at);
            return now;
        }
    }
}
