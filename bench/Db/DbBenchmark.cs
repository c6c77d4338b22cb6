using Ccr.Bench.Log;
using Ccr.Bench.TwoNode;
using Ccr.Ccrctl.Nodes;
using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Bench.Db;

/// <summary>
/// An atomic action over two PostgreSQL clusters, one UPDATE each, against the same SQL driven by hand without a
/// coordinator, in the same run: throughput, latency, forced records; on this disk, and with a flush that takes 1 ms.
/// </summary>
internal sealed class DbBenchmark : IBenchmark
{
    public string Name => "db-managed";

    public string Group => "db";

    public string Summary => "Atomic actions over two PostgreSQL clusters, managed mode, against raw two-phase commit";

    public async Task RunAsync(IReport report, CancellationToken cancellation)
    {
        using LogScratch scratch = new();
        await OnThisDiskAsync(report, scratch, cancellation);
        using (new SlowFlush(scratch.Root, 1_000))
        {
            await OnSlowDiskAsync(report, scratch, cancellation);
        }
    }

    private static async Task OnThisDiskAsync(IReport report, LogScratch scratch, CancellationToken cancellation)
    {
        report.Progress("db: starting two clusters and a manager");
        await using DbParties parties = await DbParties.StartAsync();
        await using DbNode service = await DbNode.StartAsync(scratch, "service", parties, embedded: false);
        await using DbNode embedded = await DbNode.StartAsync(scratch, "embedded", parties, embedded: true);
        RawTwoPhase raw = new(parties.Sources);
        foreach (int clients in new[] { 1, 8, 32, 64 })
        {
            report.Progress($"db: {clients} Clients");
            LoadResult[] run = await DbTurns.RunAsync(
                clients, clients == 1, cancellation, raw.RunAsync, service.Actions.RunAsync, embedded.Actions.RunAsync,
                service.Decided.RunAsync, embedded.Decided.RunAsync);
            foreach ((string how, LoadResult ours, double latencyReach) in new[]
            {
                ("as a service", run[1], 1.5),
                ("embedded", run[2], 1.35),
                ("as a service, answered when decided", run[3], 1.5),
                ("embedded, answered when decided", run[4], 1.35),
            })
            {
                Compare(report, clients, how, ours, run[0], latencyReach);
            }
        }
    }

    private static void Compare(
        IReport report, int clients, string how, LoadResult ours, LoadResult raw, double latencyReach)
    {
        if (clients == 1)
        {
            report.Add(DbFigures.Latency($"two databases, 1 Client, p50, {how}", ours.MedianMs, raw.MedianMs,
                latencyReach));
            return;
        }

        report.Add(DbFigures.Rate($"two databases, {clients} Clients, {how}", ours, "raw", raw, 0.9));
        if (clients == 64)
        {
            report.Add(DbFigures.Latency($"two databases, 64 Clients, p99, {how}", ours.P99Ms, raw.P99Ms, 1.2));
        }
    }

    private static async Task OnSlowDiskAsync(IReport report, LogScratch scratch, CancellationToken cancellation)
    {
        report.Progress("db: the same with 1 ms a flush");
        await using DbParties parties = await DbParties.StartAsync();
        await using DbNode service = await DbNode.StartAsync(scratch, "slow", parties, embedded: false);
        RawTwoPhase raw = new(parties.Sources);
        foreach ((int clients, double reach) in new[] { (1, 0.6), (32, 0.8), (64, 0.9) })
        {
            report.Progress($"db: {clients} Clients, 1 ms a flush");
            Counts before = await CountsAsync(service.Data, cancellation);
            LoadResult[] run = await DbTurns.RunAsync(
                clients, clients == 1, cancellation, raw.RunAsync, service.Actions.RunAsync, service.Decided.RunAsync);
            Counts after = await CountsAsync(service.Data, cancellation);
            report.Add(DbFigures.Rate($"two databases, {clients} Clients, 1 ms a flush", run[1], "raw", run[0], reach));
            report.Add(DbFigures.Rate($"two databases, {clients} Clients, 1 ms a flush, answered when decided", run[2],
                "raw", run[0], reach));
            if (clients != 32)
            {
                double actions = after.Committed - before.Committed;
                double flushReach = clients == 1 ? 1.0 : 0.35;
                double flushes = Math.Round((after.Flushes - before.Flushes) / actions, 3);
                double records = Math.Round((after.Forced - before.Forced) / actions, 3);
                report.Add(new Figure($"forced records of the manager, {clients} Clients, 1 ms a flush", records,
                    "an action", null, null, "1", records <= 1.001));
                report.Add(new Figure($"flushes of the manager's device, {clients} Clients, 1 ms a flush", flushes,
                    "an action", null, null, DbFigures.Text(flushReach) + " or less", flushes <= flushReach + 0.001));
            }
        }
    }

    private static async Task<Counts> CountsAsync(string data, CancellationToken cancellation)
    {
        await using OperatorClient manager = await OperatorClient.ConnectAsync(new NodeLayout(data), cancellation);
        Status status = await manager.StatusAsync(cancellation);
        return new Counts(Of(status, "committed"), Of(status, "forcedRecords"), Of(status, "deviceFlushes"));
    }

    private static long Of(Status status, string name) =>
        status.Counters.FirstOrDefault(c => c.Name == name)?.Value
        ?? throw new InvalidOperationException($"The manager counts no '{name}'.");

    private sealed record Counts(long Committed, long Forced, long Flushes);
}
