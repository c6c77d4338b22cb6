using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests;

/// <summary>A node never gives a branch identifier twice in one action (ccr-standard.md 2.3).</summary>
public sealed class BranchNumberTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnActionThatComesBackGetsOtherBranchIdentifiers(bool crashes)
    {
        var cluster = new Cluster(null, "tokyo", "osaka", "nagoya");
        Node osaka = cluster["osaka"];
        FakeServer files = osaka.Servers[0];
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("osaka.files", "nagoya.files");
        cluster.Run();

        // osaka rolls back and forgets, while tokyo does not know yet and nagoya brings the action again.
        osaka.LoseLinksTo(cluster["tokyo"], "reset");
        cluster.Run();
        if (crashes)
        {
            osaka.Crash();
            osaka.Start();
            cluster.Run();
        }

        Assert.Equal(0, osaka.Lane.LiveCount);
        CommitTests.Extend(cluster, "nagoya", files.Name);
        BranchId[] begun = [.. files.Orders.OfType<Begin>().Select(b => b.Branch)];
        Assert.Equal(2, begun.Length);
        Assert.NotEqual(begun[0], begun[1]);
        client.Rollback();
        cluster.Run();
        Assert.DoesNotContain(files.Ends, e => e.Committed);
    }
}
