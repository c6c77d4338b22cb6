using Ccr.AtomicActions.Contract;
using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests;

/// <summary>Heuristic decisions at the edge of forgetting, as the simulator found them (SEM-1, SEM-4).</summary>
public sealed class LateDamageTests
{
    private const int Retries = 200_000;

    [Fact]
    public void AConfirmAfterADecisionByHandWaitsUntilItsEndIsDurable()
    {
        Cluster cluster = HeuristicTests.InDoubt(out FakeClient client, commits: true);
        Node osaka = cluster["osaka"];
        HeuristicTests.Resolve(cluster, client, Decision.Commit);
        cluster.CrashBefore = (node, _) => node == osaka && cluster.Sent.Contains("C-RECOVER-RC(done)");
        cluster.Heal();
        cluster.Advance(Retries);
        Assert.False(osaka.IsUp);
        cluster.CrashBefore = (_, _) => false;
        osaka.Start();
        cluster.Advance(Retries);
        Assert.Empty(osaka.Lane.Describe(null, true));
        Assert.Empty(cluster["tokyo"].Lane.Describe(null, true));
    }

    [Fact]
    public void ForgettingTheDamageOfACommittedActionKeepsItsOutcomeForTheClient()
    {
        Cluster cluster = HeuristicTests.InDoubt(out FakeClient client, commits: true);
        HeuristicTests.Resolve(cluster, client, Decision.Rollback);
        cluster.Heal();
        cluster.Advance(Retries);
        Node tokyo = cluster["tokyo"];
        var desk = new FakeClient(tokyo);
        desk.Send(new ForgetDamage(desk.NextReference(), client.Action, "root"));
        cluster.Run();
        Assert.Equal(Outcome.Committed, OutcomeAfterRestart(cluster, tokyo, client.Action, acknowledges: true));
        Assert.Equal(Outcome.RolledBack, OutcomeAfterRestart(cluster, tokyo, client.Action, acknowledges: false));
    }

    [Fact]
    public void AServerThatCommittedByHandWhatIsForgottenDoesDamageThatIsRecorded()
    {
        var cluster = new Cluster(null, "osaka");
        Node osaka = cluster["osaka"];
        FakeServer server = osaka.Servers[0];
        AtomicActionId action = cluster.NextAction(osaka);
        var branch = new BranchId(AeTitle.Of(osaka.Name), Suffix.OfInteger(1));
        server.Crash();
        server.Prepared[(action, branch)] = osaka.Self;
        server.Silent = order => order is RollbackBranch;
        server.Start();
        cluster.Run();
        Assert.IsType<RollbackBranch>(server.Orders[^1]);
        osaka.FromSession(
            server.Session, new Done(server.Name, action, branch, DoneOutcome.Committed, "decided by hand"));
        cluster.Run();
        ActionStatus damaged = Assert.Single(osaka.Lane.Describe(action, true));
        Assert.Equal(DamageTaken.Committed, Assert.Single(damaged.Damages).Taken);
        Assert.Contains(osaka.Durable, record => record is LogDamage);
        Assert.IsType<ForgetBranch>(server.Orders[^1]);
    }

    [Fact]
    public void AServerThatAnswersRollbackTooLateDoesDamageThatIsRecorded()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        Node osaka = cluster["osaka"];
        FakeServer server = osaka.Servers[0];
        cluster["tokyo"].Servers[0].Vote = _ => false;
        server.Silent = order => order is RollbackBranch;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        var late = Assert.IsType<RollbackBranch>(server.Orders[^1]);
        cluster.Advance(Retries);
        Assert.Empty(osaka.Lane.Describe(null, true));
        osaka.FromSession(
            server.Session, new Done(server.Name, late.Action, late.Branch, DoneOutcome.Committed, "decided by hand"));
        cluster.Run();
        Assert.Equal(DamageTaken.Committed,
            Assert.Single(Assert.Single(osaka.Lane.Describe(late.Action, true)).Damages).Taken);
        Assert.Contains(osaka.Durable, record => record is LogDamage);
        Assert.IsType<ForgetBranch>(server.Orders[^1]);
    }

    [Fact]
    public void AOnePhaseOutcomeIsLetGoOnlyWhenItsDropIsDurable()
    {
        var cluster = new Cluster(new LaneOptions { OutcomeRetentionMs = 1_000 }, "tokyo");
        var client = new FakeClient(cluster["tokyo"]);
        for (int i = 0; i < 2; i++)
        {
            client.Open("tokyo.files");
            cluster.Run();
            client.Close();
            cluster.Run();
            cluster.Advance(i == 0 ? 2_000 : 0);
        }

        AtomicActionId dropped = client.Received.OfType<TransOpenAck>().First().Action;
        Assert.DoesNotContain(cluster["tokyo"].Servers[0].Kept.Keys, kept => kept.Action.Equals(dropped));
        cluster["tokyo"].Crash();
        cluster.Run();
        cluster["tokyo"].Start();
        cluster.Run();
        var again = new FakeClient(cluster["tokyo"]);
        again.Ask(dropped);
        cluster.Run();
        Assert.Equal(Outcome.Forgotten, again.Last<OutcomeIs>().Outcome);
    }

    [Fact]
    public void AReadyServerThatLostItsPromiseBeforeTheDecisionRollsTheActionBack()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        FakeServer lost = cluster["tokyo"].Servers[0];
        FakeServer slow = cluster["osaka"].Servers[0];
        slow.Silent = order => order is Prepare;
        slow.Vote = _ => null;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        lost.Crash();
        lost.Prepared.Clear();
        cluster.Run();
        lost.Start();
        cluster.Run();
        Prepare asked = slow.Orders.OfType<Prepare>().Single();
        cluster["osaka"].FromSession(slow.Session, new NoChange(slow.Name, asked.Action, asked.Branch));
        cluster.Run();
        Assert.Empty(client.Received.OfType<DoneCommit>());
        Assert.Equal(RefusalCode.ServerLost, client.Last<RolledBack>().Refusal.Code);
        Assert.Empty(client.Last<RolledBack>().Damages);
        cluster.Advance(Retries);
        Assert.Empty(cluster["tokyo"].Lane.Describe(null, true));
    }

    private static Outcome OutcomeAfterRestart(Cluster cluster, Node node, AtomicActionId action, bool acknowledges)
    {
        node.Crash();
        cluster.Run();
        node.Start();
        cluster.Run();
        var asker = new FakeClient(node);
        asker.Ask(action);
        cluster.Run();
        if (acknowledges)
        {
            asker.Send(new Acknowledge([action]));
            cluster.Advance(1_000);
            node.Force();
            cluster.Run();
        }

        return asker.Last<OutcomeIs>().Outcome;
    }
}
