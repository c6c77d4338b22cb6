using System.Transactions;
using Ccr.Databases.Testing;
using Ccr.Resources.Xa;
using static Ccr.SystemTransactions.Tests.ScopeFixture;

namespace Ccr.SystemTransactions.Tests;

/// <summary>A scope that has done work with one participant, and gets another one then.</summary>
[Collection("Scopes")]
public sealed class LatePromotionTests(ScopeFixture fixture)
{
    [Fact]
    public async Task A_second_database_that_is_opened_after_work_was_done_commits_with_the_first()
    {
        int row = fixture.NewRow();
        int before = Logged(fixture.Orders, "PREPARE TRANSACTION 'ccr1/");
        using (TransactionScope scope = Scope())
        {
            await InsertInAsync("orders", row);
            Assert.Equal(Guid.Empty, Transaction.Current!.TransactionInformation.DistributedIdentifier);
            await InsertInAsync("stock", row);
            await UpdateInAsync("orders", row);
            scope.Complete();
        }

        await BothHaveAsync(row);
        Assert.Equal(before + 1, Logged(fixture.Orders, "PREPARE TRANSACTION 'ccr1/"));
    }

    [Fact]
    public async Task A_database_that_Assist_names_after_work_was_done_commits_with_the_first()
    {
        int row = fixture.NewRow();
        Guid name;
        using (TransactionScope scope = Scope())
        {
            fixture.Ccr.Assist("orders");
            name = Transaction.Current!.TransactionInformation.DistributedIdentifier;
            await InsertAsync(fixture.Orders, row);
            fixture.Ccr.Assist("stock");
            await InsertAsync(fixture.Stock, row);
            Assert.Equal(name, Transaction.Current!.TransactionInformation.DistributedIdentifier);
            scope.Complete();
        }

        await BothHaveAsync(row);
        Assert.Equal(1, Logged(fixture.Orders, $"COMMIT PREPARED '{name}/"));
        Assert.Equal(1, Logged(fixture.Stock, $"COMMIT PREPARED '{name}/"));
    }

    [Fact]
    public async Task Assist_after_work_in_managed_mode_promotes_late_and_commits_both()
    {
        int row = fixture.NewRow();
        Guid name;
        using (TransactionScope scope = Scope())
        {
            await InsertInAsync("orders", row);
            fixture.Ccr.Assist("stock");
            name = Transaction.Current!.TransactionInformation.DistributedIdentifier;
            await InsertAsync(fixture.Stock, row);
            await UpdateInAsync("orders", row);
            scope.Complete();
        }

        await BothHaveAsync(row);
        Assert.NotEqual(Guid.Empty, name);
        Assert.Equal(1, Logged(fixture.Stock, $"COMMIT PREPARED '{name}/"));
    }

