using Ccr.AtomicActions.Contract;
using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActions.Tests;

/// <summary>Heuristic decisions and damage (ccr-standard.md 6, SEM-4).</summary>
public sealed class HeuristicTests
{
    private const int Retries = 200_000;

    [Theory]
    [InlineData(Decision.Commit, false)]
    [InlineData(Decision.Rollback, true)]
    public void ADecisionAgainstACommittedActionIsDamageAndIsReportedOnce(Decision decision, bool damaged)
    {
        Cluster cluster = InDoubt(out FakeClient client, commits: true);
        FakeClient operatorSession = Resolve(cluster, client, decision);
        Assert.True(operatorSession.Has<Accomplished>());
        cluster.Heal();
        cluster.Advance(Retries);
        Damage[] damages = [.. client.Last<DoneCommit>().Damages];
        Assert.Equal(damaged ? 1 : 0, damages.Length);
        Assert.Equal(decision == Decision.Commit, cluster["osaka"].Servers[0].Ends.Single().Committed);
        if (damaged)
        {
            Assert.Equal(DamageTaken.RolledBack, damages[0].Taken);
            Assert.Equal(1, cluster["osaka"].Lane.HeldCount);
            Assert.Equal(1, cluster["tokyo"].Lane.HeldCount);
        }
    }

    [Theory]
    [InlineData(Decision.Rollback, false)]
    [InlineData(Decision.Commit, true)]
    public void ADecisionAgainstARolledBackActionReachesTheSuperiorsManager(Decision decision, bool damaged)
    {
        Cluster cluster = InDoubt(out FakeClient client, commits: false);
        Resolve(cluster, client, decision);
        int lost = 0;
        cluster.Drop = (_, m) => m is DamageReport && lost++ < 2;
        cluster.Heal();
        cluster["tokyo"].Start();
        cluster.Advance(Retries);
        Assert.Equal(damaged ? 1 : 0, cluster["tokyo"].Lane.Describe(null, true).Count(a => a.State == "Damaged"));
        Assert.Equal(decision == Decision.Commit, cluster["osaka"].Servers[0].Ends.Single().Committed);
        if (damaged)
        {
            Assert.Equal("Reported to the superior.", cluster["osaka"].Lane.Describe(null, true).Single().Note);
        }
    }

    [Fact]
    public void DamageOutlivesRestartsUntilAnOperatorForgetsIt()
    {
        Cluster cluster = InDoubt(out FakeClient client, commits: true);
        Resolve(cluster, client, Decision.Rollback);
        cluster.Heal();
        cluster.Advance(Retries);
        cluster["osaka"].Crash();
        cluster.Run();
        cluster["osaka"].Start();
        cluster.Advance(Retries);
        Assert.Equal("Damaged", cluster["osaka"].Lane.Describe(client.Action, true).Single().State);
        var desk = new FakeClient(cluster["osaka"]);
        desk.Send(new ForgetDamage(desk.NextReference(), client.Action, "root"));
        cluster.Run();
        Assert.True(desk.Has<Accomplished>());
        cluster["osaka"].Crash();
        cluster.Run();
        cluster["osaka"].Start();
        cluster.Run();
        Assert.Empty(cluster["osaka"].Lane.Describe(null, true));
    }

    [Fact]
    public void AServersOwnHeuristicTravelsUpTheTree()
    {
        var cluster = new Cluster(null, "tokyo", "osaka", "nagoya");
        FakeClient client = CommitTests.OpenThreeDeep(cluster, "tokyo", "osaka", "nagoya");
        cluster["nagoya"].Servers[0].CommitAnswer = DoneOutcome.Mix;
        client.Close();
        cluster.Run();
        Damage damage = Assert.Single(client.Last<DoneCommit>().Damages);
        Assert.Equal("nagoya", damage.Node.Value);
        Assert.IsType<ForgetBranch>(cluster["nagoya"].Servers[0].Orders[^1]);
        Assert.All(cluster.Nodes, n => Assert.Equal(1, n.Lane.HeldCount));
    }

    [Fact]
    public void ARepeatedRecoverGetsTheReportAgain()
    {
        Cluster cluster = InDoubt(out FakeClient client, commits: true);
        Resolve(cluster, client, Decision.Rollback);
        int lost = 0;
        cluster.Drop = (_, m) => m is Data { Apdu: RecoverRc { State: RecoveryState.Done } } && lost++ == 0;
        cluster.Heal();
        cluster.Advance(Retries);
        Assert.True(lost > 1);
        Assert.Single(client.Last<DoneCommit>().Damages);
    }

    [Fact]
    public void AnOperatorsDecisionIsDatedByTheCalendar()
    {
        Cluster cluster = InDoubt(out FakeClient client, commits: true);
        cluster["osaka"].Lane.UtcUs = 1_795_000_000_000_000;
        Resolve(cluster, client, Decision.Rollback);
        Assert.Equal(1_795_000_000_000_000, cluster["osaka"].Durable.OfType<Heuristic>().Single().TimeUs);
    }

    [Fact]
    public void OnlyABranchInDoubtCanBeResolvedByHand()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        var desk = new FakeClient(cluster["osaka"]);
        desk.Send(new Resolve(desk.NextReference(), client.Action, null, Decision.Commit, "root"));
        cluster.Run();
        Assert.Equal(RefusalCode.WrongState, desk.Last<RequestRefused>().Refusal.Code);
    }

    [Fact]
    public void AHeuristicDecisionIsCarriedOutAgainAfterARestart()
    {
        Cluster cluster = InDoubt(out FakeClient client, commits: true);
        cluster["osaka"].Servers[0].Silent = order => order is Commit;
        Resolve(cluster, client, Decision.Commit);
        cluster["osaka"].Crash();
        cluster["osaka"].Servers[0].Silent = _ => false;
        cluster.Run();
        cluster["osaka"].Start();
        cluster.Run();
        Assert.True(cluster["osaka"].Servers[0].Ends.Single().Committed);
        cluster.Heal();
        cluster.Advance(Retries);
        Assert.Empty(client.Last<DoneCommit>().Damages);
        Assert.Empty(cluster["osaka"].Lane.Describe(null, true));
    }

    internal static Cluster InDoubt(out FakeClient client, bool commits)
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        if (commits)
        {
            cluster.Drop = (_, m) => m is Data { Apdu: CommitRi };
        }
        else
        {
            cluster.CrashBefore = (n, o) => n == cluster["tokyo"] && o is Append { Content: LogCommit };
        }

        client.Close();
        cluster.Run();
        cluster.Drop = (_, _) => false;
        cluster.CrashBefore = (_, _) => false;
        cluster.Partition(cluster["tokyo"], cluster["osaka"]);
        cluster.Run();
        Assert.Equal(1, cluster["osaka"].Lane.HeldCount);
        return cluster;
    }

    internal static FakeClient Resolve(Cluster cluster, FakeClient client, Decision decision)
    {
        var desk = new FakeClient(cluster["osaka"]);
        desk.Send(new Resolve(desk.NextReference(), client.Action, null, decision, "root"));
        cluster.Run();
        return desk;
    }
}
