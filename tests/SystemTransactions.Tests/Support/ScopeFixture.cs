using System.Collections.Concurrent;
using System.Transactions;
using Ccr.Ccrctl.Nodes;
using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;
using Ccr.TestSupport;
using Npgsql;

namespace Ccr.SystemTransactions.Tests;

/// <summary>Two PostgreSQL clusters that log every statement, a manager, and an application over them.</summary>
public sealed class ScopeFixture : IAsyncLifetime
{
    private readonly List<CcrServer> _servers = [];
    private readonly ConcurrentQueue<string> _log = new();
    private readonly List<NpgsqlDataSource> _sources = [];
    private int _row;

    /// <summary>The database "orders".</summary>
    public PostgreSqlCluster Orders { get; private set; } = null!;

    /// <summary>The database "stock".</summary>
    public PostgreSqlCluster Stock { get; private set; } = null!;

    public ManagerFixture Manager { get; private set; } = null!;

    public CcrClient Client { get; private set; } = null!;

    public CcrTransactions Ccr { get; private set; } = null!;

    /// <summary>What operators read.</summary>
    public IReadOnlyCollection<string> Log => _log;

    public async Task InitializeAsync()
    {
        Orders = await PostgreSqlCluster.StartNewAsync("log_statement=all");
        Stock = await PostgreSqlCluster.StartNewAsync("log_statement=all");
        foreach (PostgreSqlCluster cluster in new[] { Orders, Stock })
        {
            await cluster.ExecuteAsync(
                "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED)");
        }

        Manager = await ManagerFixture.StartAsync("tokyo");
        await ServeAsync();
        Client = await CcrClient.ConnectAsync(Manager.Layout.ManagerSocket);
        Ccr = New();
    }

    /// <summary>The databases' Servers at the manager that runs now.</summary>
    public async Task ServeAsync()
    {
        await Serve("orders", Orders);
        await Serve("stock", Stock);
    }

    /// <summary>Returns when the databases' Servers are registered: the manager was started again.</summary>
    public Task ServedAsync() => Until.TrueAsync(
        async () =>
        {
            await using OperatorClient manager =
                await OperatorClient.ConnectAsync(Manager.Layout, CancellationToken.None);
            Status status = await manager.StatusAsync(CancellationToken.None);
            return status.Servers.Count(s => s.Connected) >= _servers.Count;
        },
        "the databases are registered again");

    /// <summary>An application of its own over the same databases.</summary>
    public CcrTransactions New(CcrTransactionsOptions? options = null, params XaDatabase[] more) => new(
        Client, [Database("orders", Orders), Database("stock", Stock), .. more],
        (options ?? new CcrTransactionsOptions()) with { Log = _log.Enqueue });

    public XaDatabase Database(string name, PostgreSqlCluster cluster)
    {
        NpgsqlDataSource source = NpgsqlDataSource.Create(cluster.ConnectionString(more: "Enlist=false"));
        lock (_sources)
        {
            _sources.Add(source);
        }

        return new XaDatabase(name, source, PostgreSqlDialect.Instance);
    }

    /// <summary>A number for a row that no other test uses.</summary>
    public int NewRow() => Interlocked.Increment(ref _row);

    /// <summary>What an unmodified application does: the driver enlists by itself.</summary>
    public static async Task InsertAsync(PostgreSqlCluster cluster, int row, int? value = null)
    {
        await using NpgsqlConnection connection = new(cluster.ConnectionString());
        await connection.OpenAsync();
        await connection.RunAsync($"INSERT INTO t VALUES ({row}, {value ?? row})");
    }

    public static async Task<bool> HasAsync(PostgreSqlCluster cluster, int row) =>
        await cluster.ScalarAsync($"SELECT count(*) FROM t WHERE id = {row}") == "1";

    /// <summary>No branch is prepared in either.</summary>
    public Task NothingPreparedAsync() => Until.TrueAsync(
        async () => await CountAsync(Orders) + await CountAsync(Stock) == 0, "nothing is prepared");

    public static async Task<int> CountAsync(PostgreSqlCluster cluster) =>
        int.Parse(await cluster.ScalarAsync("SELECT count(*) FROM pg_prepared_xacts"));

    /// <summary>The statements of a kind that a cluster has logged.</summary>
    public static int Logged(PostgreSqlCluster cluster, string text) =>
        File.ReadLines(cluster.LogFile).Count(l => l.Contains(text, StringComparison.Ordinal));

    public static TransactionScope Scope(
        TimeSpan? timeout = null, IsolationLevel level = IsolationLevel.ReadCommitted) =>
        new(
            TransactionScopeOption.Required,
            new TransactionOptions { IsolationLevel = level, Timeout = timeout ?? TimeSpan.FromSeconds(60) },
            TransactionScopeAsyncFlowOption.Enabled);

    public async Task DisposeAsync()
    {
        await Ccr.DisposeAsync();
        await Client.DisposeAsync();
        foreach (CcrServer server in _servers)
        {
            await server.DisposeAsync();
        }

        await Manager.DisposeAsync();
        _sources.ForEach(s => s.Dispose());
        NpgsqlConnection.ClearAllPools();
        await Orders.DisposeAsync();
        await Stock.DisposeAsync();
    }

    private async Task Serve(string name, PostgreSqlCluster cluster)
    {
        CcrServer server = CcrServer.Start(
            new CcrServerOptions
            {
                Name = name,
                Kind = "database/postgresql",
                Incarnation = 1,
                ManagerSocket = Manager.Layout.ManagerSocket,
            },
            new EndingServer(cluster, Manager.Service.Identity!));
        _servers.Add(server);
        await server.Registered.WaitAsync(TimeSpan.FromSeconds(30));
    }
}

[CollectionDefinition("Scopes")]
public sealed class ScopeGroup : ICollectionFixture<ScopeFixture>;
