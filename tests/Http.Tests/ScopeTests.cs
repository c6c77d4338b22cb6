using System.Data.Common;
using System.Globalization;
using System.Transactions;
using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Resources.Xa;
using Ccr.SystemTransactions;
using Npgsql;

namespace Ccr.Http.Tests;

/// <summary>A TransactionScope at tokyo whose requests work at osaka, in the scope's own action.</summary>
[Collection("World")]
public sealed class ScopeTests(World world) : IAsyncLifetime
{
    private readonly int _row = world.NewRow();
    private CcrTransactions _ccr = null!;
    private TestService _stock = null!;

    public async Task InitializeAsync()
    {
        _ccr = Transactions();
        _stock = await TestService.StartAsync(
            world.Osaka, world.NewName("osaka"), world.Stock, work: ScopeInServiceAsync);
        await world.Tokyo.FindsAsync(_stock.Service.Name);
    }

    public async Task DisposeAsync()
    {
        await _ccr.DisposeAsync();
        await _stock.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_in_a_scope_works_in_its_action(bool completes)
    {
        using (TransactionScope scope = Scope())
        {
            await AddHereAsync();
            Assert.Equal(200, await _stock.PostAsync("add", _row));
            if (completes)
            {
                scope.Complete();
            }
        }

        int expected = completes ? 1 : 0;
        await world.ExpectAsync(_row, expected, expected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_that_comes_before_the_first_connection_joins_the_scope(bool completes)
    {
        using (TransactionScope scope = Scope())
        {
            Assert.Equal(200, await _stock.PostAsync("add", _row));
            await AddHereAsync();
            if (completes)
            {
                scope.Complete();
            }
        }

        int expected = completes ? 1 : 0;
        await world.ExpectAsync(_row, expected, expected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_scope_that_has_only_requests_decides_them(bool completes)
    {
        using (TransactionScope scope = Scope())
        {
            await Task.WhenAll(_stock.PostAsync("add", _row), _stock.PostAsync("add", _row));
            if (completes)
            {
                scope.Complete();
            }
        }

        await world.ExpectAsync(_row, 0, completes ? 2 : 0);
    }

    [Fact]
    public async Task A_request_in_assisted_mode_works_in_the_scopes_action()
    {
        using (TransactionScope scope = Scope())
        {
            _ccr.Assist("orders");
            await using NpgsqlConnection stock = new(world.OrdersText);
            await stock.OpenAsync();
            await using NpgsqlCommand add = new(Add, stock);
            await add.ExecuteNonQueryAsync();
            Assert.Equal(200, await _stock.PostAsync("add", _row));
            scope.Complete();
        }

        await world.ExpectAsync(_row, 1, 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_dependent_clone_sends_requests_in_the_same_action_and_is_waited_for(bool completes)
    {
        TransactionScope scope = Scope();
        await AddHereAsync();
        DependentTransaction dependent =
            Transaction.Current!.DependentClone(DependentCloneOption.BlockCommitUntilComplete);
        Task work = Task.Run(async () =>
        {
            using (dependent)
            {
                using (TransactionScope other = new(dependent, TransactionScopeAsyncFlowOption.Enabled))
                {
                    await _stock.PostAsync("add", _row);
                    if (completes)
                    {
                        other.Complete();
                    }
                }

                dependent.Complete();
            }
        });
        scope.Complete();
        if (completes)
        {
            scope.Dispose();
        }
        else
        {
            Assert.Throws<TransactionAbortedException>(scope.Dispose);
        }

        await work;
        int expected = completes ? 1 : 0;
        await world.ExpectAsync(_row, expected, expected);
    }

    [Fact]
    public async Task A_service_that_gives_up_rolls_the_scope_back_and_says_why()
    {
        TransactionScope scope = Scope();
        await AddHereAsync();
        Assert.Equal(500, await _stock.PostAsync("throw", _row));
        scope.Complete(); // the application did not look
        TransactionAbortedException e = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Contains("printer", $"{e.InnerException}", StringComparison.Ordinal);
        await world.ExpectAsync(_row, 0, 0);
    }

    [Fact]
    public async Task What_is_outside_of_the_scope_is_told_so()
    {
        using (Scope())
        {
            using (CcrAmbient.EnterNothing())
            {
                Assert.Null(CcrAmbient.Action);
            }

            using (new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled))
            {
                Assert.Null(CcrAmbient.Action);
            }

            AtomicAction action = CcrAmbient.Action!;
            Assert.Same(action, CcrAmbient.Action);
            Transaction.Current!.Rollback();
            await Assert.ThrowsAsync<TransactionAbortedException>(() => _stock.PostAsync("add", _row));
        }

        await world.ExpectAsync(_row, 0, 0);
    }

    [Fact]
    public async Task A_connection_that_is_opened_for_whatever_the_code_works_for_is_the_scopes()
    {
        using (TransactionScope scope = Scope(IsolationLevel.Serializable))
        {
            XaConnection connection = await world.Orders.OpenAsync();
            Assert.Same(connection, await _ccr.OpenAsync("orders"));
            await using DbCommand level = connection.CreateCommand();
            level.CommandText = "SHOW transaction_isolation";
            Assert.Equal("serializable", await level.ExecuteScalarAsync());
            await TestService.AddAsync(world.Orders, _row, CancellationToken.None);
            scope.Complete();
        }

        await world.ExpectAsync(_row, 1, 0);
    }

    [Fact]
    public async Task A_scope_in_a_services_branch_is_refused_in_words_and_the_callers_scope_rolled_back()
    {
        TransactionScope scope = Scope();
        await AddHereAsync();
        Assert.Equal(500, await _stock.PostAsync("own", _row));
        scope.Complete();
        TransactionAbortedException e = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Contains("an action of its own", $"{e.InnerException}", StringComparison.Ordinal);
        await world.ExpectAsync(_row, 0, 0);
    }

    private CcrTransactions Transactions() => new(world.Tokyo.Client, [world.Orders]);

    private string Add => string.Create(CultureInfo.InvariantCulture, $"UPDATE t SET v = v + 1 WHERE id = {_row}");

    private static TransactionScope Scope(IsolationLevel level = IsolationLevel.ReadCommitted) => new(
        TransactionScopeOption.RequiresNew,
        new TransactionOptions { IsolationLevel = level, Timeout = TimeSpan.FromSeconds(60) },
        TransactionScopeAsyncFlowOption.Enabled);

    /// <summary>A service's code from before: it made its own transaction.</summary>
    private async Task ScopeInServiceAsync(int row)
    {
        using TransactionScope scope = Scope();
        await AddHereAsync();
        scope.Complete();
    }

    private async Task AddHereAsync()
    {
        await using XaConnection orders = await _ccr.OpenAsync("orders");
        await using DbCommand add = orders.CreateCommand();
        add.CommandText = Add;
        await add.ExecuteNonQueryAsync();
    }
}
