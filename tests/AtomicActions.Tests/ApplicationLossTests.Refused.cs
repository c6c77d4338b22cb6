using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests;

/// <content>Enlisting that is refused.</content>
public sealed partial class ApplicationLossTests
{
    [Theory]
    [InlineData("tokyo.nowhere", RefusalCode.NoSuchServer)]
    [InlineData("tokyo.files", RefusalCode.NoSuchServer)]
    public void AnEnlistAtWhatIsNoDatabaseRollsTheActionBack(string server, RefusalCode code)
    {
        _owner.Enlist(_orders);
        _orders.Prepare(_owner.Action, _owner.Branches[0].Branch.Branch);
        _owner.Send(new Enlist(_owner.Action, null, 0,
            [new ApplicationBranch(server, new BranchId(AeTitle.Of(Tokyo.Name), Suffix.OfInteger(9)), "")]));
        _cluster.Run();
        Assert.Equal(code, _owner.Last<RolledBack>().Refusal.Code);
        _owner.End(0, commit: false);
        Rest();
        AssertAgreed(committed: false);
    }

    [Fact]
    public void WhoEnlistsInWhatIsBeingRolledBackIsToldAtOnce()
    {
        FakeServer files = Tokyo.Servers[0];
        var client = new FakeClient(Tokyo);
        client.Open(500, files.Name);
        _cluster.Run();
        files.Silent = order => order is RollbackBranch;
        _cluster.Advance(600);
        Assert.False(client.Has<RolledBack>());
        client.Send(new Enlist(client.Action, null, 0,
            [new ApplicationBranch(_orders.Name, new BranchId(AeTitle.Of(Tokyo.Name), Suffix.OfOctets("a"u8)), "")]));
        _cluster.Run();
        Assert.True(client.Has<RolledBack>());
    }

    [Fact]
    public void WhoEnlistsInWhatWasRolledBackIsToldWhy()
    {
        var client = new FakeClient(Tokyo);
        client.Open(500, Tokyo.Servers[0].Name);
        _cluster.Run();
        _cluster.Advance(600);
        client.Send(new Enlist(client.Action, null, 0,
            [new ApplicationBranch(_orders.Name, new BranchId(AeTitle.Of(Tokyo.Name), Suffix.OfOctets("a"u8)), "")]));
        _cluster.Run();
        Assert.Equal(RefusalCode.Timeout, client.Last<RolledBack>().Refusal.Code);
    }

    [Fact]
    public void AScanThatIsOlderThanTheEndDoesNotRollBackWhatCommitted()
    {
        Take(5);
        IReadOnlyList<FoundBranch> before = _orders.Look();
        _owner.EndAll(commit: true);
        _cluster.Run();
        _orders.Report(before);
        _cluster.Run();
        Assert.Empty(_orders.Orders.OfType<RollbackBranch>());
        _owner.Acknowledge();
        _orders.Report(before);
        _cluster.Run();
        Assert.Empty(_orders.Orders.OfType<RollbackBranch>());
        AssertAgreed(committed: true);
    }

    [Fact]
    public void AnIdentifierUsedTwiceRollsTheActionBack()
    {
        BranchId branch = _owner.Enlist(_orders);
        _owner.Send(new Enlist(_owner.Action, null, 0, [new ApplicationBranch(_stock.Name, branch, "")]));
        _cluster.Run();
        Assert.Equal(RefusalCode.WrongState, _owner.Last<RolledBack>().Refusal.Code);
    }

    [Fact]
    public void AForeignInitiatorRollsTheActionBack()
    {
        _owner.Send(new Enlist(_owner.Action, null, 0, [new ApplicationBranch(
            _stock.Name, new BranchId(AeTitle.Of(NodeName.Parse("osaka")), Suffix.OfInteger(1)), "")]));
        _cluster.Run();
        Assert.Equal(RefusalCode.WrongState, _owner.Last<RolledBack>().Refusal.Code);
    }

    [Fact]
    public void AnActionTakesSoManyBranchesAndNoMore()
    {
        AeTitle us = AeTitle.Of(Tokyo.Name);
        _owner.Send(new Enlist(_owner.Action, null, 0, [.. Enumerable.Range(0, Protocol.Limits.BranchesPerActionMax + 1)
            .Select(i => new ApplicationBranch(_stock.Name, new BranchId(us, Suffix.OfInteger(i)), ""))]));
        _cluster.Run();
        Assert.Equal(RefusalCode.Limit, _owner.Last<RolledBack>().Refusal.Code);
    }

    [Fact]
    public void AnotherSessionsLeaseCannotBeUsed()
    {
        var thief = new FakeOwner(_cluster, Tokyo, leases: 0);
        thief.Use(_owner.Action);
        thief.Enlist(_orders);
        thief.Close();
        _cluster.Run();
        Assert.False(thief.Has<RolledBack>()); // it may still commit
        Assert.Equal(2, thief.Received.OfType<RequestRefused>().Count());
        Take(Steps.Length);
        AssertAgreed(committed: true);
    }

    [Fact]
    public void TwoOwnersOfOneActionAreNotTaken()
    {
        Take(1);
        var other = new FakeOwner(_cluster, Tokyo, leases: 0);
        other.Use(_owner.Action);
        other.PrepareAt(_stock);
        _cluster.Run();
        Assert.True(_owner.Has<RolledBack>());
        _owner.EndAll(commit: false);
        Rest();
        AssertAgreed(committed: false);
    }
}
