using System.Globalization;
using Ccr.Databases.Testing;
using Ccr.Resources.Xa;
using Npgsql;

namespace Ccr.Http.Tests;

/// <summary>Three nodes in this process, and a database for two of them: a table of counters in each.</summary>
public sealed class World : IAsyncLifetime
{
    private PostgreSqlCluster _cluster = null!;
    private int _row;
    private int _service;

    internal TestNode Tokyo { get; private set; } = null!;

    internal TestNode Osaka { get; private set; } = null!;

    internal TestNode Nagoya { get; private set; } = null!;

    /// <summary>A database of tokyo.</summary>
    internal XaDatabase Orders { get; private set; } = null!;

    /// <summary>How an application reaches it with the driver alone.</summary>
    internal string OrdersText => _cluster.ConnectionString("orders");

    /// <summary>A database of osaka.</summary>
    internal XaDatabase Stock { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _cluster = await PostgreSqlCluster.StartNewAsync();
        foreach (string database in (string[])["orders", "stock"])
        {
            await _cluster.ExecuteAsync($"CREATE DATABASE {database}");
            await _cluster.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL)", database);
            await _cluster.ExecuteAsync("INSERT INTO t SELECT i, 0 FROM generate_series(1, 500) i", database);
        }

        Osaka = await TestNode.StartAsync("osaka", []);
        Nagoya = await TestNode.StartAsync("nagoya", new() { ["osaka"] = Osaka.Address });
        Tokyo = await TestNode.StartAsync(
            "tokyo", new() { ["osaka"] = Osaka.Address, ["nagoya"] = Nagoya.Address });
        await Tokyo.RegisterAsync("orders", _cluster, "orders");
        await Osaka.RegisterAsync("stock", _cluster, "stock");
        Orders = Database("orders");
        Stock = Database("stock");
    }

    public async Task DisposeAsync()
    {
        await Orders.Source.DisposeAsync();
        await Stock.Source.DisposeAsync();
        await Tokyo.DisposeAsync();
        await Nagoya.DisposeAsync();
        await Osaka.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    /// <summary>A row that no other test has.</summary>
    internal int NewRow() => Interlocked.Increment(ref _row);

    /// <summary>A Server's name that no other test has.</summary>
    internal string NewName(string node) =>
        string.Create(CultureInfo.InvariantCulture, $"{node}.s{Interlocked.Increment(ref _service)}");

    internal async Task<int> ValueOfAsync(string database, int row) => int.Parse(
        await _cluster.ScalarAsync($"SELECT v FROM t WHERE id = {row}", database), CultureInfo.InvariantCulture);

    /// <summary>Both have this value, nothing is prepared, and nobody holds a lock of the row.</summary>
    internal async Task ExpectAsync(int row, int orders, int stock)
    {
        await Until.TrueAsync(
            async () => await _cluster.ScalarAsync("SELECT count(*) FROM pg_prepared_xacts") == "0",
            "nothing is prepared");
        Assert.Equal((orders, stock), (await ValueOfAsync("orders", row), await ValueOfAsync("stock", row)));
        foreach (string database in (string[])["orders", "stock"])
        {
            await _cluster.ExecuteAsync(
                $"SET lock_timeout = 10000; UPDATE t SET v = v WHERE id = {row}", database);
        }
    }

    private XaDatabase Database(string name) => new(
        name, NpgsqlDataSource.Create(_cluster.ConnectionString(name, "Enlist=false")), PostgreSqlDialect.Instance);
}

[CollectionDefinition("World")]
public sealed class WorldCollection : ICollectionFixture<World>;
