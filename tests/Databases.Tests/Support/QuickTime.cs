namespace Ccr.Resources.Databases.Tests;

/// <summary>A clock that goes a thousand times as fast: every wait is short, and their order stays.</summary>
internal sealed class QuickTime : TimeProvider
{
    private const int Times = 1_000;
    private readonly long _start = System.GetTimestamp();

    public override long GetTimestamp() => _start + ((System.GetTimestamp() - _start) * Times);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Shorter(dueTime), Shorter(period));

    private static TimeSpan Shorter(TimeSpan time) => time <= TimeSpan.Zero ? time : time / Times;
}
