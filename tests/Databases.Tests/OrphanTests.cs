using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases.Tests;

/// <summary>What an operator sees of prepared branches, and may do to them.</summary>
[Collection("Clusters")]
public sealed class OrphanTests(Clusters clusters) : IAsyncLifetime
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
    public async Task ForeignBranchesAreShownAndNeverTouched()
    {
        const string Gid = "00000000-0000-0000-0000-000000000000/4711";
        await using Work work = await BeginAsync(Gid);
        await work.PrepareAsync();
        await _node.ScanAsync();
        await _node.ScanAsync();
        Orphan orphan = await OneAsync(Gid);
        Assert.Equal(
            ("foreign", "tokyo.orders", "ccr", null),
            (orphan.Verdict, orphan.Database, orphan.Owner, orphan.Action));
        Assert.True(orphan.Locks > 0);
        foreach (OrphanDecision decision in Enum.GetValues<OrphanDecision>())
        {
            RequestRefused refused = Assert.IsType<RequestRefused>(await ResolveAsync(Gid, decision));
            Assert.Equal(RefusalCode.NotPermitted, refused.Refusal.Code);
            Assert.Contains($"ROLLBACK PREPARED '{Gid}'", refused.Refusal.Text, StringComparison.Ordinal);
        }

        await work.RunAsync($"ROLLBACK PREPARED '{Gid}'");
    }

    [Fact]
    public async Task WhatIsAtWorkIsSaidToBeLiveAndNotEnded()
    {
        (Work orders, Work stock, AtomicActionId action) =
            await _owner.PrepareBothAsync(clusters.Cluster, clusters.NewRow());
        await using (orders)
        await using (stock)
        {
            Orphan orphan = await OneAsync(orders.Gid);
            Assert.Equal(("live", action), (orphan.Verdict, orphan.Action));
            Assert.Equal(_owner.Manager.ToString(), orphan.Manager);
            RequestRefused refused = Assert.IsType<RequestRefused>(
                await ResolveAsync(orders.Gid, OrphanDecision.Rollback));
            Assert.Contains("at work", refused.Refusal.Text, StringComparison.Ordinal);
            await _owner.DieAsync();
            await GoneAsync(orders.Gid);
            await GoneAsync(stock.Gid);
        }
    }

    [Fact]
    public async Task AnotherLogsBranchIsLeftToItUnlessAnOperatorEndsItByHand()
    {
        XaName name = _owner.Name(_owner.NewAction(), 1) with
        {
            Manager = _owner.Manager with { Log = new LogIdentity(new UInt128(1, 1)) },
        };
        await using Work work = await BeginAsync(name.ToGid());
        await work.PrepareAsync();
        await _owner.DieAsync();
        await _node.ScanAsync();
        Assert.StartsWith("not mine: ", (await OneAsync(work.Gid)).Verdict, StringComparison.Ordinal);
        RequestRefused refused = Assert.IsType<RequestRefused>(await ResolveAsync(work.Gid, OrphanDecision.AsLogged));
        Assert.Equal(RefusalCode.NotMine, refused.Refusal.Code);

        Assert.IsType<Accomplished>(await ResolveAsync(work.Gid, OrphanDecision.Rollback));
        await GoneAsync(work.Gid);
        Orphans after = await _node.AskAsync<Orphans>(new AskOrphans(1, "tokyo.orders"));
        Assert.Contains(after.Notes, note => note.Contains("anna rolled back it by hand", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnOrphanThatTheLogDoesNotKnowIsRolledBackWhenAskedFor()
    {
        XaName name = _owner.Name(_owner.NewAction(), 1);
        await using Work work = await BeginAsync(name.ToGid());
        await work.PrepareAsync();
        Assert.Equal("live", (await OneAsync(work.Gid)).Verdict); // its identifier is leased
        await _owner.DieAsync();
        await Until.TrueAsync(async () => (await OneAsync(work.Gid)).Verdict == "roll back", "the lease is over");
        Accomplished done = Assert.IsType<Accomplished>(await ResolveAsync(work.Gid, OrphanDecision.AsLogged));
        Assert.Contains("roll back", done.Text, StringComparison.Ordinal);
        await GoneAsync(work.Gid);
    }

    [Fact]
    public async Task WhatIsCommittedByHandAgainstTheLogIsRecordedAsDamage()
    {
        int row = clusters.NewRow();
        XaName name = _owner.Name(_owner.NewAction(), 1);
        await using Work work = await BeginAsync(name.ToGid(), row);
        await work.PrepareAsync();
        await _owner.DieAsync();
        await Until.TrueAsync(async () => (await OneAsync(work.Gid)).Verdict == "roll back", "the lease is over");
        Assert.IsType<Accomplished>(await ResolveAsync(work.Gid, OrphanDecision.Commit));
        Assert.Equal(1, await clusters.ValueOfAsync("orders", row));
        Damage damage = null!;
        await Until.TrueAsync(
            async () =>
            {
                Actions actions = await _node.AskAsync<Actions>(new AskActions(1, name.Action, true, 10));
                damage = actions.Items.SelectMany(one => one.Damages).FirstOrDefault()!;
                return damage is not null;
            },
            "damage is recorded");
        Assert.Equal(DamageTaken.Committed, damage.Taken);
        Assert.Contains("anna committed it by hand", damage.Text, StringComparison.Ordinal);
        await Until.TrueAsync(
            async () => (await _node.AskAsync<Orphans>(new AskOrphans(1, null))).Notes.Count == 0,
            "the manager has noted it, and it is not kept twice");
    }

    private Task<Work> BeginAsync(string gid, int? row = null) => Work.BeginAsync(
        clusters.Cluster.ConnectionString("orders"), "tokyo.orders", gid, row ?? clusters.NewRow());

    private async Task<Orphan> OneAsync(string gid) =>
        (await _node.AskAsync<Orphans>(new AskOrphans(1, null))).Items.Single(one => one.Name == gid);

    private Task<SessionMessage> ResolveAsync(string gid, OrphanDecision decision) =>
        _node.TryAskAsync(new ResolveOrphan(1, "tokyo.orders", gid, decision, "anna"));

    private Task GoneAsync(string gid) => Until.TrueAsync(
        async () => await clusters.Cluster.ScalarAsync(
            $"SELECT count(*) FROM pg_prepared_xacts WHERE gid = '{gid}'") == "0",
        $"{gid} is finished");
}
