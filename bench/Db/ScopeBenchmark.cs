using System.Globalization;
using Ccr.Bench.Log;

namespace Ccr.Bench.Db;

/// <summary>
/// TransactionScope with the manager's decision against Npgsql's own, which keeps no log and recovers nothing: two
/// clusters in assisted mode, with the verification; one database in managed mode, in one phase.
/// </summary>
internal sealed class ScopeBenchmark : IBenchmark
{
    private const int Rounds = 3;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(4);

    public string Name => "db-scopes";

    public string Group => "db";

    public string Summary => "TransactionScope over PostgreSQL, assisted and managed, against plain Npgsql's";

    public async Task RunAsync(IReport report, CancellationToken cancellation)
    {
        using LogScratch scratch = new();
        ThreadPool.SetMinThreads(256, 256); // a scope's end blocks its thread, with and without us
        report.Progress("db: starting two clusters and a manager");
        await using DbParties parties = await DbParties.StartAsync();
        await using ScopeNode node = await ScopeNode.StartAsync(Path.Combine(scratch.Root, "scopes"), parties);
        PlainScopes plain = new(parties);
        foreach ((int clients, double reach) in new[] { (1, 0.65), (32, 0.85), (64, 0.85) })
        {
            report.Progress($"db: {clients} Clients in scopes");
            LoadResult[] run = await TurnByTurnAsync(clients, cancellation, plain.RunTwo, node.RunAssisted,
                node.RunManaged, plain.RunOne, node.RunManagedOne);
            report.Add(Rate($"scope over two databases, assisted, {Clients(clients)}", run[1], run[0], reach));
            report.Add(Rate($"scope over two databases, managed, {Clients(clients)}", run[2], run[0], null));
            report.Add(Rate($"scope with one database, managed, {Clients(clients)}", run[4], run[3], 0.9));
        }
    }

    private static string Clients(int count) => count == 1 ? "1 Client" : $"{Text(count)} Clients";

    private static async Task<LoadResult[]> TurnByTurnAsync(
        int clients, CancellationToken cancellation, params Action<int>[] transactions)
    {
        List<LoadResult>[] results = [.. transactions.Select(_ => new List<LoadResult>())];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < transactions.Length; i++)
            {
                Action<int> transaction = transactions[i];
                results[i].Add(await DbLoad.RunAsync(clients, Time, Run, cancellation));

                Task Run(int row)
                {
                    transaction(row);
                    return Task.CompletedTask;
                }
            }
        }

        return [.. results.Select(LoadResult.Middle)];
    }

    private static Figure Rate(string name, LoadResult ours, LoadResult plain, double? reach)
    {
        double ratio = Math.Round(ours.PerSecond / plain.PerSecond, 2);
        string text = reach is { } least ? $"{Text(least)} of plain Npgsql or more" : "shown";
        return new Figure(name, Math.Round(ours.PerSecond), "a second",
            $"plain Npgsql: {Text(Math.Round(plain.PerSecond))}", ratio, text, reach is null || ratio >= reach);
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
