using System.Globalization;
using Ccr.AtomicActionLog;

namespace Ccr.Bench.Log;

/// <summary>5,000,000 actions with one in doubt for ever: does the log stay under its limit?</summary>
internal sealed class LogDoubtBenchmark : IBenchmark
{
    private const int Actions = 5_000_000;
    private const int ActionsPerForce = 64;
    private const int ActionsPerProgress = 250_000;
    private const long LimitBytes = 64L << 20;

    public string Name => "log-doubt";

    public string Group => "core";

    public string Summary => "The atomic-action log: 5,000,000 actions with one in doubt for ever";

    public Task RunAsync(IReport report, CancellationToken cancellation)
    {
        using LogScratch scratch = new();
        long most = 0;
        using (FasterAtomicActionLog log = scratch.Open("doubt", LimitBytes))
        {
            log.Append(LogScratch.Ready(0));
            for (int number = 1; number <= Actions; number++)
            {
                log.Append(LogScratch.Commit(number));
                log.Append(LogScratch.Forget(number));
                if (number % ActionsPerForce == 0)
                {
                    log.Force();
                    most = Math.Max(most, log.UsedOctets);
                }

                if (number % ActionsPerProgress == 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                    most = Math.Max(most, scratch.OnDisk("doubt"));
                    report.Progress($"log-doubt: {number:n0} of {Actions:n0} actions, {most >> 20} MiB at most");
                }
            }
        }

        using FasterAtomicActionLog again = scratch.Open("doubt", LimitBytes);
        bool kept = again.Recovered is [Protocol.Messages.LogReady];
        report.Add(new Figure(
            $"log: most on the disk in {Actions:n0} actions, one in doubt for ever",
            Math.Round(most / 1048576.0, 1),
            "MiB",
            string.Create(CultureInfo.InvariantCulture, $"its limit: {LimitBytes >> 20} MiB"),
            Math.Round(most / (double)LimitBytes, 3),
            "under the limit, the one still in doubt",
            most <= LimitBytes && kept));
        return Task.CompletedTask;
    }
}
