using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.TestSupport;

namespace Ccr.CcrManager.Tests;

/// <summary>What an operator sees.</summary>
public sealed class OperatorTests
{
    [Fact]
    public async Task ATraceHoldsTheEventsOfAllNodesInTheOrderOfTime()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        AtomicActionId action = await CommitAsync(nodes);
        Trace trace = await nodes.Tokyo.TraceAsync(action);
        while (!trace.Events.Any(one => one is { To: "client", What: "DoneCommit" })
            || !trace.Events.Any(one => one is { Node.Value: "osaka", What: "C-COMMIT-RC" }))
        {
            trace = await nodes.Tokyo.TraceAsync(action); // what left is written down a moment after it has left
        }

        Assert.Empty(trace.Missing);
        Assert.Equal(trace.Events.OrderBy(one => one.TimeUs), trace.Events);
        Assert.Equal(["osaka", "tokyo"], trace.Events.Select(one => one.Node.Value).Distinct().Order());
        Assert.Contains(trace.Events, one => one is { From: "client", What: "TransOpen" });
        Assert.Contains(trace.Events, one => one is { Node.Value: "osaka", What: "C-READY-RI" });

        Trace fromOsaka = await nodes.Osaka.TraceAsync(action);
        Assert.Equal(trace.Events.Count, fromOsaka.Events.Count);
    }

    [Fact]
    public async Task ATraceSurvivesACrashAndNamesTheNodesThatDoNotAnswer()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync(configure: options => options.TraceTimeoutMs = 300);
        AtomicActionId action = await CommitAsync(nodes);
        await nodes.Osaka.CrashAsync();
        await nodes.Tokyo.CrashAsync();
        await nodes.Tokyo.StartAsync();

        Trace trace = await nodes.Tokyo.TraceAsync(action);
        Assert.Equal(["osaka"], trace.Missing.Select(node => node.Value));
        Assert.NotEmpty(trace.Events);
        Assert.All(trace.Events, one => Assert.Equal("tokyo", one.Node.Value));
    }

    [Fact]
    public async Task TheStatusCountsWhatPresumedRollbackNeeds()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await CommitAsync(nodes);

        Status tokyo = await nodes.Tokyo.StatusAsync();
        Status osaka = await nodes.Osaka.StatusAsync();
        Assert.Equal(1, tokyo.Count("opened"));
        Assert.Equal(1, tokyo.Count("committed"));
        Assert.Equal(1, tokyo.Count("forcedRecords"));
        Assert.InRange(osaka.Count("forcedRecords"), 1, 2);
        Assert.Equal("tokyo", tokyo.Identity.Node.Value);
        Assert.Equal(nodes.Tokyo.Address, tokyo.Address);
        Assert.Contains(tokyo.Servers, server => server is { Server: "tokyo.files", Connected: true });
        PeerStatus peer = Assert.Single(tokyo.Peers);
        Assert.Equal(("osaka", "connected"), (peer.Identity.Node.Value, peer.State));
    }

    [Fact]
    public async Task LiveActionsAreListedAndOneIsShownWithItsBranches()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using var client = await nodes.Tokyo.SessionAsync(SessionRole.Client);
        client.Say(new TransOpen(1, ["tokyo.files", "osaka.files"], 0));
        AtomicActionId action = (await client.ExpectAsync<TransOpenAck>()).Action;
        client.Say(new TransOpen(2, ["tokyo.files"], 0));
        await client.ExpectAsync<TransOpenAck>();

        await using var @operator = await nodes.Tokyo.SessionAsync(SessionRole.Operator);
        @operator.Say(new AskActions(1, null, false, 1));
        var all = await @operator.ExpectAsync<Ccr.Protocol.Messages.Actions>();
        Assert.Equal((2, 1), (all.Total, all.Items.Count));

        @operator.Say(new AskActions(2, action, false, 10));
        ActionStatus one = Assert.Single((await @operator.ExpectAsync<Ccr.Protocol.Messages.Actions>()).Items);
        Assert.Equal(["node osaka", "server tokyo.files"], one.Branches.Select(branch => branch.To).Order());

        @operator.Say(new AskActions(3, null, true, 10));
        Assert.Empty((await @operator.ExpectAsync<Ccr.Protocol.Messages.Actions>()).Items);
    }

    [Fact]
    public async Task ResettingANodeThatNobodyKnowsIsRefused()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo");
        await using var @operator = await manager.SessionAsync(SessionRole.Operator);
        @operator.Say(new ResetNode(1, NodeName.Parse("nara"), "ann"));
        RequestRefused refused = await @operator.ExpectAsync<RequestRefused>();
        Assert.Contains("knows no node nara", refused.Refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutALocationServerAServerElsewhereIsRefusedAfterAWhile()
    {
        await using ManagerFixture manager = await ManagerFixture.StartAsync("tokyo", o => o.LocateTimeoutMs = 100);
        await using var client = await manager.SessionAsync(SessionRole.Client);
        client.Say(new TransOpen(1, ["elsewhere"], 0));
        TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
        Assert.Contains("ccr-location", Assert.Single(ack.Places).Refused!.Text, StringComparison.Ordinal);
    }

    private static async Task<AtomicActionId> CommitAsync(TwoNodes nodes)
    {
        await using var client = await nodes.Tokyo.SessionAsync(SessionRole.Client);
        client.Say(new TransOpen(1, ["tokyo.files", "osaka.files"], 0));
        TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
        client.Say(new TransClose(2, ack.Action, CloseAnswer.Done));
        await client.ExpectAsync<DoneCommit>();
        return ack.Action;
    }
}
