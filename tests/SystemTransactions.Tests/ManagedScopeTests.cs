using System.Transactions;
using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;
using static Ccr.SystemTransactions.Tests.ScopeFixture;

namespace Ccr.SystemTransactions.Tests;

/// <summary>TransactionScope in managed mode, over two real clusters.</summary>
[Collection("Scopes")]
public sealed class ManagedScopeTests(ScopeFixture fixture)
{
    [Fact]
    public async Task Two_databases_commit_together()
    {
        int row = fixture.NewRow();
        int before = Logged(fixture.Orders, "PREPARE TRANSACTION 'ccr1/");
        using (TransactionScope scope = Scope())
        {
            await InsertBothAsync(row);
            scope.Complete();
        }

        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, row));
        Assert.True(await ScopeFixture.HasAsync(fixture.Stock, row));
        Assert.Equal(before + 1, Logged(fixture.Orders, "PREPARE TRANSACTION 'ccr1/"));
        await fixture.NothingPreparedAsync();
    }

    [Fact]
    public void Two_databases_commit_together_in_synchronous_code()
    {
        int row = fixture.NewRow();
        using (TransactionScope scope = new())
        {
            foreach (string database in new[] { "orders", "stock" })
            {
                using XaConnection connection = fixture.Ccr.Open(database);
                using System.Data.Common.DbCommand command = connection.CreateCommand();
                command.CommandText = $"INSERT INTO t VALUES ({row}, {row})";
                command.ExecuteNonQuery();
            }

            scope.Complete();
        }

        using TransactionScope check = new(TransactionScopeOption.Suppress);
        Assert.Equal("1", Blocking.Run(new ValueTask<string>(
            fixture.Stock.ScalarAsync($"SELECT count(*) FROM t WHERE id = {row}"))));
    }

    [Fact]
    public async Task A_scope_that_is_answered_at_its_decision_commits_both_behind_it()
    {
        int row = fixture.NewRow();
        await using CcrTransactions decided =
            fixture.New(new CcrTransactionsOptions { Answer = CloseAnswer.Decided });
        using (TransactionScope scope = Scope())
        {
            foreach (string database in new[] { "orders", "stock" })
            {
                await using XaConnection connection = await decided.OpenAsync(database);
                await connection.RunAsync($"INSERT INTO t VALUES ({row}, {row})");
            }

            scope.Complete();
        }

        await fixture.Client.WhenEndedAsync();
        Assert.Equal(0, await CountAsync(fixture.Orders) + await CountAsync(fixture.Stock));
        Assert.True(await HasAsync(fixture.Orders, row));
        Assert.True(await HasAsync(fixture.Stock, row));
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
        await InsertableAsync(row);
    }

    [Fact]
    public async Task An_inner_scope_that_is_not_completed_ends_the_work_of_the_outer_one()
    {
        int row = fixture.NewRow();
        using (Scope())
        {
            XaConnection connection = await fixture.Ccr.OpenAsync("orders");
            await using System.Data.Common.DbCommand command = connection.CreateCommand();
            command.CommandText = "SELECT 1";
            await command.ExecuteNonQueryAsync();
            using (Scope())
            {
                await InsertInAsync("stock", row);
            }

            // The command was made before: it must not commit by itself, at whatever moment it comes.
            command.CommandText = $"INSERT INTO t VALUES ({row}, {row}) ON CONFLICT (id) DO NOTHING";
            await Until.TrueAsync(() => FailsAsync(command), "the connection is ended");
        }

        await InsertableAsync(row);
    }

    [Fact]
    public async Task A_scope_that_is_not_completed_gives_its_connections_back()
    {
        Task<TransactionStatus> ended;
        string backend;
        using (Scope())
        {
            ended = Statements.EndOfAsync(Transaction.Current!);
            XaConnection connection = await fixture.Ccr.OpenAsync("orders");
            backend = await connection.AskAsync("SELECT pg_backend_pid()");
        }

        await ended;
        Assert.Equal("1", await fixture.Orders.ScalarAsync(
            $"SELECT count(*) FROM pg_stat_activity WHERE pid = {backend}"));
    }

    [Fact]
    public async Task One_database_alone_stays_in_one_phase()
    {
        int row = fixture.NewRow();
        int before = Logged(fixture.Orders, "PREPARE TRANSACTION");
        using (TransactionScope scope = Scope())
        {
            await using XaConnection connection = await fixture.Ccr.OpenAsync("orders");
            await connection.RunAsync($"INSERT INTO t VALUES ({row}, {row})");
            scope.Complete();
        }

        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, row));
        Assert.Equal(before, Logged(fixture.Orders, "PREPARE TRANSACTION"));
    }

    [Fact]
    public void One_database_alone_is_committed_by_the_thread_that_ends_the_scope()
    {
        int row = fixture.NewRow(), told = 0;
        using (TransactionScope scope = new())
        {
            Transaction.Current!.TransactionCompleted += (_, _) => told = Environment.CurrentManagedThreadId;
            using XaConnection connection = fixture.Ccr.Open("orders");
            using System.Data.Common.DbCommand command = connection.CreateCommand();
            command.CommandText = $"INSERT INTO t VALUES ({row}, {row})";
            command.ExecuteNonQuery();
            scope.Complete();
        }

        Assert.Equal(Environment.CurrentManagedThreadId, told);
    }

    [Theory]
    [InlineData(IsolationLevel.Serializable, "serializable")]
    [InlineData(IsolationLevel.RepeatableRead, "repeatable read")]
    [InlineData(IsolationLevel.ReadCommitted, "read committed")]
    public async Task The_isolation_level_of_the_scope_is_the_branchs(IsolationLevel level, string expected)
    {
        using TransactionScope scope = Scope(level: level);
        XaConnection connection = await fixture.Ccr.OpenAsync("orders");
        Assert.Equal(expected, await connection.AskAsync("SHOW transaction_isolation"));
        scope.Complete();
    }

    [Fact]
    public async Task Nested_scopes_share_the_action_and_a_suppressed_one_stays_outside()
    {
        int row = fixture.NewRow(), outside = fixture.NewRow();
        using (Scope())
        {
            XaConnection outer = await fixture.Ccr.OpenAsync("orders");
            using (TransactionScope inner = Scope())
            {
                Assert.Same(outer, await fixture.Ccr.OpenAsync("orders"));
                await outer.RunAsync($"INSERT INTO t VALUES ({row}, {row})");
                inner.Complete();
            }

            using TransactionScope suppressed = new(
                TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await fixture.Ccr.OpenAsync("orders"));
            await InsertAsync(fixture.Orders, outside);
            suppressed.Complete();
        }

        await InsertableAsync(row); // the outer scope was not completed
        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, outside));
    }

    [Fact]
    public async Task A_dependent_clone_works_in_the_same_action_and_is_waited_for()
    {
        int row = fixture.NewRow();
        Task work;
        using (TransactionScope scope = Scope())
        {
            await InsertInAsync("orders", row);
            DependentTransaction dependent =
                Transaction.Current!.DependentClone(DependentCloneOption.BlockCommitUntilComplete);
            work = Task.Run(async () =>
            {
                using (TransactionScope other = new(dependent, TransactionScopeAsyncFlowOption.Enabled))
                {
                    await InsertInAsync("stock", row);
                    other.Complete();
                }

                dependent.Complete();
                dependent.Dispose();
            });
            scope.Complete();
        }

        await work;
        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, row));
        Assert.True(await ScopeFixture.HasAsync(fixture.Stock, row));
    }

    [Fact]
    public async Task A_timeout_undoes_a_branch_in_the_middle_of_a_statement()
    {
        int row = fixture.NewRow();
        TransactionScope scope = Scope(TimeSpan.FromSeconds(3)); // the work before has to be done by then
        Task<TransactionStatus> ended = Statements.EndOfAsync(Transaction.Current!);
        await InsertInAsync("stock", row);
        XaConnection connection = await fixture.Ccr.OpenAsync("orders");
        Task working = connection.RunAsync($"INSERT INTO t VALUES ({row}, {row}); SELECT pg_sleep(60)");
        Assert.Equal(TransactionStatus.Aborted, await ended);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => working.WaitAsync(TimeSpan.FromSeconds(20)));
        await Assert.ThrowsAnyAsync<Exception>(() => connection.RunAsync($"INSERT INTO t VALUES ({row}, {row})"));
        scope.Complete();
        Assert.Throws<TransactionAbortedException>(scope.Dispose);
        await InsertableAsync(row);
    }

    [Fact]
    public async Task A_rollback_from_another_thread_undoes_both_and_closes_the_scope_for_work()
    {
        int row = fixture.NewRow();
        using TransactionScope scope = Scope();
        Transaction transaction = Transaction.Current!;
        await InsertBothAsync(row);
        await Task.Run(() => transaction.Rollback());
        await Assert.ThrowsAnyAsync<TransactionException>(() => InsertInAsync("orders", row));
        using (new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled))
        {
            await InsertableAsync(row);
        }
    }

    [Theory]
    [InlineData(true, "committed")]
    [InlineData(false, "rolled back")]
    public async Task A_volatile_participant_is_prepared_before_and_told_the_outcome(bool completes, string expected)
    {
        int row = fixture.NewRow();
        bool prepared = false;
        Cache cache = new() { OnPrepare = () => prepared = true };
        using (TransactionScope scope = Scope())
        {
            Transaction.Current!.EnlistVolatile(cache, EnlistmentOptions.None);
            await InsertBothAsync(row);
            if (completes)
            {
                scope.Complete();
            }
        }

        await Until.TrueAsync(() => cache.Ended == expected, "the cache is told");
        Assert.Equal(completes, prepared);
    }

    [Fact]
    public async Task A_participant_that_refuses_undoes_the_databases()
    {
        int row = fixture.NewRow();
        TransactionScope scope = Scope();
        Transaction.Current!.EnlistVolatile(new Refuser(), EnlistmentOptions.None);
        await InsertBothAsync(row);
        scope.Complete();
        Assert.Throws<TransactionAbortedException>(scope.Dispose);
        await InsertableAsync(row);
    }

    [Fact]
    public async Task A_branch_that_had_failed_is_not_taken_for_prepared()
    {
        int row = fixture.NewRow();
        TransactionScope scope = Scope();
        await InsertInAsync("orders", row);
        XaConnection stock = await fixture.Ccr.OpenAsync("stock");
        await stock.RunAsync($"INSERT INTO t VALUES ({row}, {row})");
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => stock.RunAsync("SELECT 1 / 0"));
        scope.Complete();
        TransactionAbortedException e = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Contains("stock", e.InnerException!.Message, StringComparison.Ordinal);
        await InsertableAsync(row);
    }

    internal sealed class Refuser : IEnlistmentNotification
    {
        public void Prepare(PreparingEnlistment preparingEnlistment) => preparingEnlistment.ForceRollback();

        public void Commit(Enlistment enlistment) => enlistment.Done();

        public void Rollback(Enlistment enlistment) => enlistment.Done();

        public void InDoubt(Enlistment enlistment) => enlistment.Done();
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

    private static async Task<bool> FailsAsync(System.Data.Common.DbCommand command)
    {
        try
        {
            await command.ExecuteNonQueryAsync();
            return false;
        }
        catch (Exception e) when (e is System.Data.Common.DbException or InvalidOperationException)
        {
            return true;
        }
    }

    /// <summary>The row is not there, and nobody holds a lock on its place: somebody else can write it.</summary>
    private async Task InsertableAsync(int row)
    {
        await fixture.Orders.ExecuteAsync($"SET lock_timeout = '10s'; INSERT INTO t VALUES ({row}, {row})");
        await fixture.Stock.ExecuteAsync($"SET lock_timeout = '10s'; INSERT INTO t VALUES ({row}, {row})");
        await fixture.NothingPreparedAsync();
    }
}
