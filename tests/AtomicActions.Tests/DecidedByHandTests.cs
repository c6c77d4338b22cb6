using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActions.Tests;

/// <summary>What the model of tests/Model found about decisions by hand (docs/adr/0006, I1, I7, I10).</summary>
public sealed class DecidedByHandTests
{
    private const int Retries = 200_000;

    [Fact]
    public void ABranchCommittedByHandConfirmsOnlyAfterItsForgetRecordIsForced()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        FakeClient client = InDoubt(cluster, "tokyo.files", "osaka.files");
        Resolve(cluster["osaka"], cluster, client, Decision.Commit);
        cluster.Heal();
        cluster.Advance(Retries);
        Assert.Empty(client.Last<DoneCommit>().Damages);
        client.Acknowledge();
        cluster.Run();
        cluster["osaka"].Crash();
        cluster.Run();
        cluster["osaka"].Start();
        cluster.Advance(Retries);
        Assert.Empty(cluster["osaka"].Lane.Describe(null, true));
        Assert.Empty(cluster["tokyo"].Lane.Describe(null, true));
    }

    [Fact]
    public void ARollbackByHandGoesDownOnlyAfterItsRecordIsForced()
    {
        var cluster = new Cluster(null, "tokyo", "osaka", "nagoya");
        FakeClient client = CommitTests.OpenThreeDeep(cluster, "tokyo", "osaka", "nagoya");
        cluster.Drop = (from, m) => from == cluster["tokyo"] && m is Data { Apdu: CommitRi };
        client.Close();
        cluster.Run();
        bool? forced = null;
        cluster.Drop = (from, m) =>
        {
            if (from == cluster["osaka"] && m is Data { Apdu: RollbackRi })
            {
                forced = cluster["osaka"].Durable.Any(r => r is Heuristic);
            }

            return false;
        };
        Resolve(cluster["osaka"], cluster, client, Decision.Rollback);
        Assert.True(forced);
    }

    [Fact]
    public void DamageThatWasNotedStaysWhenMoreComesWithAConfirm()
    {
        var cluster = new Cluster(new LaneOptions { RollbackTimeoutMs = 60_000 }, "tokyo", "osaka", "nagoya");
        cluster["tokyo"].Servers[0].Silent = order => order is Prepare;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files", "nagoya.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        cluster["osaka"].Servers[0].Silent = order => order is Commit;
        Resolve(cluster["osaka"], cluster, client, Decision.Commit);
        Resolve(cluster["nagoya"], cluster, client, Decision.Commit);
        cluster.Partition(cluster["tokyo"], cluster["nagoya"]);
        cluster.Run();
        client.Rollback();
        cluster.Run();
        cluster.Heal();
        cluster.Advance(5_000);
        Assert.Equal("Reported to the superior.", cluster["nagoya"].Lane.Describe(null, true).Single().Note);

        FakeServer late = cluster["osaka"].Servers[0];
        late.Silent = _ => false;
        late.Crash();
        late.Start();
        cluster.Advance(Retries);
        ActionStatus known = cluster["tokyo"].Lane.Describe(null, true).Single(a => a.State == "Damaged");
        Assert.Equal(["nagoya", "osaka"], known.Damages.Select(d => d.Node.Value).Order());
        Assert.Equal(2, client.Last<RolledBack>().Damages.Count);
    }

    [Fact]
    public void DamageBelowAnIntermediateIsCountedOnceThere()
    {
        var cluster = new Cluster(null, "tokyo", "osaka", "nagoya");
        FakeClient client = CommitTests.OpenThreeDeep(cluster, "tokyo", "osaka", "nagoya");
        cluster["tokyo"].Servers[0].Silent = order => order is Prepare;
        client.Close();
        cluster.Run();
        Resolve(cluster["nagoya"], cluster, client, Decision.Commit);
        client.Rollback();
        cluster.Advance(Retries);
        Assert.All(cluster.Nodes, n => Assert.Single(n.Lane.Describe(null, true), a => a.State == "Damaged"));
    }

    private static FakeClient InDoubt(Cluster cluster, params string[] servers)
    {
        var client = new FakeClient(cluster["tokyo"]);
        client.Open(servers);
        cluster.Run();
        cluster.Drop = (_, m) => m is Data { Apdu: CommitRi };
        client.Close();
        cluster.Run();
        cluster.Drop = (_, _) => false;
        cluster.Partition(cluster["tokyo"], cluster["osaka"]);
        cluster.Run();
        return client;
    }

    private static void Resolve(Node at, Cluster cluster, FakeClient client, Decision decision)
    {
        var desk = new FakeClient(at);
        desk.Send(new Resolve(desk.NextReference(), client.Action, null, decision, "root"));
        cluster.Run();
        Assert.True(desk.Has<Accomplished>());
    }
}
