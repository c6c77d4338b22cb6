using Ccr.AtomicActions.Contract;
using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests;

/// <summary>Answers that have to wait: for a Server's report, for the disk (SEM-5, SEM-13).</summary>
public sealed class PatientAnswerTests
{
    [Fact]
    public void NobodyIsToldRolledBackBeforeTheOnePhaseServerHasReported()
    {
        var cluster = new Cluster(null, "tokyo");
        FakeServer server = cluster["tokyo"].Servers[0];
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files");
        cluster.Run();
        cluster.CrashBefore = (_, output) => output is SendToSession { Message: DoneCommit };
        client.Close();
        cluster.Run();
        cluster.CrashBefore = (_, _) => false;
        AtomicActionId action = client.Action;
        server.Crash();
        cluster["tokyo"].Start();
        cluster.Run();
        var again = new FakeClient(cluster["tokyo"]);
        again.Close(action);
        cluster.Run();
        Assert.Equal(RefusalCode.RetryLater, again.Last<RequestRefused>().Refusal.Code);
        again.Ask(action);
        cluster.Run();
        Assert.Equal(2, again.Received.OfType<RequestRefused>().Count(r => r.Refusal.Code == RefusalCode.RetryLater));
        server.Start();
        cluster.Run();
        again.Close(action);
        cluster.Run();
        Assert.Equal(action, again.Last<DoneCommit>().Action);
        again.Send(new Acknowledge([action]));
        cluster.Run();
        Assert.Empty(server.Kept);
    }

    [Fact]
    public void DoneIsAnsweredToRecoverOnlyWhenTheEndOfThatBranchIsForced()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        Node osaka = cluster["osaka"];
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        cluster.HoldForce = node => node == osaka && cluster.Sent.Contains("C-COMMIT-RI");
        client.Close();
        cluster.Run();
        cluster["tokyo"].BreakLinksTo(osaka, "the connection broke");
        cluster.Advance(5_000);
        Assert.Contains("C-RECOVER-RI(commit)", cluster.Sent);
        Assert.DoesNotContain("C-RECOVER-RC(done)", cluster.Sent);
        osaka.Force();
        cluster.Run();
        Assert.Contains("C-RECOVER-RC(done)", cluster.Sent);
        RecoveryTests.AssertAtomic(cluster, "the end was forced late");
    }
}
