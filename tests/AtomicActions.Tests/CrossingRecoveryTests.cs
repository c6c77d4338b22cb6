using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActions.Tests;

/// <summary>Superior and subordinate begin recovery at the same time (ccr-standard.md 7).</summary>
public sealed class CrossingRecoveryTests
{
    private const int TheSuperiorsRetryMs = 3_000;

    [Fact]
    public void TheConfirmIsSentWhenOurOwnRecoveryGetsItsAssociationInBetween()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        Node osaka = cluster["osaka"];
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        cluster.Drop = (_, m) => m is Data { Apdu: CommitRi };
        client.Close();
        cluster.Run();
        osaka.Crash();
        cluster.Run();

        // While osaka's own association is on its way, tokyo's C-RECOVER comes and the Server is told to commit.
        osaka.Servers[0].Silent = order => order is Commit;
        bool crossed = false;
        cluster.Drop = (from, m) =>
        {
            if (!crossed && from == osaka && m is Associate)
            {
                crossed = true;
                cluster.Advance(TheSuperiorsRetryMs);
            }

            return false;
        };
        osaka.Start();
        cluster.Advance(1);
        Assert.True(crossed);
        Assert.Contains(osaka.Servers[0].Orders, o => o is Commit);

        osaka.Servers[0].Silent = _ => false;
        osaka.Servers[0].Crash();
        osaka.Servers[0].Start();
        cluster.Run();
        Assert.Contains("C-RECOVER-RC(done)", cluster.Sent);
        Assert.True(client.Has<DoneCommit>());
        Assert.Single(cluster.Sent, s => s == "C-RECOVER-RI(commit)");
    }
}
