using Ccr.AtomicActions.Contract;
using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActions.Tests;

/// <summary>The normal sequence, no change, rollback, and what each costs (ccr-standard.md 3.2, 5, 9).</summary>
public sealed class CommitTests
{
    [Fact]
    public void TwoNodesCommitInTheOrderOfThePaper()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        cluster.Sent.Clear();
        client.Close();
        cluster.Run();

        Assert.Empty(client.Last<DoneCommit>().Damages);
        Assert.Equal(["C-PREPARE-RI", "C-READY-RI", "C-COMMIT-RI", "C-COMMIT-RC"], cluster.Sent);
        Assert.All(["tokyo", "osaka"], n => Assert.True(Assert.Single(cluster[n].Servers[0].Ends).Committed));
        Assert.Equal(1, cluster["tokyo"].Forces);
        Assert.Equal(2, cluster["osaka"].Forces);
        AssertIdle(cluster);
    }

    [Fact]
    public void TheTraceReadsLikeTheFigure()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        string[] expected =
        [
            "client -> manager tokyo: TransOpen",
            "manager tokyo -> server tokyo.files: Begin",
            "server tokyo.files -> manager tokyo: Begun",
            "manager tokyo -> manager osaka: C-BEGIN-RI",
            "manager osaka -> server osaka.files: Begin",
            "server osaka.files -> manager osaka: Begun",
            "manager osaka -> manager tokyo: C-BEGIN-RC",
            "manager tokyo -> client: TransOpenAck",
            "client -> manager tokyo: TransClose",
            "manager tokyo -> server tokyo.files: Prepare",
            "manager tokyo -> manager osaka: C-PREPARE-RI",
            "server tokyo.files -> manager tokyo: Ready",
            "manager osaka -> server osaka.files: Prepare",
            "server osaka.files -> manager osaka: Ready",
            "manager osaka -> manager osaka: log-ready",
            "manager osaka -> manager tokyo: C-READY-RI",
            "manager tokyo -> manager tokyo: log-commit",
            "manager tokyo -> server tokyo.files: Commit",
            "manager tokyo -> manager osaka: C-COMMIT-RI",
            "server tokyo.files -> manager tokyo: DoneCommit",
            "manager osaka -> server osaka.files: Commit",
            "server osaka.files -> manager osaka: DoneCommit",
            "manager osaka -> manager tokyo: C-COMMIT-RC",
            "manager tokyo -> client: DoneCommit",
        ];
        Assert.Equal(expected.Order(), cluster.Trace.Order());
        Assert.Equal("manager tokyo -> client: DoneCommit", cluster.Trace[^1]);
    }

    [Fact]
    public void AnAcknowledgedOutcomeLeavesNothingInTheLog()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        Assert.Equal(1, cluster["tokyo"].Lane.KeptOutcomes);
        client.Acknowledge();
        cluster.Run();
        Assert.Equal(0, cluster["tokyo"].Lane.KeptOutcomes);
        cluster["tokyo"].Force();
        var live = new LiveRecords();
        foreach (LogContent record in cluster["tokyo"].Durable)
        {
            live.Apply(record);
        }

        Assert.Empty(live.Snapshot());
    }

    [Fact]
    public void AQuestionAboutAnAcknowledgedCommitIsAnsweredForgottenNotRolledBack()
    {
        Cluster cluster = new(null, "tokyo");
        FakeClient client = new(cluster["tokyo"]);
        client.Open("tokyo.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        client.Acknowledge();
        client.Ask(client.Action);
        cluster.Run();
        Assert.Equal(Outcome.Forgotten, client.Last<OutcomeIs>().Outcome);
    }

    [Fact]
    public void AnOutcomeThatIsKeptHoldsNoneOfThoseThatWereAcknowledgedAfterIt()
    {
        Cluster cluster = new(null, "tokyo");
        for (int i = 0; i < 100; i++)
        {
            FakeClient client = new(cluster["tokyo"]);
            client.Open("tokyo.files");
            cluster.Run();
            client.Close();
            cluster.Run();
            if (i > 0)
            {
                client.Acknowledge();
                cluster.Run();
            }
        }

        Assert.Single(cluster["tokyo"].Lane.Ended.All);
    }

    [Fact]
    public void AnOutcomeAcknowledgedBeforeTheEndIsNotKept()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        FakeServer osaka = cluster["osaka"].Servers[0];
        osaka.Silent = order => order is Commit;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close(answer: CloseAnswer.Decided);
        cluster.Run();
        Assert.True(client.Has<DoneCommit>());
        client.Acknowledge();
        cluster.Run();
        osaka.Silent = _ => false;
        osaka.Crash();
        osaka.Start();
        cluster.Run();
        AssertIdle(cluster);
        Assert.Equal(0, cluster["tokyo"].Lane.KeptOutcomes);
        cluster["tokyo"].Force();
        var live = new LiveRecords();
        cluster["tokyo"].Durable.ToList().ForEach(record => live.Apply(record));
        Assert.Empty(live.Snapshot());
    }

    [Fact]
    public void AReadOnlyNodeDropsOutWithoutALogRecord()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        cluster["osaka"].Servers[0].Vote = _ => null;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        cluster.Sent.Clear();
        client.Close();
        cluster.Run();
        Assert.True(client.Has<DoneCommit>());
        Assert.Equal(["C-PREPARE-RI", "C-NOCHANGE-RI"], cluster.Sent);
        Assert.Equal(0, cluster["osaka"].Forces);
        AssertIdle(cluster);
    }

    [Fact]
    public void AnAllReadOnlyActionForcesNothingAnywhere()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        cluster["osaka"].Servers[0].Vote = _ => null;
        cluster["tokyo"].Servers[0].Vote = _ => null;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        Assert.True(client.Has<DoneCommit>());
        Assert.Equal(0, cluster["tokyo"].Forces + cluster["osaka"].Forces);
    }

    [Theory]
    [InlineData("tokyo")]
    [InlineData("osaka")]
    public void OneRefusalRollsAllBack(string refusing)
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        cluster[refusing].Servers[0].Vote = _ => false;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        Assert.Equal("not enough money", client.Last<RolledBack>().Refusal.Text);
        Assert.All(cluster.Nodes, n => Assert.DoesNotContain(n.Servers[0].Ends, e => e.Committed));
        AssertIdle(cluster);
    }

    [Fact]
    public void AServerMayRefuseUnaskedBeforeItIsReady()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        Begin begun = cluster["osaka"].Servers[0].Orders.OfType<Begin>().Single();
        cluster["osaka"].Servers[0].Refuse(begun.Action, begun.Branch);
        cluster.Run();
        Assert.Equal(RefusalCode.Resource, client.Last<RolledBack>().Refusal.Code);
        AssertIdle(cluster);
    }

    [Fact]
    public void TheClientRollsBack()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Rollback();
        cluster.Run();
        Assert.Equal(RefusalCode.Asked, client.Last<RolledBack>().Refusal.Code);
        Assert.All(cluster.Nodes, n => Assert.False(n.Servers[0].HoldsLocks));
        AssertIdle(cluster);
    }

    [Fact]
    public void ASingleLocalServerDecidesAlone()
    {
        var cluster = new Cluster(null, "tokyo");
        var client = new FakeClient(cluster["tokyo"]);
        for (int i = 0; i < 3; i++)
        {
            client.Open("tokyo.files");
            cluster.Run();
            client.Close();
            cluster.Run();
        }

        FakeServer server = cluster["tokyo"].Servers[0];
        Assert.Equal(3, client.Received.OfType<DoneCommit>().Count());
        Assert.Equal(1, cluster["tokyo"].Forces); // once an epoch: that this Server may hold outcomes
        Assert.Equal(3, server.Kept.Count);
        client.Acknowledge();
        cluster.Run();
        Assert.Equal(2, server.Kept.Count);
        AssertIdle(cluster);
    }

    [Fact]
    public void AServerThatRefusesInOnePhaseIsHeardByTheClient()
    {
        var cluster = new Cluster(null, "tokyo");
        cluster["tokyo"].Servers[0].Vote = _ => false;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        Assert.Equal("not enough money", client.Last<RolledBack>().Refusal.Text);
    }

    [Fact]
    public void AServerThatGivesUpWhileTheOnePhaseOrderIsOnItsWayRollsBack()
    {
        var cluster = new Cluster(null, "tokyo");
        FakeServer server = cluster["tokyo"].Servers[0];
        CommitOnePhase? ordered = null;
        server.Silent = order => (ordered = order as CommitOnePhase ?? ordered) is not null;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        foreach (string text in new[] { "it makes room", "it was never begun" })
        {
            cluster["tokyo"].FromSession(server.Session, new BranchRefused(
                server.Name, ordered!.Action, ordered.Branch, new Refusal(RefusalCode.Resource, text)));
        }

        cluster.Run();
        Assert.Equal("it makes room", client.Last<RolledBack>().Refusal.Text);
        AssertIdle(cluster);
    }

    [Fact]
    public void ATreeOfThreeNodesCommitsFromTheLeavesUp()
    {
        var cluster = new Cluster(null, "tokyo", "osaka", "nagoya");
        FakeClient client = OpenThreeDeep(cluster, "tokyo", "osaka", "nagoya");
        client.Close();
        cluster.Run();
        Assert.True(client.Has<DoneCommit>());
        Assert.All(cluster.Nodes, n => Assert.True(Assert.Single(n.Servers[0].Ends).Committed));
        Assert.Contains(cluster["osaka"].Durable, r => r is LogCommit { Branch: not null });
        AssertIdle(cluster);
    }

    [Fact]
    public void ADiamondVotesOnceForEachOfItsBranches()
    {
        var cluster = new Cluster(null, "tokyo", "osaka", "nagoya", "kobe");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("osaka.files", "nagoya.files");
        cluster.Run();
        Extend(cluster, "osaka", "kobe.files");
        Extend(cluster, "nagoya", "kobe.files");
        Assert.Equal(2, cluster["kobe"].Servers[0].Orders.OfType<Begin>().Select(b => b.Branch).Distinct().Count());
        client.Close();
        cluster.Run();
        Assert.True(client.Has<DoneCommit>());
        Assert.Equal(2, cluster["kobe"].Servers[0].Ends.Count(e => e.Committed));
        AssertIdle(cluster);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void ACycleIsRefusedAndTheActionGoesOn(int length)
    {
        string[] names = [.. new[] { "tokyo", "osaka", "nagoya" }.Take(length)];
        var cluster = new Cluster(null, names);
        FakeClient client = OpenThreeDeep(cluster, names);
        FakeServer last = cluster[names[^1]].Servers[0];
        Begin begun = last.Orders.OfType<Begin>().Single();
        List<SessionMessage> answers = [];
        SessionId session = last.Session;
        cluster[names[^1]].FromSession(session, new TransOpenSub(77, begun.Action, begun.Branch, names[0] + ".files"));
        cluster.Run();
        client.Close();
        cluster.Run();
        Assert.True(client.Has<DoneCommit>());
        Assert.Single(cluster[names[0]].Servers[0].Ends);
    }

    [Fact]
    public void AnActionThatIsNotClosedInTimeIsRolledBack()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open(5_000, "tokyo.files", "osaka.files");
        cluster.Run();
        cluster.Advance(6_000);
        Assert.Equal(RefusalCode.Timeout, client.Last<RolledBack>().Refusal.Code);
        AssertIdle(cluster);
    }

    [Fact]
    public void AServerThatNeverAnswersPrepareCountsAsNo()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        cluster["osaka"].Servers[0].Silent = order => order is Prepare;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close();
        cluster.Advance(60_000);
        Assert.Equal(RefusalCode.Timeout, client.Last<RolledBack>().Refusal.Code);
        AssertIdle(cluster);
    }

    [Fact]
    public void AServerThatNobodyKnowsIsRefusedAndTheRestGoesOn()
    {
        var cluster = new Cluster(null, "tokyo");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "atlantis.files");
        cluster.Run();
        ServerPlace[] places = [.. client.Last<TransOpenAck>().Places];
        Assert.NotNull(places[0].Begun);
        Assert.Equal(RefusalCode.NoSuchServer, places[1].Refused!.Code);
        client.Close();
        cluster.Run();
        Assert.True(client.Has<DoneCommit>());
    }

    [Fact]
    public void AServerThatMovedIsFoundAgainWithoutTheClientNoticing()
    {
        var cluster = new Cluster(null, "tokyo", "osaka", "nagoya");
        FakeServer moving = cluster["osaka"].AddServer("ledger");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("osaka.ledger");
        cluster.Run();
        client.Close();
        cluster.Run();
        moving.Crash();
        cluster["osaka"].Servers.Remove(moving);
        var moved = new FakeServer(cluster["nagoya"], "osaka.ledger");
        cluster["nagoya"].Servers.Add(moved);
        cluster.Places["osaka.ledger"] = cluster["nagoya"];
        moved.Start();
        cluster.Run();
        client.Open("osaka.ledger", "tokyo.files");
        cluster.Run();
        Assert.Equal("nagoya", client.Last<TransOpenAck>().Places[0].Node.Value);
        client.Close();
        cluster.Run();
        Assert.True(Assert.Single(moved.Ends).Committed);
        AssertIdle(cluster);
    }

    internal static FakeClient OpenThreeDeep(Cluster cluster, params string[] names)
    {
        var client = new FakeClient(cluster[names[0]]);
        client.Open(names[0] + ".files", names[1] + ".files");
        cluster.Run();
        for (int i = 2; i < names.Length; i++)
        {
            Extend(cluster, names[i - 1], names[i] + ".files");
        }

        return client;
    }

    internal static void Extend(Cluster cluster, string from, string server)
    {
        FakeServer at = cluster[from].Servers[0];
        Begin begun = at.Orders.OfType<Begin>().Last();
        cluster[from].FromSession(at.Session, new TransOpenSub(9, begun.Action, begun.Branch, server));
        cluster.Run();
    }

    internal static void AssertIdle(Cluster cluster) =>
        Assert.All(cluster.Nodes, n => Assert.Equal(0, n.Lane.LiveCount));
}
