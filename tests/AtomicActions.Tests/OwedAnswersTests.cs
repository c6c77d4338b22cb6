using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests;

/// <summary>A Server that never answers, or never ends its report, costs bounded memory (I12).</summary>
[Trait("Category", "Slow")]
public sealed class OwedAnswersTests
{
    private readonly Cluster _cluster = new(null, "tokyo", "osaka");

    private FakeServer Server => _cluster["tokyo"].Servers[0];

    [Fact]
    public void AServerThatNeverAnswersRollbacksGetsNoNewBranchesPastTheLimit()
    {
        Server.Silent = order => order is RollbackBranch;
        FillTo(Limits.OwedAnswersPerServerMax - 1);
        FakeClient client = Opened();
        client.Rollback();
        _cluster.Run();
        _cluster.Advance(120_000);

        // The rollback that is not waited for any longer fills the measure: what is found then is left to the Server.
        FillTo(Limits.OwedAnswersPerServerMax + 5);
        Assert.Equal(Limits.OwedAnswersPerServerMax, Owed);
        AssertRefused();

        // An answer makes room for a branch again, and what was passed over is ordered when it is reported again.
        RollbackBranch first = Server.Orders.OfType<RollbackBranch>().First();
        Server.Node.FromSession(
            Server.Session, new Done(Server.Name, first.Action, first.Branch, DoneOutcome.RolledBack, ""));
        _cluster.Run();
        Opened();
    }

    [Fact]
    public void AServerThatNeverEndsItsReportGetsNoNewBranchesPastTheLimit()
    {
        Server.Crash();
        _cluster.Run();
        Server.ReportsLate = true;
        Server.Start();
        Server.Silent = order => order is RollbackBranch;
        _cluster.Run();
        FillTo(Limits.OwedAnswersPerServerMax - 2);
        for (int i = 0; i < 2; i++)
        {
            FakeClient client = Opened();
            client.Close();
            _cluster.Run();
            Assert.Equal(client.Action, client.Last<DoneCommit>().Action);
        }

        AssertRefused();
        Server.ReportFound();
        _cluster.Run();
        Opened();
    }

    private int Owed => Server.Orders.OfType<RollbackBranch>().Select(o => (o.Action, o.Branch)).Distinct().Count();

    /// <summary>The Server reports so many branches that the manager knows nothing of.</summary>
    private void FillTo(int count)
    {
        AeTitle self = AeTitle.Of(Server.Node.Self.Node);
        for (int at = 0; at < count; at += Limits.ListItemsMax)
        {
            FoundBranch[] found =
            [
                .. Enumerable.Range(at, Math.Min(Limits.ListItemsMax, count - at)).Select(i => new FoundBranch(
                    new AtomicActionId(self, Suffix.OfInteger(1_000_000 + i)), new BranchId(self, Suffix.OfInteger(i)),
                    Server.Node.Self, FoundState.Ready)),
            ];
            Server.Node.FromSession(Server.Session, new Found(Server.Name, found, false));
            _cluster.Run();
        }
    }

    private FakeClient Opened()
    {
        FakeClient client = new(_cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        _cluster.Run();
        Assert.Null(Place(client).Refused);
        return client;
    }

    private void AssertRefused()
    {
        FakeClient client = new(_cluster["tokyo"]);
        client.Open("tokyo.files", "osaka.files");
        _cluster.Run();
        Refusal refusal = Place(client).Refused!;
        Assert.Equal(RefusalCode.Limit, refusal.Code);
        Assert.Contains("tokyo.files is connected and owes 100000 answers", refusal.Text, StringComparison.Ordinal);
    }

    private static ServerPlace Place(FakeClient client) =>
        client.Last<TransOpenAck>().Places.Single(place => place.Server == "tokyo.files");
}
