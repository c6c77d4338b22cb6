using System.Transactions;
using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Resources.Xa;
using Npgsql;
using static Ccr.SystemTransactions.Tests.ScopeFixture;

namespace Ccr.SystemTransactions.Tests;

/// <summary>What cannot work is refused with a sentence that says what to do.</summary>
[Collection("Scopes")]
public sealed class TrapTests(ScopeFixture fixture)
{
    [Fact]
    public async Task A_durable_resource_that_was_first_is_an_error()
    {
        using TransactionScope scope = Scope();
        Transaction.Current!.EnlistDurable(Guid.NewGuid(), new Durable(), EnlistmentOptions.None);
        InvalidOperationException assisted =
            Assert.Throws<InvalidOperationException>(() => fixture.Ccr.Assist("orders"));
        Assert.Contains("durable", assisted.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await fixture.Ccr.OpenAsync("orders"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_second_durable_resource_is_an_error(bool assisted)
    {
        using TransactionScope scope = Scope();
        if (assisted)
        {
            fixture.Ccr.Assist("orders");
        }
        else
        {
            await fixture.Ccr.OpenAsync("orders");
        }

        Assert.ThrowsAny<TransactionException>(() =>
            Transaction.Current!.EnlistDurable(Guid.NewGuid(), new Durable(), EnlistmentOptions.None));
    }

    [Fact]
    public async Task A_driver_that_came_before_Assist_is_an_error()
    {
        using TransactionScope scope = Scope();
        await using NpgsqlConnection connection = new(fixture.Orders.ConnectionString());
        await connection.OpenAsync();
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => fixture.Ccr.Assist("orders"));
        Assert.Contains("directly after", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_driver_that_enlists_by_itself_in_managed_mode_is_refused()
    {
        int row = fixture.NewRow();
        TransactionScope scope = Scope();
        XaConnection orders = await fixture.Ccr.OpenAsync("orders");
        await orders.RunAsync($"INSERT INTO t VALUES ({row}, {row})");
        await InsertAsync(fixture.Stock, row);
        scope.Complete();
        TransactionAbortedException e = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Contains("Enlist=false", e.InnerException!.Message, StringComparison.Ordinal);
        await fixture.NothingPreparedAsync();
        Assert.False(await ScopeFixture.HasAsync(fixture.Orders, row));
        Assert.False(await ScopeFixture.HasAsync(fixture.Stock, row));
    }

    [Fact]
    public async Task A_database_that_the_manager_does_not_know_is_refused()
    {
        int row = fixture.NewRow();
        await using CcrTransactions ccr = fixture.New(more: fixture.Database("elsewhere", fixture.Orders));
        TransactionScope scope = Scope();
        ccr.Assist("elsewhere", "stock");
        await InsertAsync(fixture.Orders, row);
        await InsertAsync(fixture.Stock, row);
        scope.Complete();
        TransactionAbortedException e = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Contains("register it", e.InnerException!.Message, StringComparison.Ordinal);
        await fixture.NothingPreparedAsync();
    }

    [Fact]
    public void A_source_that_enlists_by_itself_is_refused()
    {
        using NpgsqlDataSource source = NpgsqlDataSource.Create(fixture.Orders.ConnectionString());
        ArgumentException e = Assert.Throws<ArgumentException>(() =>
            fixture.New(more: new XaDatabase("third", source, PostgreSqlDialect.Instance)));
        Assert.Contains("Enlist=false", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_scope_there_is_a_sentence() => Assert.Contains("TransactionScope",
        Assert.Throws<InvalidOperationException>(() => fixture.Ccr.Assist("orders")).Message, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_database_is_named()
    {
        using TransactionScope scope = Scope();
        Assert.Contains("'nowhere'", Assert.Throws<ArgumentException>(() => fixture.Ccr.Assist("nowhere")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_is_told_and_thrown_where_that_is_wanted()
    {
        List<CcrDamagedEventArgs> told = [];
        await using CcrTransactions ccr = fixture.New(new CcrTransactionsOptions { ThrowOnDamage = true });
        ccr.Damaged += (_, e) => told.Add(e);
        int row = fixture.NewRow();
        TransactionScope scope = Scope();
        foreach (string database in new[] { "orders", "stock" })
        {
            await (await ccr.OpenAsync(database)).RunAsync($"INSERT INTO t VALUES ({row}, {row})");
        }

        AtomicAction action = (await ccr.FindAsync(Transaction.Current!)).Action;
        action.Add(new Administrator(fixture.Stock, action.NewBranch()));
        scope.Complete();
        TransactionInDoubtException thrown = Assert.Throws<TransactionInDoubtException>(scope.Dispose);
        CcrDamageException damage = Assert.IsType<CcrDamageException>(thrown.InnerException);
        Assert.Contains("stock", Assert.Single(damage.Damages).Text, StringComparison.Ordinal);
        Assert.Equal(action.Id, Assert.Single(told).Action);
        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, row));
        Assert.False(await ScopeFixture.HasAsync(fixture.Stock, row));
    }

    [Fact]
    public async Task Plain_Npgsql_swallows_a_branch_that_an_administrator_undid()
    {
        int row = fixture.NewRow();
        Task<TransactionStatus> ended;
        using (TransactionScope scope = Scope())
        {
            ended = Statements.EndOfAsync(Transaction.Current!);
            Transaction.Current!.EnlistVolatile(
                new Cache
                {
                    OnCommit = () => Blocking.Run(new ValueTask<int>(Administrator.UndoAsync(fixture.Stock))),
                },
                EnlistmentOptions.None);
            await InsertAsync(fixture.Orders, row);
            await InsertAsync(fixture.Stock, row);
            scope.Complete();
        }

        Assert.Equal(TransactionStatus.Committed, await ended);
        Assert.True(await ScopeFixture.HasAsync(fixture.Orders, row));
        Assert.False(await ScopeFixture.HasAsync(fixture.Stock, row));
    }
}
