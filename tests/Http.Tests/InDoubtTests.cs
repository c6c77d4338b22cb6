using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Http.Tests;

/// <summary>
/// A service said READY and its superior's node is down: what an operator may do with the prepared branch at the
/// service's database, and what is said of it when the superior comes back with the other outcome (SEM-4, SEM-16).
/// </summary>
[Collection("World")]
[Trait("Category", "Slow")]
public sealed class InDoubtTests(World world)
{
    private readonly int _row = world.NewRow();

    /// <summary>The superior has decided commit; or it has decided nothing, which is a rollback.</summary>
    [Theory]
    [InlineData("after-force:log-commit", OrphanDecision.Rollback)]
    [InlineData("before-force:log-commit", OrphanDecision.Commit)]
    public async Task By_hand_against_the_superior_is_recorded_and_is_damage_when_that_comes_back(
        string failpoint, OrphanDecision byHand)
    {
        bool commits = byHand == OrphanDecision.Commit;
        await using TestService stock = await TestService.StartAsync(
            world.Osaka, world.NewName("osaka"), world.Stock);
        await using NodeProcess superior = await NodeProcess.StartAsync(
            commits ? "nara" : "kyoto", "osaka", world.Osaka.Address, failpoint);
        (AtomicActionId action, Orphan orphan) = await InDoubtAsync(superior, stock);

        await RefusedAsync(orphan);
        await ByHandAsync(action, orphan, byHand);
        Assert.Equal(commits ? 1 : 0, await world.ValueOfAsync("stock", _row));
        await superior.StartAgainAsync();

        Damage here = await DamageAsync(world.Osaka.Layout, action);
        DamageTaken taken = commits ? DamageTaken.Committed : DamageTaken.RolledBack;
        Assert.Equal((DamageKind.Mix, taken), (here.Kind, here.Taken));
        Assert.Contains("anna decided", here.Text, StringComparison.Ordinal);
        if (!commits)
        {
            Damage there = await DamageAsync(superior.Layout, action); // presumed rollback: it keeps no record
            Assert.Equal((DamageKind.Mix, taken, "osaka"), (there.Kind, there.Taken, there.Node.Value));
        }

        await ForgetAsync(superior.Layout, action);
        await ForgetAsync(world.Osaka.Layout, action);
    }

    [Theory]
    [InlineData("after-force:log-commit", OrphanDecision.Commit)]
    [InlineData("before-force:log-commit", OrphanDecision.Rollback)]
    public async Task By_hand_as_the_superior_decided_is_no_damage(string failpoint, OrphanDecision byHand)
    {
        bool commits = byHand == OrphanDecision.Commit;
        await using TestService stock = await TestService.StartAsync(
            world.Osaka, world.NewName("osaka"), world.Stock);
        await using NodeProcess superior = await NodeProcess.StartAsync(
            commits ? "otsu" : "uji", "osaka", world.Osaka.Address, failpoint);
        (AtomicActionId action, Orphan orphan) = await InDoubtAsync(superior, stock);
        await ByHandAsync(action, orphan, byHand);
        await superior.StartAgainAsync();
        await Until.TrueAsync(
            async () => await StatusAsync(world.Osaka.Layout, action) is null, "the superior tells, and it is over");
        Assert.Equal(commits ? 1 : 0, await world.ValueOfAsync("stock", _row));
        await Until.TrueAsync(
            async () => await StatusAsync(superior.Layout, action) is null or { Damages.Count: 0 }, "no damage there");
    }

    [Fact]
    public async Task Without_a_decision_by_hand_it_waits_and_ends_as_the_superior_decided()
    {
        await using TestService stock = await TestService.StartAsync(
            world.Osaka, world.NewName("osaka"), world.Stock);
        await using NodeProcess superior = await NodeProcess.StartAsync(
            "nagahama", "osaka", world.Osaka.Address, "after-force:log-commit");
        (AtomicActionId action, Orphan orphan) = await InDoubtAsync(superior, stock);
        await RefusedAsync(orphan);
        await stock.StopServiceAsync(); // nor does the end of the service end it
        await TestNode.AskAsync(world.Osaka.Layout, reference => new ScanDatabases(reference));
        Assert.Equal(orphan.Verdict, (await OrphanAsync(action))!.Verdict);
        await superior.StartAgainAsync();
        await Until.TrueAsync(async () => await OrphanAsync(action) is null, "the superior's decision is carried out");
        Assert.Equal(1, await world.ValueOfAsync("stock", _row));
    }

