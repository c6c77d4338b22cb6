using System.Diagnostics;

namespace Ccr.Bench;

/// <summary>Times two short actions turn by turn, so that both meet the same disturbances.</summary>
internal static class Timing
{
    // Many short rounds: most of them fit between two turns of the scheduler, even on a busy machine.
    private const int Rounds = 1001;
    private const double RoundMs = 0.25;
    private const double WarmUpSeconds = 1.5;

    /// <summary>
    /// Nanoseconds of one call of each: the lower quartile over the rounds. On a machine that others use too, the
    /// median would measure them.
    /// </summary>
    internal static (double Ours, double Theirs) Compare(Action<int> ours, Action<int> theirs)
    {
        WarmUp(ours);
        WarmUp(theirs);
        int oursCalls = CallsIn(ours);
        int theirsCalls = CallsIn(theirs);
        double[] oursNs = new double[Rounds];
        double[] theirsNs = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            oursNs[i] = NanosecondsPerCall(ours, oursCalls);
            theirsNs[i] = NanosecondsPerCall(theirs, theirsCalls);
        }

        return (LowerQuartile(oursNs), LowerQuartile(theirsNs));
    }

    /// <summary>Octets that one call allocates.</summary>
    internal static double AllocatedBy(Action<int> action)
    {
        const int calls = 10_000;
        action(calls);
        long before = GC.GetAllocatedBytesForCurrentThread();
        action(calls);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)calls;
    }

    private static double LowerQuartile(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 4];
    }

    // Long enough for the runtime to compile the hot methods again, with what it saw of them.
    private static void WarmUp(Action<int> action)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUpSeconds)
        {
            action(500);
        }
    }

    private static int CallsIn(Action<int> action) =>
        int.Max(100, (int)(RoundMs * 1e6 / NanosecondsPerCall(action, 10_000)));

    private static double NanosecondsPerCall(Action<int> action, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        action(calls);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls;
    }
}
