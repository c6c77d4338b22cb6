using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.TestSupport;

namespace Ccr.CcrManager.Tests;

/// <summary>Two managers over TCP, with scripted Clients and Servers on their sockets.</summary>
public sealed class TwoNodesTests
{
    [Fact]
    public async Task AnActionOverTwoNodesCommits()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using var client = await nodes.Tokyo.SessionAsync(SessionRole.Client);

        client.Say(new TransOpen(1, ["tokyo.files", "osaka.files"], 0));
        TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
        Assert.All(ack.Places, place => Assert.Null(place.Refused));
        Assert.Equal(["tokyo", "osaka"], ack.Places.Select(place => place.Node.Value));

        client.Say(new TransClose(2, ack.Action, CloseAnswer.Done));
        DoneCommit done = await client.ExpectAsync<DoneCommit>();
        Assert.Equal(ack.Action, done.Action);
        Assert.Empty(done.Damages);
    }

    [Fact]
    public async Task AServerThatSaysNoAtTheOtherNodeRollsAllBack()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync(osakaServer: message => message is Prepare prepare
            ? new BranchRefused(
                prepare.Server, prepare.Action, prepare.Branch, new Refusal(RefusalCode.Resource, "No money."))
            : RawPeers.Obedient(message));
        await using var client = await nodes.Tokyo.SessionAsync(SessionRole.Client);

        client.Say(new TransOpen(1, ["tokyo.files", "osaka.files"], 0));
        TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
        client.Say(new TransClose(2, ack.Action, CloseAnswer.Done));
        RolledBack rolledBack = await client.ExpectAsync<RolledBack>();
        Assert.Equal("No money.", rolledBack.Refusal.Text);
    }

    [Theory]
    [InlineData("Begin")]
    [InlineData("Prepare")]
    public async Task AServerThatNeverAnswersIsWaitedForWithinALimitAndHoldsNobodyElse(string order)
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync(
            message => message.GetType().Name == order ? null : RawPeers.Obedient(message),
            options => (options.BeginTimeoutMs, options.VoteTimeoutMs) = (500, 500));
        await using var client = await nodes.Tokyo.SessionAsync(SessionRole.Client);
        await using var other = await nodes.Tokyo.SessionAsync(SessionRole.Client);

        client.Say(new TransOpen(1, ["tokyo.files", "osaka.files"], 0));
        other.Say(new TransOpen(1, ["tokyo.files"], 0));
        TransOpenAck alone = await other.ExpectAsync<TransOpenAck>();
        other.Say(new TransClose(2, alone.Action, CloseAnswer.Done));
        await other.ExpectAsync<DoneCommit>();

        TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
        Assert.Equal(order == "Begin", ack.Places[1].Refused is not null);
        client.Say(order == "Begin"
            ? new TransRollback(2, ack.Action)
            : new TransClose(2, ack.Action, CloseAnswer.Done));
        RolledBack rolledBack = await client.ExpectAsync<RolledBack>();
        string why = (ack.Places[1].Refused ?? rolledBack.Refusal).Text;
        Assert.Contains("within 500 ms", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ActionsOneAfterTheOtherAndSideBySideAllCommit()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        const int Clients = 8, ActionsEach = 25;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            await using var client = await nodes.Tokyo.SessionAsync(SessionRole.Client);
            for (int i = 0; i < ActionsEach; i++)
            {
                client.Say(new TransOpen(2 * i, ["tokyo.files", "osaka.files"], 0));
                TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
                client.Say(new TransClose((2 * i) + 1, ack.Action, CloseAnswer.Done));
                await client.ExpectAsync<DoneCommit>();
                client.Say(new Acknowledge([ack.Action]));
            }
        }));

        Status status = await nodes.Osaka.StatusAsync();
        Assert.Equal(Clients * ActionsEach, status.Count("committed"));
        Assert.Equal(0, status.Count("live"));
        Assert.Equal(0, status.Count("inDoubt"));
    }

    [Fact]
    public async Task TheSuperiorThatDiedAfterItsDecisionFinishesItAtItsRestart()
    {
        TaskCompletionSource committed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TwoNodes nodes = await TwoNodes.StartAsync(osakaServer: message =>
        {
            switch (message)
            {
                case Commit when committed.TrySetResult():
                    return null; // this answer is lost with the Server's patience
                default:
                    return RawPeers.Obedient(message);
            }
        });
        await using var client = await nodes.Tokyo.SessionAsync(SessionRole.Client);
        client.Say(new TransOpen(1, ["tokyo.files", "osaka.files"], 0));
        TransOpenAck ack = await client.ExpectAsync<TransOpenAck>();
        client.Say(new TransClose(2, ack.Action, CloseAnswer.Done));
        await committed.Task.WaitAsync(TimeSpan.FromSeconds(30));

        await nodes.Tokyo.CrashAsync();
        await nodes.Osaka.CrashAsync();
        await nodes.RestartAsync();

        await using var asker = await nodes.Tokyo.SessionAsync(SessionRole.Client);
        asker.Say(new AskOutcome(3, ack.Action));
        OutcomeIs outcome = await asker.ExpectAsync<OutcomeIs>();
        Assert.Equal(Outcome.Committed, outcome.Outcome);
        await Eventually.HoldsAsync(
            () => nodes.OsakaCommits > 0, "the Server at osaka was told to commit after the restart");
    }
}
