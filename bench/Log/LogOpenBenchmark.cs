using System.Diagnostics;
using Ccr.AtomicActionLog;

namespace Ccr.Bench.Log;

/// <summary>A start with a log of 1,000,000 records, 1,000 of them in doubt, until it answers again.</summary>
internal sealed class LogOpenBenchmark : IBenchmark
{
    private const int Records = 1_000_000;
    private const int InDoubt = 1_000;
    private const double SecondsReach = 2;
    private const long LimitBytes = 2L << 30; // so large that no checkpoint shortens the log

    public string Name => "log-open";

    public string Group => "core";

    public string Summary => "The atomic-action log: start with 1,000,000 records, 1,000 in doubt";

    public Task RunAsync(IReport report, CancellationToken cancellation)
    {
        using LogScratch scratch = new();
        report.Progress($"log-open: writing {Records:n0} records");
        using (FasterAtomicActionLog log = scratch.Open("long", LimitBytes))
        {
            Fill(log, cancellation);
        }

        report.Progress("log-open: starting");
        long start = Stopwatch.GetTimestamp();
        using FasterAtomicActionLog again = scratch.Open("long", LimitBytes);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (again.Recovered.Count != InDoubt || again.LastSequence < Records)
        {
            throw new InvalidOperationException("The log did not give back what was put in: the figure means nothing.");
        }

        report.Add(new Figure(
            $"log: start with {Records:n0} records, {InDoubt:n0} in doubt ({scratch.OnDisk("long") >> 20} MiB)",
            Math.Round(seconds, 2),
            "s",
            null,
            null,
            $"under {SecondsReach} s",
            seconds < SecondsReach));
        return Task.CompletedTask;
    }

    private static void Fill(FasterAtomicActionLog log, CancellationToken cancellation)
    {
        int appended = 0;
        for (int number = 0; appended < Records; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (number % (Records / 2 / InDoubt) == 0 && number < Records / 2)
            {
                log.Append(LogScratch.Ready(number));
                appended++;
            }

            log.Append(LogScratch.Commit(number));
            log.Append(LogScratch.Forget(number));
            appended += 2;
            if (number % 1_000 == 0)
            {
                log.Force();
            }
        }
    }
}
