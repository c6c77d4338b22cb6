using System.Globalization;
using Ccr.Databases.Testing;

namespace Ccr.DatabaseAttack;

/// <summary>A PostgreSQL cluster of its own.</summary>
internal sealed class PostgreSqlParty : Party
{
    private PostgreSqlParty(string name, PostgreSqlCluster cluster)
    {
        Name = name;
        Cluster = cluster;
    }

    public override string Name { get; }

    public PostgreSqlCluster Cluster { get; }

    public override string Argument => $"{Name}|postgresql|{Cluster.ConnectionString()}";

    public static async Task<PostgreSqlParty> StartNewAsync(string name, int rows, params string[] settings)
    {
        PostgreSqlCluster cluster = await PostgreSqlCluster.StartNewAsync(settings);
        await cluster.ExecuteAsync(
            "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL); CREATE TABLE ops (id int PRIMARY KEY); "
            + string.Create(
                CultureInfo.InvariantCulture, $"INSERT INTO t SELECT i, 0 FROM generate_series(1, {rows}) i"));
        return new PostgreSqlParty(name, cluster);
    }

    public override async Task<int> ValueAsync(int row) =>
        await NumberAsync($"SELECT v FROM t WHERE id = {row}");

    public override async Task<int> PreparedAsync() => await NumberAsync($"SELECT count(*) FROM pg_prepared_xacts");

    public override Task TouchAsync(int row) => Cluster.ExecuteAsync(
        string.Create(CultureInfo.InvariantCulture, $"UPDATE t SET v = v WHERE id = {row}"));

    public override Task KillAsync() => Cluster.KillAsync();

    public override Task StartAsync() => Cluster.StartAsync();

    public override ValueTask DisposeAsync() => Cluster.DisposeAsync();

    private async Task<int> NumberAsync(FormattableString sql) => int.Parse(
        await Cluster.ScalarAsync(sql.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
}
