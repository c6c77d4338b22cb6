using System.Transactions;
using Ccr.Databases.Testing;
using Ccr.Resources.Xa;
using Npgsql;
using static Ccr.SystemTransactions.Tests.ScopeFixture;

namespace Ccr.SystemTransactions.Tests;

/// <summary>TransactionScope with unmodified Npgsql connections, one line added.</summary>
[Collection("Scopes")]
public sealed class AssistedScopeTests(ScopeFixture fixture)
{
    [Fact]
    public async Task Stock_connections_commit_together_under_the_actions_name()
    {
        int row = fixture.NewRow();
        Guid name;
        using (TransactionScope scope = Scope())
        {
            fixture.Ccr.Assist("orders", "stock");
            name = Transaction.Current!.TransactionInformation.DistributedIdentifier;
            await InsertAsync(fixture.Orders, row);
            await InsertAsync(fixture.Stock, row);
            scope.Complete();
        }

        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, row));
        Assert.True(await ScopeFixture.HasAsync(fixture.Stock, row));
        Assert.Equal(1, Logged(fixture.Orders, $"COMMIT PREPARED '{name}/"));
        Assert.Equal(1, Logged(fixture.Stock, $"COMMIT PREPARED '{name}/"));
        Assert.True(Volatiles.CanCount);
    }

    [Fact]
    public async Task Plain_Npgsql_reports_a_failed_branch_as_committed()
    {
        int row = fixture.NewRow();
        Task<TransactionStatus> ended = await SwallowAnErrorAsync(row, static () => { });
        Assert.Equal(TransactionStatus.Committed, await ended); // npgsql#6641
        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, row));
        Assert.False(await ScopeFixture.HasAsync(fixture.Stock, row));
    }

    [Fact]
    public async Task A_failed_branch_that_looks_prepared_is_refused()
    {
        int row = fixture.NewRow();
        TransactionAbortedException e = await Assert.ThrowsAsync<TransactionAbortedException>(
            () => SwallowAnErrorAsync(row, () => fixture.Ccr.Assist("orders", "stock")));
        Assert.Contains("2 connections are enlisted", e.InnerException!.Message, StringComparison.Ordinal);
        await InsertableAsync(row);
    }

    [Fact]
    public async Task A_database_that_was_not_named_is_refused()
    {
        int row = fixture.NewRow();
        TransactionScope scope = Scope();
        fixture.Ccr.Assist("orders");
        await InsertAsync(fixture.Orders, row);
        await InsertAsync(fixture.Stock, row);
        scope.Complete();
        Assert.Throws<TransactionAbortedException>(scope.Dispose);
        await InsertableAsync(row);
    }

    [Fact]
    public async Task A_database_that_was_named_and_not_used_does_no_harm_and_one_connection_alone_is_warned_of()
    {
        int row = fixture.NewRow();
        using (TransactionScope scope = Scope())
        {
            fixture.Ccr.Assist("orders", "stock");
            await InsertAsync(fixture.Orders, row);
            scope.Complete();
        }

        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, row));
        Assert.Single(fixture.Log, l => l.Contains("one connection alone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_driver_that_votes_no_undoes_the_others_at_once()
    {
        int row = fixture.NewRow(), taken = fixture.NewRow();
        await InsertAsync(fixture.Stock, taken);
        TransactionScope scope = Scope();
        fixture.Ccr.Assist("orders", "stock");
        await InsertAsync(fixture.Orders, row);
        await InsertAsync(fixture.Stock, row, taken); // a deferred constraint fails in PREPARE
        scope.Complete();
        Assert.Throws<TransactionAbortedException>(scope.Dispose);
        await InsertableAsync(row);
    }

    [Fact]
    public async Task A_participant_that_throws_leaves_nothing_behind()
    {
        int row = fixture.NewRow();
        HeldTime time = new();
        await using CcrTransactions ccr = fixture.New(new CcrTransactionsOptions { Time = time });
        TransactionScope scope = Scope();
        ccr.Assist("orders", "stock");
        await InsertAsync(fixture.Orders, row);
        Transaction.Current!.EnlistVolatile(
            new Cache { OnPrepare = static () => throw new NotSupportedException("of no use") },
            EnlistmentOptions.None);
        await InsertAsync(fixture.Stock, row);
        scope.Complete();
        Assert.Throws<NotSupportedException>(scope.Dispose);
        time.Fire(); // the limit of the first phase, where it still runs
        await InsertableAsync(row);
    }

    [Fact]
    public async Task A_scope_that_is_not_completed_undoes_both()
    {
        int row = fixture.NewRow();
        using (Scope())
        {
            fixture.Ccr.Assist("orders", "stock");
            await InsertAsync(fixture.Orders, row);
            await InsertAsync(fixture.Stock, row);
        }

        await InsertableAsync(row);
    }

    [Fact]
    public async Task A_connection_of_managed_mode_joins_a_scope_in_assisted_mode()
    {
        int row = fixture.NewRow();
        using (TransactionScope scope = Scope())
        {
            fixture.Ccr.Assist("orders");
            await InsertAsync(fixture.Orders, row);
            XaConnection stock = await fixture.Ccr.OpenAsync("stock");
            await stock.RunAsync($"INSERT INTO t VALUES ({row}, {row})");
            scope.Complete();
        }

        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, row));
        Assert.True(await ScopeFixture.HasAsync(fixture.Stock, row));
        await fixture.NothingPreparedAsync();
    }

    [Fact]
    public async Task A_manager_that_dies_before_commitment_is_asked_for_leaves_the_scope_rolled_back()
    {
        int row = fixture.NewRow();
        TransactionScope scope = Scope();
        fixture.Ccr.Assist("orders", "stock");
        await InsertAsync(fixture.Orders, row);
        await InsertAsync(fixture.Stock, row);
        Transaction.Current!.EnlistVolatile(
            new Cache
            {
                OnPrepare = () =>
                {
                    Task<int> crash = CrashAsync();
                    Assert.Equal(0, Blocking.Run(new ValueTask<int>(crash)));
                },
            },
            EnlistmentOptions.None);
        scope.Complete();
        Assert.Throws<TransactionAbortedException>(scope.Dispose);
        await fixture.Manager.StartAsync();
        await fixture.ServedAsync();
        await InsertableAsync(row);

        async Task<int> CrashAsync()
        {
            await fixture.Manager.CrashAsync();
            return 0;
        }
    }

    private async Task<Task<TransactionStatus>> SwallowAnErrorAsync(int row, Action assist)
    {
        Task<TransactionStatus> ended;
        using (TransactionScope scope = Scope())
        {
            assist();
            ended = Statements.EndOfAsync(Transaction.Current!);
            await InsertAsync(fixture.Orders, row);
            await using NpgsqlConnection stock = new(fixture.Stock.ConnectionString());
            await stock.OpenAsync();
            await stock.RunAsync($"INSERT INTO t VALUES ({row}, {row})");
            try
            {
                await stock.RunAsync("SELECT 1 / 0");
            }
            catch (PostgresException e) when (e.SqlState == "22012")
            {
                scope.Complete(); // the application carries on
            }
        }

        return ended;
    }

    private async Task InsertableAsync(int row)
    {
        await fixture.Orders.ExecuteAsync($"SET lock_timeout = '10s'; INSERT INTO t VALUES ({row}, {row})");
        await fixture.Stock.ExecuteAsync($"SET lock_timeout = '10s'; INSERT INTO t VALUES ({row}, {row})");
        await fixture.NothingPreparedAsync();
    }
}
