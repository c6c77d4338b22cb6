using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases.Tests;

/// <summary>What an owner leaves behind is finished as the log says, and what is at work is left alone.</summary>
[Collection("Clusters")]
public sealed class RecoveryTests(Clusters clusters) : IAsyncLifetime
{
    private TestNode _node = null!;
    private Owner _owner = null!;

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartNewAsync();
        await _node.RegisterAsync("tokyo.orders", clusters.Cluster, "orders");
        await _node.RegisterAsync("tokyo.stock", clusters.Cluster, "stock");
        _owner = await Owner.ConnectAsync(_node);
    }

    public async Task DisposeAsync()
    {
        await _owner.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task DecidedBranchesAreCommittedWhenTheirOwnerDies()
    {
        int row = clusters.NewRow();
        (Work orders, Work stock, AtomicActionId action) = await PrepareBothAsync(row);
        await using (orders)
        await using (stock)
        {
            Assert.IsType<DoneCommit>(await _owner.CloseAsync(action));
            await _owner.DieAsync();
            await GoneAsync(orders, stock);
        }

        Assert.Equal((1, 1), await ValuesAsync(row));
        await OutcomeAsync(action, Outcome.Committed);
    }

    [Fact]
    public async Task UndecidedBranchesAreRolledBackWhenTheirOwnerDies()
    {
        int row = clusters.NewRow();
        (Work orders, Work stock, AtomicActionId _) = await PrepareBothAsync(row);
        await using (orders)
        await using (stock)
        {
            await _owner.DieAsync();
            await GoneAsync(orders, stock);
        }

        Assert.Equal((0, 0), await ValuesAsync(row));
    }

    [Fact]
    public async Task AScanLeavesAloneWhatIsAtWork()
    {
        int row = clusters.NewRow();
        (Work orders, Work stock, AtomicActionId action) = await PrepareBothAsync(row);
        await using (orders)
        await using (stock)
        {
            await _node.ScanAsync();
            await _node.ScanAsync();
            Assert.True(await IsPreparedAsync(orders.Gid) && await IsPreparedAsync(stock.Gid));
            Assert.IsType<DoneCommit>(await _owner.CloseAsync(action));
            await _node.ScanAsync();
            await orders.CommitAsync();
            await stock.CommitAsync();
        }

        Assert.Equal((1, 1), await ValuesAsync(row));
    }

    [Fact]
    public async Task APreparedBranchOfALeasedActionThatIsNotOpenedYetIsLeftAlone()
    {
        int row = clusters.NewRow();
        XaName name = _owner.Name(_owner.NewAction(), 1);
        await using Work work = await Work.BeginAsync(Orders, "tokyo.orders", name.ToGid(), row);
        await work.PrepareAsync();
        await _node.ScanAsync();
        await _node.ScanAsync();
        Assert.True(await IsPreparedAsync(work.Gid));
        await _owner.DieAsync();
        await _node.ScanAsync();
        await GoneAsync(work);
        Assert.Equal(0, await clusters.ValueOfAsync("orders", row));
    }

    [Fact]
    public async Task APrepareThatWasOnItsWayWhenTheOwnerDiedIsRolledBackByTheWatch()
    {
        int row = clusters.NewRow();
        AtomicActionId action = _owner.NewAction();
        XaName name = _owner.Name(action, 1);
        await using Work work = await Work.BeginAsync(Orders, "tokyo.orders", name.ToGid(), row);
        _owner.Enlist(action, new ApplicationBranch("tokyo.orders", name.Branch, $"pid={work.Pid}"));
        await _owner.SyncAsync();
        await _owner.DieAsync();
        await Until.TrueAsync(async () => await WatchesAsync(), "the manager looks at the owner's backend");
        await work.PrepareAsync();
        await GoneAsync(work); // no scan comes by itself here but the watch's
        Assert.Equal(0, await clusters.ValueOfAsync("orders", row));
    }

    [Fact]
    public async Task AnAdministratorsRollbackOfADecidedBranchIsRecordedAsDamage()
    {
        int row = clusters.NewRow();
        (Work orders, Work stock, AtomicActionId action) = await PrepareBothAsync(row);
        await using (orders)
        await using (stock)
        {
            Assert.IsType<DoneCommit>(await _owner.CloseAsync(action));
            await clusters.Cluster.ExecuteAsync($"ROLLBACK PREPARED '{stock.Gid}'", "stock");
            await _owner.DieAsync();
            await GoneAsync(orders, stock);
        }

        Actions actions = null!;
        await Until.TrueAsync(
            async () => (actions = await _node.AskAsync<Actions>(new AskActions(1, action, true, 10))).Items
                .Any(one => one.State == "Damaged"),
            "damage is recorded");
        Damage damage = Assert.Single(Assert.Single(actions.Items, one => one.State == "Damaged").Damages);
        Assert.Equal(DamageTaken.RolledBack, damage.Taken);
        Assert.Contains("administrator", damage.Text, StringComparison.Ordinal);
        Assert.Equal((1, 0), await ValuesAsync(row));
    }

    [Fact]
    public async Task WhatTheOwnerHandsOverAfterItCommittedIsSettledByItsTransactionsNumber()
    {
        int row = clusters.NewRow();
        (Work orders, Work stock, AtomicActionId action) = await PrepareBothAsync(row);
        await using (orders)
        await using (stock)
        {
            Assert.IsType<DoneCommit>(await _owner.CloseAsync(action));
            await orders.CommitAsync();
            _owner.Done("tokyo.orders", _owner.Name(action, 1), DoneOutcome.HandedOver);
            _owner.Done("tokyo.stock", _owner.Name(action, 2), DoneOutcome.HandedOver);
            await GoneAsync(stock);
            await OutcomeAsync(action, Outcome.Committed);
        }

        Assert.Equal((1, 1), await ValuesAsync(row));
        Assert.All(
            (await _node.AskAsync<Actions>(new AskActions(1, action, true, 10))).Items,
            one => Assert.Empty(one.Damages));
    }

    [Fact]
    public async Task AllNamesThatADriverGaveToOneActionAreItsOneBranch()
    {
        int[] rows = [clusters.NewRow(), clusters.NewRow()];
        AtomicActionId action = _owner.NewAction();
        Guid guid = AssistedName.For(_owner.Manager, action);
        BranchId branch = Claim.AssistedAt(_owner.Manager.Node, "tokyo.orders");
        _owner.Enlist(action, new ApplicationBranch("tokyo.orders", branch, ""));
        List<Work> works = [];
        foreach (int row in rows)
        {
            Work work = await Work.BeginAsync(Orders, "tokyo.orders", $"{guid}/{4000 + row}", row);
            await work.PrepareAsync();
            works.Add(work);
        }

        _owner.Prepared(action, new ApplicationBranch("tokyo.orders", branch, ""));
        Assert.IsType<DoneCommit>(await _owner.CloseAsync(action));
        _owner.Done("tokyo.orders", new XaName(action, branch, _owner.Manager), DoneOutcome.HandedOver);
        await GoneAsync([.. works]);
        Assert.Equal(1, await clusters.ValueOfAsync("orders", rows[0]));
        Assert.Equal(1, await clusters.ValueOfAsync("orders", rows[1]));
        await OutcomeAsync(action, Outcome.Committed);
        foreach (Work work in works)
        {
            await work.DisposeAsync();
        }
    }

    [Fact]
    public async Task AManagerThatIsStartedAgainFinishesWhatItsLogSays()
    {
        int row = clusters.NewRow(), other = clusters.NewRow();
        (Work orders, Work stock, AtomicActionId action) = await PrepareBothAsync(row);
        (Work undecided, Work also, AtomicActionId _) = await PrepareBothAsync(other);
        await using (orders)
        await using (stock)
        await using (undecided)
        await using (also)
        {
            Assert.IsType<DoneCommit>(await _owner.CloseAsync(action));
            await _node.StopAsync();
            await orders.CommitAsync();
            await _node.StartAsync();
            await GoneAsync(orders, stock, undecided, also);
        }

        Assert.Equal((1, 1), await ValuesAsync(row));
        Assert.Equal((0, 0), await ValuesAsync(other));
        await OutcomeAsync(action, Outcome.Committed);
    }

    private string Orders => clusters.Cluster.ConnectionString("orders");

    private Task<(Work Orders, Work Stock, AtomicActionId Action)> PrepareBothAsync(int row) =>
        _owner.PrepareBothAsync(clusters.Cluster, row);

    private async Task<(int Orders, int Stock)> ValuesAsync(int row) =>
        (await clusters.ValueOfAsync("orders", row), await clusters.ValueOfAsync("stock", row));

    private async Task GoneAsync(params Work[] works)
    {
        foreach (Work work in works)
        {
            await Until.TrueAsync(async () => !await IsPreparedAsync(work.Gid), $"{work.Gid} is finished");
        }
    }

    private async Task<bool> IsPreparedAsync(string gid) => await clusters.Cluster.ScalarAsync(
        $"SELECT count(*) FROM pg_prepared_xacts WHERE gid = '{gid}'") == "1";

    private async Task<bool> WatchesAsync() => await clusters.Cluster.ScalarAsync(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ccr-manager tokyo' "
        + "AND datname = 'orders' AND query LIKE '%pg_prepared_xacts%'") != "0";

    private async Task OutcomeAsync(AtomicActionId action, Outcome outcome) => await Until.TrueAsync(
        async () => (await _node.AskAsync<OutcomeIs>(new AskOutcome(1, action))).Outcome == outcome
            && (await _node.AskAsync<Actions>(new AskActions(1, action, false, 10))).Items
                .All(one => one.State == "Ended"),
        $"{action} is over: {outcome}");
}
