using System.Data.Common;
using Ccr.Databases.Testing;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;
using Npgsql;

namespace Ccr.Xa.Tests;

/// <summary>One cluster for the tests that harm nobody, with a table each can have rows of.</summary>
public sealed class PostgreSqlFixture : IAsyncLifetime
{
    private int _counter;

    public PostgreSqlCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Cluster = await PostgreSqlCluster.StartNewAsync();
        await Cluster.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL)");
        await Cluster.ExecuteAsync("INSERT INTO t SELECT i, 0 FROM generate_series(1, 1000) i");
    }

    public async Task DisposeAsync() => await Cluster.DisposeAsync();

    public async Task<NpgsqlConnection> OpenAsync(string more = "", string database = "postgres")
    {
        NpgsqlConnection connection = new(Cluster.ConnectionString(database, "Enlist=false;" + more));
        await connection.OpenAsync();
        return connection;
    }

    public string NewName() => PostgreSqlDialect.Instance.NativeName(Names.Next(ref _counter));

    public async Task<int> ValueOfAsync(int id) =>
        int.Parse(await Cluster.ScalarAsync($"SELECT v FROM t WHERE id = {id}"));

    public async Task<bool> IsPreparedAsync(string gid) =>
        await Cluster.ScalarAsync($"SELECT count(*) FROM pg_prepared_xacts WHERE gid = '{gid}'") == "1";
}

[CollectionDefinition("PostgreSQL")]
public sealed class PostgreSqlCollection : ICollectionFixture<PostgreSqlFixture>;

internal static class Names
{
    internal static readonly ManagerIdentity Tokyo = new(
        NodeName.Parse("tokyo"), new LogIdentity(new UInt128(0x0123456789abcdef, 0xfedcba9876543210)), 3);

    internal static XaName Next(ref int counter) => new(
        new AtomicActionId(AeTitle.Of(Tokyo.Node), Suffix.OfCounter(3, (ulong)Interlocked.Increment(ref counter))),
        new BranchId(AeTitle.Of(Tokyo.Node), Suffix.OfInteger(1)), Tokyo);
}

internal static class Statements
{
    internal static async Task RunAsync(this DbConnection connection, string sql)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
