using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActions.Tests;

/// <summary>An intermediate confirms only what is ended below it (X.852 7.1.4), whatever links it loses.</summary>
public sealed class OwedConfirmTests
{
    private const int Retries = 200_000;

    [Fact]
    public void AnIntermediateThatLosesItsSuperiorWhileItCommitsStillOwesItsConfirm()
    {
        var cluster = new Cluster(null, "tokyo", "osaka", "nagoya");
        FakeClient client = CommitTests.OpenThreeDeep(cluster, "tokyo", "osaka", "nagoya");
        cluster.Drop = (from, m) => from == cluster["osaka"] && m is Data { Apdu: CommitRi };
        client.Close();
        cluster.Run();
        cluster.Partition(cluster["osaka"], cluster["nagoya"]);
        cluster["tokyo"].BreakLinksTo(cluster["osaka"], "cut");
        cluster.Advance(Retries);
        Assert.Empty(cluster["nagoya"].Servers[0].Ends);
        Assert.False(client.Has<DoneCommit>());

        cluster.Drop = (_, _) => false;
        cluster.Heal();
        cluster.Advance(Retries);
        Assert.True(Assert.Single(cluster["nagoya"].Servers[0].Ends).Committed);
        Assert.True(client.Has<DoneCommit>());
        CommitTests.AssertIdle(cluster);
    }
}
