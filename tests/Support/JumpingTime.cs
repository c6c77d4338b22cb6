namespace Ccr.TestSupport;

/// <summary>
/// A wall clock that is set by days, back and forth, at every look; timestamps and timers go on as ever.
/// </summary>
internal sealed class JumpingTime : TimeProvider
{
    private static readonly int[] s_days = [0, -30, 400, -3, 7_000, -7_000];
    private int _looks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() =>
        base.GetUtcNow().AddDays(s_days[(uint)Interlocked.Increment(ref _looks) % s_days.Length]);
}