    [Fact]
    public async Task A_second_connection_to_one_database_in_assisted_mode_is_verified_and_committed_too()
    {
        int row = fixture.NewRow(), other = fixture.NewRow();
        using (TransactionScope scope = Scope())
        {
            fixture.Ccr.Assist("orders");
            await InsertAsync(fixture.Orders, row);
            await using Npgsql.NpgsqlConnection first = new(fixture.Orders.ConnectionString());
            await using Npgsql.NpgsqlConnection second = new(fixture.Orders.ConnectionString());
            await first.OpenAsync();
            await second.OpenAsync(); // the first is in use: this one is another backend
            await second.RunAsync($"INSERT INTO t VALUES ({other}, {other})");
            scope.Complete();
        }

        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, row));
        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, other));
        await fixture.NothingPreparedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_second_durable_after_work_was_done_is_refused_in_words_and_the_work_is_undone(bool assisted)
    {
        int row = fixture.NewRow();
        using (Scope())
        {
            await WorkAsync(assisted, row);
            TransactionPromotionException refused = Assert.Throws<TransactionPromotionException>(() =>
                Transaction.Current!.EnlistDurable(Guid.NewGuid(), new Durable(), EnlistmentOptions.None));

            // The runtime's own words; docs/MSDTC.md says whose number that is, and what to do.
            Assert.Contains($"{ScopeAction.PromoterType}", refused.Message, StringComparison.Ordinal);
        }

        await InsertableAsync(row);
    }

    [Fact]
    public async Task A_promotion_that_somebody_asks_for_in_managed_mode_is_refused_in_words()
    {
        int row = fixture.NewRow();
        using (Scope())
        {
            await WorkAsync(assisted: false, row);
            TransactionException refused =
                Assert.ThrowsAny<TransactionException>(() => Transaction.Current!.GetPromotedToken());
            Assert.Contains("a second durable resource cannot join", Words(refused), StringComparison.Ordinal);
        }

        await InsertableAsync(row);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_promotable_participant_after_ours_is_not_taken(bool assisted)
    {
        int row = fixture.NewRow();
        using (TransactionScope scope = Scope())
        {
            await WorkAsync(assisted, row);
            Assert.False(Transaction.Current!.EnlistPromotableSinglePhase(new Promotable(), Guid.NewGuid()));
            scope.Complete();
        }

        await BothHaveAsync(row);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_promotable_participant_that_was_first_is_an_error_that_says_what_to_do(bool assisted)
    {
        int row = fixture.NewRow();
        using TransactionScope scope = Scope();
        Assert.True(Transaction.Current!.EnlistPromotableSinglePhase(new Promotable(), Guid.NewGuid()));
        InvalidOperationException refused =
            await Assert.ThrowsAsync<InvalidOperationException>(() => WorkAsync(assisted, row));
        Assert.Contains("directly after the TransactionScope is made", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_driver_that_was_first_makes_a_managed_scope_end_in_words()
    {
        int row = fixture.NewRow();
        TransactionScope scope = Scope();
        await InsertAsync(fixture.Stock, row); // Npgsql alone: one phase would have done
        await InsertInAsync("orders", row);
        scope.Complete();
        TransactionAbortedException e = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Contains("Enlist=false", Words(e), StringComparison.Ordinal);
        await InsertableAsync(row);
    }

    private async Task WorkAsync(bool assisted, int row)
    {
        if (assisted)
        {
            fixture.Ccr.Assist("orders", "stock");
            await InsertAsync(fixture.Orders, row);
            await InsertAsync(fixture.Stock, row);
        }
        else
        {
            await InsertInAsync("orders", row);
            await InsertInAsync("stock", row);
        }
    }

    private static string Words(Exception? e) => e is null ? "" : $"{e.Message} {Words(e.InnerException)}";

    private async Task InsertInAsync(string database, int row)
    {
        await using XaConnection connection = await fixture.Ccr.OpenAsync(database);
        await connection.RunAsync($"INSERT INTO t VALUES ({row}, {row})");
    }

    private async Task UpdateInAsync(string database, int row)
    {
        await using XaConnection connection = await fixture.Ccr.OpenAsync(database);
        await connection.RunAsync($"UPDATE t SET v = -v WHERE id = {row}");
    }

    private async Task BothHaveAsync(int row)
    {
        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, row));
        Assert.True(await ScopeFixture.HasAsync(fixture.Stock, row));
        await fixture.NothingPreparedAsync();
    }

    private async Task InsertableAsync(int row)
    {
        await fixture.Orders.ExecuteAsync($"SET lock_timeout = '10s'; INSERT INTO t VALUES ({row}, {row})");
        await fixture.Stock.ExecuteAsync($"SET lock_timeout = '10s'; INSERT INTO t VALUES ({row}, {row})");
        await fixture.NothingPreparedAsync();
    }

    private sealed class Promotable : IPromotableSinglePhaseNotification
    {
        public void Initialize()
        {
        }

        public byte[] Promote() => [1];

        public void SinglePhaseCommit(SinglePhaseEnlistment singlePhaseEnlistment) => singlePhaseEnlistment.Committed();

        public void Rollback(SinglePhaseEnlistment singlePhaseEnlistment) => singlePhaseEnlistment.Aborted();
    }
}
