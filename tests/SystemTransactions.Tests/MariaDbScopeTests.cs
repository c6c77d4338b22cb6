using System.Data.Common;
using System.Transactions;
using Ccr.Databases.Testing;
using Ccr.Resources.Xa;
using MySqlConnector;
using static Ccr.SystemTransactions.Tests.ScopeFixture;

namespace Ccr.SystemTransactions.Tests;

/// <summary>TransactionScope in managed mode over PostgreSQL and MariaDB together.</summary>
public sealed class MariaDbScopeTests(MixedFixture fixture) : IClassFixture<MixedFixture>
{
    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task Both_products_commit_together(IsolationLevel level)
    {
        int row = fixture.NewRow();
        int prepared = fixture.SentToStock("XA PREPARE");
        using (TransactionScope scope = Scope(level: level))
        {
            await InsertBothAsync(row);
            scope.Complete();
        }

        Assert.Equal("1 1", await fixture.HaveAsync(row));
        Assert.Equal(prepared + 1, fixture.SentToStock("XA PREPARE"));
        await fixture.NothingPreparedAsync();
    }

    [Fact]
    public async Task Both_products_commit_together_in_synchronous_code()
    {
        int row = fixture.NewRow();
        Insert();
        Assert.Equal("1 1", await fixture.HaveAsync(row));

        void Insert()
        {
            using TransactionScope scope = new();
            foreach (string database in new[] { "stock", "orders" })
            {
                using XaConnection connection = fixture.Ccr.Open(database);
                using DbCommand command = connection.CreateCommand();
                command.CommandText = $"INSERT INTO t VALUES ({row}, {row})";
                command.ExecuteNonQuery();
            }

            scope.Complete();
        }
    }

    [Fact]
    public async Task A_scope_that_is_not_completed_undoes_both()
    {
        int row = fixture.NewRow();
        Task<TransactionStatus> ended;
        using (Scope())
        {
            ended = Statements.EndOfAsync(Transaction.Current!);
            await InsertBothAsync(row);
        }

        Assert.Equal(TransactionStatus.Aborted, await ended);
        await fixture.InsertableAsync(row);
    }

    [Fact]
    public async Task A_connection_of_MariaDB_joins_a_scope_in_assisted_mode()
    {
        int row = fixture.NewRow();
        using (TransactionScope scope = Scope())
        {
            fixture.Ccr.Assist("orders");
            await ScopeFixture.InsertAsync(fixture.Orders, row);
            await InsertInAsync("stock", row);
            scope.Complete();
        }

        Assert.Equal("1 1", await fixture.HaveAsync(row));
        await fixture.NothingPreparedAsync();
    }

    [Fact]
    public async Task A_branch_that_PostgreSQL_refuses_to_prepare_undoes_MariaDBs()
    {
        int row = fixture.NewRow();
        TransactionScope scope = Scope();
        await InsertBothAsync(row);
        XaConnection orders = await fixture.Ccr.OpenAsync("orders");
        await orders.RunAsync("CREATE TEMPORARY TABLE mine (id int)");
        scope.Complete();
        TransactionAbortedException e = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Contains("orders", e.InnerException!.Message, StringComparison.Ordinal);
        await fixture.InsertableAsync(row);
    }

    /// <summary>
    /// InnoDB undoes the whole branch of a deadlock's victim; an application that goes on would commit the rest.
    /// </summary>
    [Fact]
    public async Task A_branch_that_a_deadlock_undid_is_not_taken_for_prepared()
    {
        int row = fixture.NewRow(), a = fixture.NewRow(), b = fixture.NewRow();
        await fixture.Stock.ExecuteAsync($"INSERT INTO t VALUES ({a}, 1000000), ({b}, 1000001)");
        TransactionScope scope = Scope();
        await InsertBothAsync(row);
        XaConnection stock = await fixture.Ccr.OpenAsync("stock");
        await stock.RunAsync($"UPDATE t SET v = 1000002 WHERE id = {a}");
        Task other = OtherAsync(a, b);
        MySqlException victim = await Assert.ThrowsAsync<MySqlException>(async () =>
        {
            await OtherWaitsAsync();
            await stock.RunAsync($"UPDATE t SET v = 1000003 WHERE id = {b}");
        });
        Assert.Equal(1213, victim.Number);
        await other;
        scope.Complete(); // the application carries on
        TransactionAbortedException e = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Contains("stock", e.InnerException!.Message, StringComparison.Ordinal);
        await fixture.InsertableAsync(row);
        Assert.Equal("1000005", await fixture.Stock.ScalarAsync($"SELECT v FROM t WHERE id = {a}"));
    }

