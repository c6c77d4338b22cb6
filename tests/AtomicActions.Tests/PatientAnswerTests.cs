using Ccr.AtomicActions.Contract;
using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Apdus;
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
    public void AServerThatReportsItsPromiseAgainAfterItsAnswerIsToldToCommitAgain()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        FakeServer server = cluster["tokyo"].Servers[0];
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        cluster.Drop = (_, message) => message is Data { Apdu: CommitRi };
        client.Close();
        cluster.Run();
        Commit ordered = Assert.Single(server.Orders.OfType<Commit>());
        server.Prepared[(ordered.Action, ordered.Branch)] = cluster["tokyo"].Self;
        server.Crash();
        cluster.Run();
        server.Start();
        cluster.Run();
        Assert.Equal(2, server.Orders.OfType<Commit>().Count());
        Assert.Empty(server.Orders.OfType<RollbackBranch>());
    }

    [Fact]
    public void WhatAServerFoundBeforeItCarriedOutAnOrderIsNotTakenForNews()
    {
        var cluster = new Cluster(null, "tokyo", "osaka");
        FakeServer server = cluster["tokyo"].Servers[0];
        server.Silent = order => order is Commit;
        var client = new FakeClient(cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        cluster.Run();
        client.Close();
        cluster.Run();
        server.Crash();
        cluster.Run();
        server.Silent = _ => false;
        server.ReportsLate = true;
        server.Start();
        cluster.Run();
        Assert.Equal(client.Action, client.Last<DoneCommit>().Action);
        server.ReportFound();
        cluster.Run();
        Assert.Empty(server.Orders.OfType<RollbackBranch>());
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