    /// <summary>The superior is killed in its decision, when osaka has said READY.</summary>
    private async Task<(AtomicActionId Action, Orphan Orphan)> InDoubtAsync(NodeProcess superior, TestService stock)
    {
        await using CcrClient client = await CcrClient.ConnectAsync(
            superior.Layout.ManagerSocket,
            new CcrClientOptions { OutcomePatience = TimeSpan.FromMilliseconds(100), ConnectAttempts = 1 });
        AtomicAction? found = null;
        await Until.TrueAsync(
            async () => (found = await TryOpenAsync(client, stock)) is not null, "the service is found");
        AtomicAction action = found!;
        using (CcrAmbient.Enter(action))
        {
            Assert.Equal(200, await stock.PostAsync("add", _row));
        }

        Task<CcrOutcome> closing = action.TransCloseAsync();
        await superior.KilledAsync();
        await Assert.ThrowsAsync<CcrOutcomeUnknownException>(() => closing);
        Orphan? orphan = null;
        await Until.TrueAsync(
            async () => (orphan = await OrphanAsync(action.Id)) is { } one
                && one.Verdict.StartsWith("in doubt", StringComparison.Ordinal),
            "the branch is in doubt");
        Assert.Equal($"in doubt: node {action.Manager.Node} decides", orphan!.Verdict);
        Assert.True(orphan.Locks > 0);
        return (action.Id, orphan);
    }

    private static async Task<AtomicAction?> TryOpenAsync(CcrClient client, TestService stock)
    {
        try
        {
            return await client.TransOpenAsync([stock.Service.Name]);
        }
        catch (CcrRefusedException)
        {
            return null;
        }
    }

    private async Task RefusedAsync(Orphan orphan)
    {
        CcrRefusedException refused = await Assert.ThrowsAsync<CcrRefusedException>(
            () => TestNode.AskAsync(world.Osaka.Layout, reference => new ResolveOrphan(
                reference, orphan.Database, orphan.Name, OrphanDecision.AsLogged, "anna")));
        Assert.Equal(RefusalCode.WrongState, refused.Refusal.Code);
        Assert.Contains("decides", refused.Refusal.Text, StringComparison.Ordinal);
        Assert.Equal(orphan.Verdict, (await OrphanAsync(orphan.Action!))!.Verdict);
    }

    private async Task ByHandAsync(AtomicActionId action, Orphan orphan, OrphanDecision decision)
    {
        Accomplished done = (Accomplished)await TestNode.AskAsync(
            world.Osaka.Layout,
            reference => new ResolveOrphan(reference, orphan.Database, orphan.Name, decision, "anna"));
        Assert.Contains("by hand", done.Text, StringComparison.Ordinal);
        await Until.TrueAsync(async () => await OrphanAsync(action) is null, "it is ended at the database");
    }

    private async Task<Orphan?> OrphanAsync(AtomicActionId action)
    {
        var all = (Orphans)await TestNode.AskAsync(
            world.Osaka.Layout, reference => new AskOrphans(reference, "stock"));
        return all.Items.SingleOrDefault(one => action.Equals(one.Action));
    }

    private static async Task<Damage> DamageAsync(NodeLayout node, AtomicActionId action)
    {
        Damage? damage = null;
        await Until.TrueAsync(
            async () => (damage = (await StatusAsync(node, action))?.Damages.SingleOrDefault()) is not null,
            "the damage is listed");
        return damage!;
    }

    /// <summary>What is open or damaged; an outcome that is kept for its Client, with its damage, is neither.</summary>
    private static async Task<ActionStatus?> StatusAsync(NodeLayout node, AtomicActionId action)
    {
        var actions = (Actions)await TestNode.AskAsync(
            node, reference => new AskActions(reference, action, false, 10));
        return actions.Items.FirstOrDefault(one => one.State != "Ended" && one.Damages.Count > 0)
            ?? actions.Items.FirstOrDefault(one => one.Outcome is Outcome.InDoubt or Outcome.Active);
    }

    private static async Task ForgetAsync(NodeLayout node, AtomicActionId action)
    {
        if (await StatusAsync(node, action) is { Damages.Count: > 0 })
        {
            await TestNode.AskAsync(node, reference => new ForgetDamage(reference, action, "anna"));
            await Until.TrueAsync(async () => await StatusAsync(node, action) is null, "it is forgotten");
        }
    }
}
