using Ccr.AtomicActions.Contract;
using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests;

/// <summary>Crash, loss, and C-RECOVER (ccr-standard.md 7, 9; SEM-1, 3, 4, 8, 16).</summary>
public sealed class RecoveryTests
{
    private const int Retries = 200_000;

    /// <summary>Every node, crashed before every one of its outputs, in trees of two and three.</summary>
    [Theory]
    [InlineData("tokyo", 2)]
    [InlineData("osaka", 2)]
    [InlineData("tokyo", 3)]
    [InlineData("osaka", 3)]
    [InlineData("nagoya", 3)]
    public void ACrashAtAnyPointLeavesNoMixedOutcome(string victim, int depth)
    {
        int crashes = 0;
        for (int at = 0; RunWithCrash(victim, depth, at); at++)
        {
            crashes++;
        }

        Assert.True(crashes > 10, $"only {crashes} crash points");
    }

    /// <summary>Every link message lost with its connection, one at a time.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void ALostConnectionAtAnyMessageLeavesNoMixedOutcome(int depth)
    {
        bool lost = true;
        for (int at = 0; lost; at++)
        {
            lost = false;
            string[] names = [.. new[] { "tokyo", "osaka", "nagoya" }.Take(depth)];
            var cluster = new Cluster(null, names);
            int count = 0;
            Node? from = null;
            cluster.Drop = (node, _) =>
            {
                bool now = count++ == at;
                from = now ? node : from;
                lost |= now;
                return now;
            };
            var client = new FakeClient(cluster["tokyo"]);
            client.Open([.. names.Select(n => n + ".files")]);
            cluster.Run();
            BreakFrom(cluster, from);
            if (client.Has<TransOpenAck>())
            {
                from = null;
                client.Close();
                cluster.Run();
                BreakFrom(cluster, from);
            }

            cluster.Advance(Retries);
            AssertAtomic(cluster, $"loss of message {at}");
        }
    }

