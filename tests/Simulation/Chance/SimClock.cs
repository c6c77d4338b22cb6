namespace Ccr.Simulation;

/// <summary>Simulated time, in microseconds, and what is to happen when; in order of time, then of asking.</summary>
internal sealed class SimClock
{
    /// <summary>A usual seed has some thousands.</summary>
    private const long HappenedMax = 1_000_000;

    private readonly PriorityQueue<Action, (long AtUs, long Number)> _events = new();
    private long _number;

    internal long NowUs { get; private set; } = 1_000_000;

    /// <summary>How many events have happened.</summary>
    internal long Happened { get; private set; }

    internal void At(long atUs, Action act) => _events.Enqueue(act, (Math.Max(atUs, NowUs), ++_number));

    internal void In(long delayUs, Action act) => At(NowUs + delayUs, act);

    /// <summary>Lets everything happen that is due until then.</summary>
    internal void RunUntil(long untilUs)
    {
        while (_events.TryPeek(out Action? act, out (long AtUs, long) when) && when.AtUs <= untilUs)
        {
            _events.Dequeue();
            NowUs = when.AtUs;
            if (++Happened > HappenedMax)
            {
                throw new SimulationException($"V1: It does not come to rest: more than {HappenedMax} events.");
            }

            act();
        }

        NowUs = untilUs;
    }
}

/// <summary>The clocks that the product asks: a steady one, and the date, which an operator may set wrong.</summary>
internal sealed class SimTime(SimClock clock) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal long JumpedUs { get; set; }

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => clock.NowUs;

    public override DateTimeOffset GetUtcNow() => Start.AddTicks((clock.NowUs + JumpedUs) * 10);
}
