using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActions.Tests;

/// <summary>
/// C-NOCHANGE with the result requested, both ways, with foreign managers: ours neither asks for the result nor leaves
/// the decision below (SEM-5), so that the APDUs are changed on their way (ccr-standard.md 9, docs/adr/0006).
/// </summary>
public sealed class NochangeTests
{
    /// <summary>The outcomes that C-NOCHANGE-RC told, in order.</summary>
    private readonly List<NochangeOutcome> _told = [];

    [Theory]
    [InlineData(true, NochangeOutcome.Committed)]
    [InlineData(false, NochangeOutcome.RolledBack)]
    public void ANoChangeBranchThatAskedIsToldTheOutcome(bool otherVote, NochangeOutcome told)
    {
        var cluster = new Cluster(null, "tokyo", "osaka", "nagoya");
        cluster["osaka"].Servers[0].Vote = _ => null;
        cluster["nagoya"].Servers[0].Vote = _ => otherVote;
        FakeClient client = AskingForTheResult(cluster, "osaka");
        client.Open("osaka.files", "nagoya.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        Assert.Equal(told, Assert.Single(_told));
        Assert.Equal(otherVote, client.Has<DoneCommit>());
        CommitTests.AssertIdle(cluster);
    }

    [Fact]
    public void ItIsToldCommitOnlyAfterTheDecisionIsForced()
    {
        var cluster = new Cluster(null, "tokyo", "osaka", "nagoya");
        cluster["osaka"].Servers[0].Vote = _ => null;
        FakeClient client = AskingForTheResult(cluster, "osaka");
        Func<Node, LinkMessage, bool> drop = cluster.Drop;
        bool? forced = null;
        cluster.Drop = (from, m) =>
        {
            if (m is Data { Apdu: NochangeRc })
            {
                forced = cluster["tokyo"].Durable.Any(r => r is LogCommit);
            }

            return drop(from, m);
        };
        client.Open("osaka.files", "nagoya.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        Assert.True(forced);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AnIntermediateAboveOneThatAskedSaysReadyAndPassesTheOutcomeOn(bool rootVote)
    {
        var cluster = new Cluster(null, "tokyo", "osaka", "nagoya");
        cluster["osaka"].Servers[0].Vote = _ => null;
        cluster["nagoya"].Servers[0].Vote = _ => null;
        FakeServer last = cluster["tokyo"].Servers[0];
        last.Silent = order => !rootVote && order is Prepare;
        AskingForTheResult(cluster, "nagoya");
        FakeClient client = CommitTests.OpenThreeDeep(cluster, "tokyo", "osaka", "nagoya");
        client.Close();
        cluster.Run();
        if (!rootVote)
        {
            last.Refuse(client.Action, last.Orders.OfType<Begin>().Last().Branch);
            cluster.Run();
        }

        Assert.Contains("C-READY-RI", cluster.Sent);
        Assert.Equal(rootVote ? NochangeOutcome.Committed : NochangeOutcome.RolledBack, Assert.Single(_told));
        CommitTests.AssertIdle(cluster);
    }

    [Fact]
    public void ADecisionByHandTellsOneThatAskedAsWell()
    {
        var cluster = new Cluster(null, "tokyo", "osaka", "nagoya");
        cluster["nagoya"].Servers[0].Vote = _ => null;
        AskingForTheResult(cluster, "nagoya");
        FakeClient client = CommitTests.OpenThreeDeep(cluster, "tokyo", "osaka", "nagoya");
        Func<Node, LinkMessage, bool> drop = cluster.Drop;
        cluster.Drop = (from, m) => drop(from, m) || m is Data { Apdu: CommitRi };
        client.Close();
        cluster.Run();
        var desk = new FakeClient(cluster["osaka"]);
        desk.Send(new Resolve(desk.NextReference(), client.Action, null, Decision.Commit, "root"));
        cluster.Run();
        Assert.Equal(NochangeOutcome.Committed, Assert.Single(_told));
    }

    [Theory]
    [InlineData(true, NochangeOutcome.Committed)]
    [InlineData(null, NochangeOutcome.Committed)]
    [InlineData(false, NochangeOutcome.RolledBack)]
    public void OnePhaseFromAForeignSuperiorIsDecidedHere(bool? vote, NochangeOutcome answer)
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        cluster["osaka"].Servers[0].Vote = _ => vote;
        bool? forced = null;
        FakeClient client = LeavingTheDecision(cluster, () =>
            forced ??= cluster["osaka"].Durable.Any(r => r is LogCommit { Branch: not null }));
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        Assert.Equal(answer, Assert.Single(_told));
        Assert.Equal(vote is true, forced);
        Assert.Equal(vote is true ? 1 : 0, cluster["osaka"].Servers[0].Ends.Count(e => e.Committed));
        Assert.Equal(0, cluster["osaka"].Lane.LiveCount);
        Assert.DoesNotContain("C-READY-RI", cluster.Sent);
    }

    [Fact]
    public void OnePhaseIsDecidedAndEndsWhenTheSuperiorIsLostMeanwhile()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        FakeClient client = LeavingTheDecision(cluster, () => { });
        FakeServer server = cluster["osaka"].Servers[0];
        server.Silent = order => order is Commit;
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        cluster.Partition(cluster["tokyo"], cluster["osaka"]);
        cluster.Run();
        cluster["osaka"].Crash();
        cluster.Run();
        server.Silent = _ => false;
        cluster["osaka"].Start();
        cluster.Run();
        Assert.True(Assert.Single(server.Ends).Committed);
        Assert.Equal(0, cluster["osaka"].Lane.LiveCount);
    }

    /// <summary>That node's no change comes as a foreign manager's that asks for the result.</summary>
    private FakeClient AskingForTheResult(Cluster cluster, string node)
    {
        Node foreign = cluster[node];
        cluster.Rewrite = (from, m) => from == foreign && m is Data { Apdu: NochangeRi } asked
            ? asked with { Apdu = new NochangeRi(NochangeConfirmation.ResultRequested) }
            : m;
        cluster.Drop = (_, m) => Told(m);
        return new FakeClient(cluster["tokyo"]);
    }

    /// <summary>Tokyo's PREPARE comes as a foreign manager's C-NOCHANGE-RI that leaves the decision below.</summary>
    private FakeClient LeavingTheDecision(Cluster cluster, Action answered)
    {
        cluster.Rewrite = (_, m) => m is Data { Apdu: PrepareRi } asked
            ? asked with { Apdu = new NochangeRi(NochangeConfirmation.ResultRequested) }
            : m;
        cluster.Drop = (_, m) =>
        {
            if (!Told(m))
            {
                return false;
            }

            answered();
            return true;
        };
        return new FakeClient(cluster["tokyo"]);
    }

    private bool Told(LinkMessage message)
    {
        if (message is not Data { Apdu: NochangeRc answer })
        {
            return false;
        }

        _told.Add(answer.Outcome);
        return true;
    }
}