    [Fact]
    public void TheSubordinateAsksAndTheSuperiorThatDecidedAnswersCommit()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        cluster.Drop = (_, m) => m is Data { Apdu: CommitRi };
        client.Close();
        cluster.Run();
        cluster["osaka"].Crash();
        cluster.Run();
        cluster.Drop = (_, _) => false;
        cluster["osaka"].Start();
        cluster.Advance(Retries);
        Assert.True(client.Has<DoneCommit>());
        Assert.Contains("C-RECOVER-RI(ready)", cluster.Sent);
        Assert.Contains("C-RECOVER-RC(done)", cluster.Sent);
        AssertAtomic(cluster, "recover(ready)");
    }

    [Fact]
    public void WithoutARecordTheAnswerIsUnknownAndTheSubordinateRollsBack()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        cluster.CrashBefore = (node, output) => node == cluster["tokyo"] && output is Append { Content: LogCommit };
        client.Close();
        cluster.Run();
        cluster.CrashBefore = (_, _) => false;
        Assert.Single(cluster["osaka"].Servers[0].Prepared);
        cluster["tokyo"].Start();
        cluster.Advance(Retries);
        Assert.Contains("C-RECOVER-RC(unknown)", cluster.Sent);
        Assert.All(cluster.Nodes, n => Assert.DoesNotContain(n.Servers[0].Ends, e => e.Committed));
        AssertAtomic(cluster, "presumed rollback");
    }

    [Fact]
    public void AnUndecidedSuperiorSaysRetryLater()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        cluster["tokyo"].Servers[0].Silent = order => order is Prepare;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        cluster["osaka"].BreakLinksTo(cluster["tokyo"], "reset");
        cluster.Advance(5_000);
        Assert.Contains("C-RECOVER-RC(retry-later)", cluster.Sent);
        Assert.Single(cluster["osaka"].Servers[0].Prepared);
        cluster.Advance(Retries);
        AssertAtomic(cluster, "retry later");
    }

    [Fact]
    public void AReadyBranchWhoseAssociationIsLostStillCommits()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        BranchMessage? held = null;
        cluster["tokyo"].Servers[0].Silent = order =>
        {
            held = order as Prepare ?? held;
            return order is Prepare;
        };
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        cluster["osaka"].BreakLinksTo(cluster["tokyo"], "reset");
        cluster.Run();
        FakeServer server = cluster["tokyo"].Servers[0];
        server.Prepared[(held!.Action, held.Branch)] = cluster["tokyo"].Self;
        cluster["tokyo"].FromSession(server.Session, new Ready(server.Name, held.Action, held.Branch));
        cluster.Advance(Retries);
        Assert.True(client.Has<DoneCommit>());
        AssertAtomic(cluster, "DR to DC");
    }

    [Fact]
    public void ARepeatedTransCloseGetsTheDecisionAlsoAfterARestart()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        cluster.CrashBefore = (node, output) =>
            node == cluster["tokyo"] && output is SendToSession { Message: DoneCommit };
        client.Close();
        cluster.Run();
        cluster.CrashBefore = (_, _) => false;
        AtomicActionId action = client.Action;
        Assert.False(client.Has<DoneCommit>());
        cluster["tokyo"].Start();
        cluster.Advance(Retries);
        var again = new FakeClient(cluster["tokyo"]);
        again.Ask(action);
        again.Close(action);
        cluster.Run();
        Assert.Equal(Outcome.Committed, again.Last<OutcomeIs>().Outcome);
        Assert.True(again.Has<DoneCommit>());
    }

    [Fact]
    public void AfterARestartWithoutARecordTransCloseIsRefusedForGood()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        AtomicActionId action = client.Action;
        cluster["tokyo"].Crash();
        cluster.Run();
        cluster["tokyo"].Start();
        cluster.Run();
        var again = new FakeClient(cluster["tokyo"]);
        again.Close(action);
        again.Ask(action);
        cluster.Run();
        Assert.Equal(RefusalCode.UnknownAction, again.Last<RequestRefused>().Refusal.Code);
        Assert.Equal(Outcome.RolledBack, again.Last<OutcomeIs>().Outcome);
        AssertAtomic(cluster, "no record");
    }

    [Fact]
    public void AOnePhaseServerThatCameBackIsLetGoWhenTheClientAcknowledges()
    {
        var cluster = new Cluster(null, "tokyo");
        FakeServer server = cluster["tokyo"].Servers[0];
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        Assert.Single(server.Kept);
        server.Crash();
        cluster.Run();
        server.Start();
        cluster.Run();
        client.Send(new Acknowledge([client.Action]));
        cluster.Run();
        Assert.Empty(server.Kept);
    }

    [Fact]
    public void AServerRestartedBetweenUpdateAndPrepareLosesTheAction()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        cluster["osaka"].Servers[0].Crash();
        cluster.Run();
        cluster["osaka"].Servers[0].Start();
        cluster.Run();
        Assert.Equal(RefusalCode.ServerLost, client.Last<RolledBack>().Refusal.Code);
        AssertAtomic(cluster, "server restarted");
    }

    [Fact]
    public void AServerThatCrashesReadyIsToldTheOutcomeWhenItIsBack()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        FakeServer server = cluster["osaka"].Servers[0];
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        cluster.CrashBefore = (_, output) =>
        {
            if (output is SendToSession { Message: Commit } && server.IsUp && server.Prepared.Count > 0)
            {
                server.Crash();
            }

            return false;
        };
        client.Close();
        cluster.Run();
        cluster.CrashBefore = (_, _) => false;
        Assert.False(client.Has<DoneCommit>());
        server.Start();
        cluster.Advance(Retries);
        Assert.True(client.Has<DoneCommit>());
        AssertAtomic(cluster, "server back");
    }

    [Fact]
    public void AServerThatLostItsPromiseIsAHazard()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        FakeServer server = cluster["osaka"].Servers[0];
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        cluster.Drop = (_, m) => m is Data { Apdu: CommitRi };
        client.Close();
        cluster.Run();
        server.Crash();
        server.Prepared.Clear();
        cluster.Run();
        server.Start();
        cluster.Drop = (_, _) => false;
        cluster["tokyo"].BreakLinksTo(cluster["osaka"], "lost");
        cluster.Advance(Retries);
        Assert.Equal(DamageKind.Hazard, Assert.Single(client.Last<DoneCommit>().Damages).Kind);
    }

    [Fact]
    public void ABranchCommittedJustBeforeItsManagersCrashIsNoHazard()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        FakeServer server = cluster["osaka"].Servers[0];
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();

        // The Server has committed and forgotten; its manager dies before it has noted that.
        cluster.CrashBefore = (node, output) =>
            node == cluster["osaka"] && output is Append && server.Ends.Count > 0;
        client.Close();
        cluster.Run();
        Assert.False(cluster["osaka"].IsUp);
        Assert.Empty(server.Prepared);
        cluster.CrashBefore = (_, _) => false;
        cluster["osaka"].Start();
        cluster.Advance(Retries);
        Assert.Empty(client.Last<DoneCommit>().Damages);
        AssertAtomic(cluster, "committed, then the manager's crash");
    }

    [Fact]
    public void ADroppedOutcomeIsForgottenAndNeverCalledRolledBack()
    {
        var cluster = new Cluster(new LaneOptions { OutcomeRetentionMs = 1_000 }, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        for (int i = 0; i < 2; i++)
        {
            client.Open("tokyo.files", "osaka.files");
            cluster.Run();
            client.Close();
            cluster.Run();
            cluster.Advance(2_000);
        }

        AtomicActionId[] actions = [.. client.Received.OfType<TransOpenAck>().Select(a => a.Action)];
        cluster["tokyo"].Force();
        cluster["tokyo"].Crash();
        cluster.Run();
        cluster["tokyo"].Start();
        cluster.Run();
        var again = new FakeClient(cluster["tokyo"]);
        again.Ask(actions[0]);
        again.Ask(actions[1]);
        cluster.Run();
        Assert.Equal([Outcome.Forgotten, Outcome.Committed], again.Received.OfType<OutcomeIs>().Select(o => o.Outcome));
    }

    [Fact]
    public void ABranchPromisedToAnotherLogIsNotMine()
    {
        var cluster = new Cluster(null, "tokyo");
        FakeServer server = cluster["tokyo"].Servers[0];
        server.Crash();
        var stranger = new ManagerIdentity(cluster["tokyo"].Name, new LogIdentity(99), 1);
        AtomicActionId action = cluster.NextAction(cluster["tokyo"]);
        server.Prepared[(action, new BranchId(AeTitle.Of(stranger.Node), Suffix.OfInteger(1)))] = stranger;
        server.Start();
        cluster.Run();
        Assert.Equal(1, server.NotMineCount);
        Assert.Single(server.Prepared);
    }

    [Fact]
    public void AClientThatDiesBeforeTransCloseRollsItsActionsBack()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Leave();
        cluster.Run();
        AssertAtomic(cluster, "client died");
        Assert.All(cluster.Nodes, n => Assert.False(n.Servers[0].HoldsLocks));
    }

    [Fact]
    public void APoisonActionIsSetAsideAndAllOthersGoOn()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        cluster.Drop = (_, m) => m is Data { Apdu: CommitRi };
        client.Close();
        cluster.Run();
        cluster["tokyo"].Crash();
        cluster["tokyo"].Held.Add(client.Action);
        cluster.Drop = (_, _) => false;
        cluster.Run();
        cluster["tokyo"].Start();
        cluster.Advance(Retries);
        Assert.Single(cluster["osaka"].Servers[0].Prepared); // told retry-later, still in doubt
        Assert.Contains(cluster["tokyo"].Lane.Describe(null, true), a => a.State == "Held");
        var other = new FakeClient(cluster["tokyo"]);
        other.Open("tokyo.files", "osaka.files");
        cluster.Run();
        other.Close();
        cluster.Run();
        Assert.True(other.Has<DoneCommit>());
        cluster["tokyo"].Held.Clear();
        cluster["tokyo"].Crash();
        cluster.Run();
        cluster["tokyo"].Start();
        cluster.Advance(Retries);
        Assert.Empty(cluster["osaka"].Servers[0].Prepared);
        AssertAtomic(cluster, "set aside, then taken up");
    }

    [Fact]
    public void DoneWhenDecidedAnswersBeforeTheBranchesHaveConfirmed()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        cluster["osaka"].Servers[0].Silent = order => order is Commit;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close(answer: CloseAnswer.Decided);
        cluster.Run();
        Assert.True(client.Has<DoneCommit>());
        Assert.Equal(1, cluster["tokyo"].Lane.LiveCount);
    }

    internal static void AssertAtomic(Cluster cluster, string when)
    {
        foreach (IGrouping<AtomicActionId, bool> ends in cluster.Nodes
            .SelectMany(n => n.Servers).SelectMany(s => s.Ends)
            .GroupBy(e => e.Action, e => e.Committed))
        {
            Assert.True(ends.Distinct().Count() == 1, $"{when}: mixed outcome of {ends.Key}");
        }

        foreach (Node node in cluster.Nodes)
        {
            Assert.True(node.Lane.LiveCount == 0, $"{when}: {node.Name} still has {Describe(node)}");
            Assert.All(node.Servers, s => Assert.Empty(s.Prepared));
        }
    }

    private static string Describe(Node node) =>
        string.Join("; ", node.Lane.Describe(null, false).Select(a =>
            $"{a.State} [{string.Join(", ", a.Branches.Select(b => $"{b.To} {b.State}"))}] {a.Note}"));

    private static void BreakFrom(Cluster cluster, Node? from)
    {
        if (from is not null)
        {
            foreach (Node other in cluster.Nodes.Where(n => n != from))
            {
                from.BreakLinksTo(other, "lost");
            }

            cluster.Run();
        }
    }

    private static bool RunWithCrash(string victim, int depth, int at)
    {
        string[] names = [.. new[] { "tokyo", "osaka", "nagoya" }.Take(depth)];
        var cluster = new Cluster(null, names);
        int count = 0;
        bool crashed = false;
        cluster.CrashBefore = (node, output) =>
        {
            bool now = !crashed && node.Name.Value == victim && output is not (Traced or SetDeadline or ClearDeadline)
                && count++ == at;
            crashed |= now;
            return now;
        };
        var client = new FakeClient(cluster["tokyo"]);
        client.Open(names[0] + ".files", names[1] + ".files");
        cluster.Run();
        if (depth == 3 && !crashed)
        {
            CommitTests.Extend(cluster, "osaka", "nagoya.files");
        }

        if (client.Has<TransOpenAck>() && cluster["tokyo"].IsUp)
        {
            client.Close();
        }

        cluster.Run();
        cluster.Advance(5_000);
        if (crashed)
        {
            cluster[victim].Start();
        }

        cluster.CrashBefore = (_, _) => false;
        cluster.Advance(Retries);
        AssertAtomic(cluster, $"{victim} crashed before output {at}");
        AssertClientWasToldTheTruth(cluster, client, at);
        return crashed;
    }

    private static void AssertClientWasToldTheTruth(Cluster cluster, FakeClient client, int at)
    {
        bool committed = cluster.Nodes.SelectMany(n => n.Servers).SelectMany(s => s.Ends).Any(e => e.Committed);
        if (client.Has<DoneCommit>())
        {
            Assert.True(committed, $"crash {at}: DoneCommit was said of an action that rolled back");
        }

        if (client.Has<RolledBack>())
        {
            Assert.False(committed, $"crash {at}: Rollback was said of an action that committed");
        }

        if (client.Has<TransOpenAck>())
        {
            var again = new FakeClient(cluster["tokyo"]);
            again.Ask(client.Action);
            cluster.Run();
            Assert.Equal(committed ? Outcome.Committed : Outcome.RolledBack, again.Last<OutcomeIs>().Outcome);
        }
    }
}
