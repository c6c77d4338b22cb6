using Ccr.Databases.Testing;

namespace Ccr.Resources.Databases.Tests;

/// <summary>One cluster with the databases "orders" and "stock" for the tests that harm nobody.</summary>
public sealed class Clusters : IAsyncLifetime
{
    private int _row;

    public PostgreSqlCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync() => Cluster = await NewAsync();

    public async Task DisposeAsync() => await Cluster.DisposeAsync();

    /// <summary>A row that no other test has.</summary>
    public int NewRow() => Interlocked.Increment(ref _row);

    public async Task<int> ValueOfAsync(string database, int row) =>
        int.Parse(await Cluster.ScalarAsync($"SELECT v FROM t WHERE id = {row}", database));

    internal static async Task<PostgreSqlCluster> NewAsync(params string[] settings)
    {
        PostgreSqlCluster cluster = await PostgreSqlCluster.StartNewAsync(settings);
        foreach (string database in new[] { "orders", "stock" })
        {
            await cluster.ExecuteAsync($"CREATE DATABASE {database}");
            await cluster.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL)", database);
            await cluster.ExecuteAsync("INSERT INTO t SELECT i, 0 FROM generate_series(1, 20000) i", database);
        }

        return cluster;
    }

    internal static async Task<int> PreparedAsync(PostgreSqlCluster cluster) =>
        int.Parse(await cluster.ScalarAsync("SELECT count(*) FROM pg_prepared_xacts"));
}

[CollectionDefinition("Clusters")]
public sealed class ClustersCollection : ICollectionFixture<Clusters>;
