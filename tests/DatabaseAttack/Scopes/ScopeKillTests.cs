using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.SystemTransactions.Tests;

namespace Ccr.DatabaseAttack;

/// <summary>
/// An application whose TransactionScope spans PostgreSQL and MariaDB (managed mode) is killed while it commits: the
/// manager finishes both, and nobody starts the application again.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ScopeKillTests : IAsyncLifetime
{
    private const int Row = 1;
    private AttackedNode _node = null!;
    private PostgreSqlParty _orders = null!;
    private MariaDbParty _stock = null!;
    private Wire _wire = null!;
    private AttackedApplication _application = null!;

    public async Task InitializeAsync()
    {
        _node = NewNode();
        _orders = await PostgreSqlParty.StartNewAsync("tokyo.orders", 10);
        _stock = await MariaDbParty.StartNewAsync("tokyo.stock", 10);
        _node.StartManager();
        await _node.ReadyAsync(0);
        _wire = WireTo(_node);
        _application = AttackedApplication.Start(_wire.Path, [_orders.Argument, _stock.Argument]);
        await _application.ReadyAsync();
        await _node.ReadyAsync(2);
    }

    public async Task DisposeAsync()
    {
        _application.Dispose();
        await _wire.DisposeAsync();
        _node.Dispose();
        await _orders.DisposeAsync();
        await _stock.DisposeAsync();
    }

    [Fact]
    public async Task Killed_at_work_it_leaves_nothing()
    {
        await WorkAsync(CloseAnswer.Done);
        await _application.KillAsync();
        await EndedAsync(expected: 0);
    }

    [Fact]
    public async Task Killed_after_the_decision_and_before_it_was_told_both_are_committed()
    {
        await DecidedAsync();
        Assert.Equal((1, 1), (await _orders.PreparedAsync(), await _stock.PreparedAsync()));
        await _application.KillAsync();
        await EndedAsync(expected: 1);
    }

    [Fact]
    public async Task Killed_after_the_decision_together_with_the_manager_both_are_committed()
    {
        await DecidedAsync();
        await _node.KillManagerAsync();
        await _application.KillAsync();
        Assert.Equal((1, 1), (await _orders.PreparedAsync(), await _stock.PreparedAsync()));
        _node.StartManager();
        await EndedAsync(expected: 1);
    }

    [Fact]
    public async Task Killed_between_the_commits_the_other_database_is_committed_when_it_is_back()
    {
        await DecidedAsync();
        _stock.Pause();
        _wire.Release();
        await Until.TrueAsync(async () => await _orders.ValueAsync(Row) == 1, "PostgreSQL commits");
        await _application.KillAsync();
        await _stock.KillAsync(); // what it was sent and did not read is lost with it
        await _stock.StartAsync();
        await EndedAsync(expected: 1);
    }

    [Fact]
    public async Task Told_at_the_decision_and_killed_before_the_commits_have_ended_both_are_committed()
    {
        await DecidedAsync(CloseAnswer.Decided);
        _stock.Pause();
        _wire.Release();
        await _application.SaysAsync($"told {Row} committed");
        await _application.KillAsync();
        await _stock.KillAsync();
        await _stock.StartAsync();
        await EndedAsync(expected: 1);
    }

    private static AttackedNode NewNode() => new(withFiles: false);

    private static Wire WireTo(AttackedNode node) => new(node.Layout.ManagerSocket);

    private async Task WorkAsync(CloseAnswer answer)
    {
        _application.Tell($"scope {Row} {answer}");
        await _application.SaysAsync("at worked");
    }

    /// <summary>The manager has decided, and what it says has not arrived.</summary>
    private async Task DecidedAsync(CloseAnswer answer = CloseAnswer.Done)
    {
        await WorkAsync(answer);
        _wire.KeepBack();
        _application.Go(Row);
        await _wire.Kept.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private async Task EndedAsync(int expected)
    {
        await _node.ReadyAsync(2);
        await Until.TrueAsync(
            async () => await _orders.PreparedAsync() + await _stock.PreparedAsync() == 0, "nothing is prepared");
        await Until.TrueAsync(
            async () => await _node.ActionsAsync() is { } actions
                && actions.All(a => a.Outcome is not (Outcome.InDoubt or Outcome.Active) && a.Damages.Count == 0),
            "nobody is in doubt, and nothing is damaged");
        await _orders.TouchAsync(Row);
        await _stock.TouchAsync(Row); // nobody holds a lock
        Assert.Equal((expected, expected), (await _orders.ValueAsync(Row), await _stock.ValueAsync(Row)));
    }
}