    [Fact]
    public async Task A_rollback_from_another_thread_undoes_both_and_nothing_more_can_be_done()
    {
        int row = fixture.NewRow();
        using TransactionScope scope = Scope();
        Transaction transaction = Transaction.Current!;
        await InsertBothAsync(row);
        XaConnection stock = await fixture.Ccr.OpenAsync("stock");
        await using DbCommand command = stock.CreateCommand();
        command.CommandText = $"INSERT IGNORE INTO t VALUES ({row}, {row})";
        await Task.Run(() => transaction.Rollback());
        await Until.TrueAsync(() => FailsAsync(command), "the connection is ended");
        using (new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled))
        {
            await fixture.InsertableAsync(row);
        }
    }

    [Fact]
    public async Task A_timeout_undoes_a_branch_in_the_middle_of_a_statement_of_MariaDB()
    {
        int row = fixture.NewRow();
        TransactionScope scope = Scope(TimeSpan.FromSeconds(3)); // the work before has to be done by then
        Task<TransactionStatus> ended = Statements.EndOfAsync(Transaction.Current!);
        await InsertBothAsync(row);
        XaConnection stock = await fixture.Ccr.OpenAsync("stock");
        Task working = stock.RunAsync("SELECT SLEEP(60)");
        Assert.Equal(TransactionStatus.Aborted, await ended);
        await Assert.ThrowsAnyAsync<DbException>(() => working.WaitAsync(TimeSpan.FromSeconds(20)));
        scope.Complete();
        Assert.Throws<TransactionAbortedException>(scope.Dispose);
        await fixture.InsertableAsync(row);
    }

    [Fact]
    public async Task MariaDB_alone_and_MariaDB_beside_a_reader_stay_in_one_phase()
    {
        int[] rows = [fixture.NewRow(), fixture.NewRow(), fixture.NewRow(), fixture.NewRow()];
        await ReadAndInsertAsync(rows[0], BranchMode.ReadWrite); // from now on it is asked who has written
        int prepared = fixture.SentToStock("XA PREPARE");
        await ReadAndInsertAsync(rows[1], BranchMode.ReadWrite);
        await ReadAndInsertAsync(rows[2], BranchMode.ReadOnly);
        using (TransactionScope scope = Scope())
        {
            await InsertInAsync("stock", rows[3]);
            scope.Complete();
        }

        foreach (int row in rows)
        {
            Assert.Equal("0 1", await fixture.HaveAsync(row));
        }

        Assert.Equal(prepared, fixture.SentToStock("XA PREPARE"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_branch_of_MariaDB_that_only_reads_is_never_prepared(bool completes)
    {
        int row = fixture.NewRow();
        int prepared = fixture.SentToStock("XA PREPARE");
        using (TransactionScope scope = Scope())
        {
            await InsertInAsync("orders", row);
            XaConnection stock = await fixture.Ccr.OpenAsync("stock", BranchMode.ReadOnly);
            Assert.Equal("0", await stock.AskAsync($"SELECT COUNT(*) FROM t WHERE id = {row}"));
            if (completes)
            {
                scope.Complete();
            }
        }

        Assert.Equal(completes ? "1 0" : "0 0", await fixture.HaveAsync(row));
        Assert.Equal(prepared, fixture.SentToStock("XA PREPARE"));
        await fixture.NothingPreparedAsync();
    }

    [Fact]
    public void Assisted_mode_refuses_MariaDB_and_says_what_to_do()
    {
        using TransactionScope scope = Scope();
        Assert.Contains(
            "(managed mode)",
            Assert.Throws<InvalidOperationException>(() => fixture.Ccr.Assist("orders", "stock")).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Takes b, then waits for a; it has changed more rows, so that InnoDB lets it live.</summary>
    private async Task OtherAsync(int a, int b)
    {
        await using MySqlConnection connection = new(fixture.Stock.ConnectionString());
        await connection.OpenAsync(CancellationToken.None);
        await connection.RunAsync("SET innodb_lock_wait_timeout = 20");
        await connection.RunAsync("START TRANSACTION");
        await connection.RunAsync("INSERT INTO t SELECT seq, 0 FROM seq_100000_to_101000");
        await connection.RunAsync($"UPDATE t SET v = v + 0 WHERE id = {b}; UPDATE t SET v = 1000005 WHERE id = {a}");
        await connection.RunAsync("COMMIT");
    }

    /// <summary>
    /// Not by innodb_trx: asked more often than every 100 ms, it answers what it answered first, for ever.
    /// </summary>
    private Task OtherWaitsAsync() => Until.TrueAsync(
        async () => await fixture.Stock.ScalarAsync(
            "SELECT variable_value FROM information_schema.global_status "
            + "WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'") == "1",
        "the other session waits");

    private async Task ReadAndInsertAsync(int row, BranchMode mode)
    {
        using TransactionScope scope = Scope();
        XaConnection orders = await fixture.Ccr.OpenAsync("orders", mode);
        Assert.Equal("0", await orders.AskAsync($"SELECT count(*) FROM t WHERE id = {row}"));
        await InsertInAsync("stock", row);
        scope.Complete();
    }

    private async Task InsertBothAsync(int row)
    {
        await InsertInAsync("orders", row);
        await InsertInAsync("stock", row);
    }

    private async Task InsertInAsync(string database, int row)
    {
        await using XaConnection connection = await fixture.Ccr.OpenAsync(database);
        await connection.RunAsync($"INSERT INTO t VALUES ({row}, {row})");
    }

    private static async Task<bool> FailsAsync(DbCommand command)
    {
        try
        {
            await command.ExecuteNonQueryAsync();
            return false;
        }
        catch (Exception e) when (XaDialect.IsOfDriver(e))
        {
            return true;
        }
    }
}
