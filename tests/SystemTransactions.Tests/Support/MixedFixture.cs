using System.Collections.Concurrent;
using Ccr.Client;
using Ccr.Databases.Testing;
using MySqlConnector;
using Npgsql;

namespace Ccr.SystemTransactions.Tests;

/// <summary>
/// A node as users run it over two products: "orders" is PostgreSQL, "stock" is MariaDB; both log every statement.
/// </summary>
public sealed class MixedFixture : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _log = new();
    private RealNode _node = null!;
    private CcrClient _client = null!;
    private int _row;

    /// <summary>The database "orders".</summary>
    public PostgreSqlCluster Orders { get; private set; } = null!;

    /// <summary>The database "stock".</summary>
    public MariaDbInstance Stock { get; private set; } = null!;

    public CcrTransactions Ccr { get; private set; } = null!;

    /// <summary>What operators read.</summary>
    public IReadOnlyCollection<string> Log => _log;

    private string Statements => Path.Combine(Path.GetDirectoryName(Stock.LogFile)!, "statements");

    public async Task InitializeAsync()
    {
        Orders = await PostgreSqlCluster.StartNewAsync("log_statement=all");
        Stock = await MariaDbInstance.StartNewAsync("general-log=1", "general-log-file=../statements");
        await Orders.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL)");
        await Stock.ExecuteAsync("CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL) ENGINE=InnoDB");
        _node = await RealNode.StartAsync(Orders, Stock);
        _client = await CcrClient.ConnectAsync(_node.Socket);
        Ccr = new CcrTransactions(
            _client, _node.Databases, new CcrTransactionsOptions { Log = _log.Enqueue });
    }

    /// <summary>A number for a row that no other test uses.</summary>
    public int NewRow() => Interlocked.Increment(ref _row);

    /// <summary>How many of a kind of statement MariaDB was sent.</summary>
    public int SentToStock(string text) =>
        File.ReadLines(Statements).Count(l => l.Contains(text, StringComparison.Ordinal));

    /// <summary>Which of the two have a row: "1 0".</summary>
    public async Task<string> HaveAsync(int row)
    {
        string question = $"SELECT count(*) FROM t WHERE id = {row}";
        return $"{await Orders.ScalarAsync(question)} {await Stock.ScalarAsync(question)}";
    }

    /// <summary>No branch is prepared in either.</summary>
    public Task NothingPreparedAsync() => Until.TrueAsync(
        async () => await ScopeFixture.CountAsync(Orders) == 0 && await Stock.ScalarAsync("XA RECOVER") == "",
        "nothing is prepared");

    /// <summary>The row is nowhere, and nobody holds a lock on its place: somebody else can write it.</summary>
    public async Task InsertableAsync(int row)
    {
        await Orders.ExecuteAsync($"SET lock_timeout = '10s'; INSERT INTO t VALUES ({row}, {row})");
        await Stock.ExecuteAsync($"SET innodb_lock_wait_timeout = 10; INSERT INTO t VALUES ({row}, {row})");
        await NothingPreparedAsync();
    }

    public async Task DisposeAsync()
    {
        await Ccr.DisposeAsync();
        await _client.DisposeAsync();
        await _node.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await Orders.DisposeAsync();
        await Stock.DisposeAsync();
    }
}
