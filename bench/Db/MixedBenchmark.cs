using Ccr.Bench.Log;

namespace Ccr.Bench.Db;

/// <summary>An atomic action over PostgreSQL and MariaDB, against the same by hand.</summary>
internal sealed class MixedBenchmark : IBenchmark
{
    private const int Clients = 32;

    public string Name => "db-mixed";

    public string Group => "db";

    public string Summary => "Atomic actions over PostgreSQL and MariaDB against raw two-phase commit";

    public async Task RunAsync(IReport report, CancellationToken cancellation)
    {
        using LogScratch scratch = new();
        report.Progress("db-mixed: starting PostgreSQL, MariaDB and a manager");
        await using MixedParties parties = await MixedParties.StartAsync();
        await using DbNode node = await DbNode.StartAsync(scratch, "mixed", parties, embedded: false);
        report.Progress($"db-mixed: {Clients} Clients");
        LoadResult[] run = await DbTurns.RunAsync(
            Clients, isFirst: true, cancellation, parties.RawAsync, node.Actions.RunAsync);
        report.Add(DbFigures.Rate($"PostgreSQL and MariaDB, {Clients} Clients", run[1], "raw", run[0], 0.9));
    }
}
