using System.Diagnostics;
using System.Transactions;
using Ccr.Client;
using Ccr.Databases.Testing;
using Npgsql;
using static Ccr.SystemTransactions.Tests.ScopeFixture;

namespace Ccr.SystemTransactions.Tests;

/// <summary>What is left behind is finished by the node's manager, and nobody else has to do anything.</summary>
[Trait("Category", "Slow")]
public sealed class RecoveryTests : IAsyncLifetime
{
    private const string Row = "SELECT count(*) FROM orders";
    private const string Goods = "SELECT left_over FROM stock";
    private PostgreSqlCluster _orders = null!;
    private PostgreSqlCluster _stock = null!;
    private RealNode _node = null!;

    public async Task InitializeAsync()
    {
        _orders = await PostgreSqlCluster.StartNewAsync();
        _stock = await PostgreSqlCluster.StartNewAsync();
        _node = await RealNode.StartAsync(_orders, _stock);
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _orders.DisposeAsync();
        await _stock.DisposeAsync();
    }

    [Fact]
    public async Task Npgsql_alone_leaves_an_orphan_when_its_process_dies_between_the_commits()
    {
        await RunKilledAsync("");
        Assert.Equal("1", await _orders.ScalarAsync(Row, "orders"));
        Assert.StartsWith("00000000-", await _stock.ScalarAsync("SELECT gid FROM pg_prepared_xacts"));

        PostgresException e = await Assert.ThrowsAsync<PostgresException>(() => _stock.ExecuteAsync(
            "SET lock_timeout = '1s'; UPDATE stock SET left_over = 0", "stock"));
        Assert.Equal(PostgresErrorCodes.LockNotAvailable, e.SqlState);
        Assert.Equal("1", await _stock.ScalarAsync("SELECT count(*) FROM pg_prepared_xacts")); // ours never touches it
    }

    [Fact]
    public async Task A_process_killed_between_the_commits_is_finished_by_the_manager()
    {
        await RunKilledAsync(_node.Socket);
        await NothingPreparedAsync();
        Assert.Equal("1", await _orders.ScalarAsync(Row, "orders"));
        Assert.Equal("9", await _stock.ScalarAsync(Goods, "stock"));
    }

    [Fact]
    public async Task A_process_killed_between_the_prepares_is_undone_by_the_manager()
    {
        await RunKilledAsync(_node.Socket, "prepare");
        await NothingPreparedAsync();
        Assert.Equal("0", await _orders.ScalarAsync(Row, "orders"));
        Assert.Equal("10", await _stock.ScalarAsync(Goods, "stock"));
    }

    [Fact]
    public async Task A_branch_that_an_administrator_undid_in_assisted_mode_is_reported_by_the_manager()
    {
        await using CcrClient client = await CcrClient.ConnectAsync(_node.Socket);
        await using CcrTransactions ccr = new(client, _node.Databases);
        using (TransactionScope scope = Scope())
        {
            ccr.Assist("orders", "stock");
            Transaction.Current!.EnlistVolatile(
                new Cache
                {
                    OnCommit = () => Blocking.Run(new ValueTask<int>(Administrator.UndoAsync(_stock, "stock"))),
                },
                EnlistmentOptions.None);
            await BuyAsync();
            scope.Complete(); // Npgsql swallows it: the scope ends as committed
        }

        Assert.Equal("1", await _orders.ScalarAsync(Row, "orders"));
        Assert.Equal("10", await _stock.ScalarAsync(Goods, "stock"));
        await Until.TrueAsync(async () => await _node.CounterAsync("damaged") == 1, "the manager notes the damage");
    }

    [Fact]
    public async Task A_lost_answer_to_the_commitment_is_asked_for_until_it_is_told()
    {
        List<string> log = [];
        await using Wire wire = new(_node.Socket);
        await using CcrClient client = await CcrClient.ConnectAsync(
            wire.Path, new CcrClientOptions { OutcomePatience = TimeSpan.FromMilliseconds(100), ConnectAttempts = 1 });
        await using CcrTransactions ccr = new(
            client, _node.Databases, new CcrTransactionsOptions { Log = line => Add(log, line) });
        Cache cache = new() { OnPrepare = wire.KeepBack };
        TransactionScope scope = Scope();
        ccr.Assist("orders", "stock");
        await BuyAsync();
        Transaction.Current!.EnlistVolatile(cache, EnlistmentOptions.None);
        scope.Complete();
        Task ending = Task.Factory.StartNew(scope.Dispose, TaskCreationOptions.LongRunning);
        await wire.Kept.WaitAsync(TimeSpan.FromSeconds(20));
        wire.Cut();
        await Until.TrueAsync(() => Has(log, "is being asked for"), "operators are told");
        await Until.TrueAsync(
            async () => await _stock.ScalarAsync(Goods, "stock") == "9", "the manager commits what nobody else does");
        Assert.False(ending.IsCompleted);
        Assert.Equal("", cache.Ended);
        wire.Mend();
        await ending.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("committed", cache.Ended);
        Assert.Equal("1", await _orders.ScalarAsync(Row, "orders"));
        await NothingPreparedAsync();
    }

    [Fact]
    public async Task The_sample_with_Entity_Framework_Core_changes_both_or_neither()
    {
        Assert.Equal("order 1 stands", await OrderAsync("1", "a bicycle"));
        Assert.Equal("9", await _stock.ScalarAsync(Goods, "stock"));
        await _orders.ExecuteAsync("ALTER TABLE orders ADD UNIQUE (goods) DEFERRABLE INITIALLY DEFERRED", "orders");
        Assert.StartsWith("nothing is changed", await OrderAsync("2", "a bicycle")); // the database votes no
        Assert.Equal("9", await _stock.ScalarAsync(Goods, "stock"));
        await NothingPreparedAsync();
    }

    private async Task<string> OrderAsync(string number, string goods)
    {
        ProcessStartInfo start = new(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "ef-core-order.dll"), _node.Socket, _node.OrdersText,
                _node.StockText, number, goods,
            ])
        { RedirectStandardOutput = true };
        using Process sample = Process.Start(start)!;
        string line = await sample.StandardOutput.ReadToEndAsync();
        await sample.WaitForExitAsync();
        return line.Trim();
    }

    private static void Add(List<string> log, string line)
    {
        lock (log)
        {
            log.Add(line);
        }
    }

    private static bool Has(List<string> log, string text)
    {
        lock (log)
        {
            return log.Exists(l => l.Contains(text, StringComparison.Ordinal));
        }
    }

    private async Task BuyAsync()
    {
        await ExecuteAsync(_node.OrdersText, "INSERT INTO orders VALUES (4711, 'a bicycle')");
        await ExecuteAsync(_node.StockText, "UPDATE stock SET left_over = left_over - 1 WHERE goods = 'a bicycle'");
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using NpgsqlConnection connection = new(connectionString);
        await connection.OpenAsync();
        await connection.RunAsync(sql);
    }

    /// <summary>The sample's application, a process of its own that ends by SIGKILL.</summary>
    private async Task RunKilledAsync(string socket, params string[] moment)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "npgsql-orphan.dll");
        using Process application = Process.Start(
            "dotnet", [program, "application", _node.OrdersText, _node.StockText, socket, .. moment]);
        await application.WaitForExitAsync();
        Assert.Equal(137, application.ExitCode);
    }

    private async Task NothingPreparedAsync() => await Until.TrueAsync(
        async () => await CountAsync(_orders) + await CountAsync(_stock) == 0, "the manager has finished all");
}
