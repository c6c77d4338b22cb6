using System.Globalization;
using Ccr.Bench.Log;

namespace Ccr.Bench.Db;

/// <summary>
/// TransactionScope with the manager's decision against Npgsql's own, which keeps no log and recovers nothing: two
/// clusters in assisted mode, with the verification; one database in managed mode, in one phase.
/// </summary>
internal sealed class ScopeBenchmark : IBenchmark
{
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
            LoadResult[] run = await DbTurns.RunAsync(
                clients, clients == 1, cancellation, Of(plain.RunTwo), Of(node.RunAssisted), Of(node.RunManaged),
                Of(plain.RunOne), Of(node.RunManagedOne));
            report.Add(Rate($"scope over two databases, assisted, {Clients(clients)}", run[1], run[0], reach));
            report.Add(Rate($"scope over two databases, managed, {Clients(clients)}", run[2], run[0], null));
            report.Add(Rate($"scope with one database, managed, {Clients(clients)}", run[4], run[3], 0.9));
        }
    }

    private static string Clients(int count) => count == 1 ? "1 Client" : $"{Text(count)} Clients";

    private static Func<int, Task> Of(Action<int> transaction) => row =>
    {
        transaction(row);
        return Task.CompletedTask;
    };

    private static Figure Rate(string name, LoadResult ours, LoadResult plain, double? reach)
    {
        double ratio = Math.Round(ours.PerSecond / plain.PerSecond, 2);
        string text = reach is { } least ? $"{Text(least)} of plain Npgsql or more" : "shown";
        return new Figure(name, Math.Round(ours.PerSecond), "a second",
            $"plain Npgsql: {Text(Math.Round(plain.PerSecond))}", ratio, text, reach is null || ratio >= reach);
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
