using Ccr.AtomicActions.Contract;
using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests;

/// <summary>Application branches whose owner lives: enlisted, prepared, decided, ended (SEM-9).</summary>
public sealed class ApplicationBranchTests
{
    private readonly Cluster _cluster = new(null, "tokyo");
    private readonly FakeDatabase _orders;
    private readonly FakeDatabase _stock;
    private readonly FakeOwner _owner;

    public ApplicationBranchTests()
    {
        _orders = Tokyo.AddDatabase("orders");
        _stock = Tokyo.AddDatabase("stock");
        _owner = new FakeOwner(_cluster, Tokyo);
        _cluster.Run();
    }

    private Node Tokyo => _cluster["tokyo"];

    [Fact]
    public void TwoDatabasesCommitWithOneForcedRecord()
    {
        _owner.PrepareAt(_orders, _stock);
        _owner.Close();
        _cluster.Run();

        Assert.Empty(_owner.Last<DoneCommit>().Damages);
        Assert.Equal(1, Tokyo.Forces);
        LogCommit decision = Assert.IsType<LogCommit>(Assert.Single(Tokyo.Durable));
        Assert.Equal(["pid=4711;xid=815", "pid=4711;xid=815"], decision.Servers.Select(s => s.Note));

        _owner.EndAll(commit: true);
        _owner.Acknowledge();
        _cluster.Run();
        Assert.Empty(_orders.Orders);
        Assert.Empty(_stock.Orders);
        Assert.Equal(0, Tokyo.Lane.KeptOutcomes);
        Tokyo.Force();
        Assert.Empty(Live());
        AssertIdle();
    }

    [Fact]
    public void TheDecisionIsToldOnlyWhenItIsForced()
    {
        _cluster.HoldForce = _ => true;
        _owner.PrepareAt(_orders, _stock);
        _owner.Close();
        _cluster.Run();
        Assert.False(_owner.Has<DoneCommit>());
        _cluster.HoldForce = _ => false;
        Tokyo.Force();
        _cluster.Run();
        Assert.True(_owner.Has<DoneCommit>());
    }

    [Fact]
    public void AnOwnerThatAsksForTheAnswerAtTheEndIsToldAtTheDecision()
    {
        // DoneCommit is its order to commit: waiting for its own Done, it would wait for ever.
        _owner.PrepareAt(_orders);
        _owner.Close(CloseAnswer.Done);
        _cluster.Run();
        Assert.True(_owner.Has<DoneCommit>());
    }

    [Fact]
    public void ADoneThatCameBeforeTheDecisionWasForcedIsNotAnsweredBeforeIt()
    {
        var other = new FakeClient(Tokyo);
        _cluster.HoldForce = _ => true;
        _owner.PrepareAt(_orders);
        _owner.Close();
        other.Close(_owner.Action, CloseAnswer.Done);
        _owner.EndAll(commit: true);
        _cluster.Run();
        Assert.False(other.Has<DoneCommit>());
        Assert.False(_owner.Has<DoneCommit>());
    }

    [Fact]
    public void WhatIsEnlistedAndNotPreparedAtTheEndIsOver()
    {
        _owner.Enlist(_orders);
        _owner.PrepareAll();
        _owner.SayPrepared();
        _owner.Enlist(_stock);
        _owner.Close();
        _cluster.Run();
        LogCommit decision = Assert.IsType<LogCommit>(Assert.Single(Tokyo.Durable));
        Assert.Equal(_orders.Name, Assert.Single(decision.Servers).Server);
        _owner.End(0, commit: true);
        _cluster.Run();
        AssertIdle();
    }

    [Fact]
    public void WhatChangedNothingNeedsNoRecord()
    {
        _owner.Enlist(_orders);
        _owner.Close();
        _cluster.Run();
        Assert.True(_owner.Has<DoneCommit>());
        Assert.Equal(0, Tokyo.Forces);
        AssertIdle();
    }

    [Fact]
    public void TheOwnerMayRollBackAloneBeforeTransClose()
    {
        _owner.PrepareAt(_orders, _stock);
        _owner.EndAll(commit: false);
        _owner.Rollback();
        _cluster.Run();
        Assert.True(_owner.Has<RolledBack>());
        Assert.Empty(_orders.Orders);
        Assert.Empty(Tokyo.Durable);
        AssertIdle();
    }

    [Fact]
    public void RolledBackIsTheOrderToRollBack()
    {
        _owner.PrepareAt(_orders, _stock);
        _owner.Rollback();
        _cluster.Run();
        Assert.True(_owner.Has<RolledBack>());
        Assert.Equal(1, Tokyo.Lane.LiveCount);
        _owner.EndAll(commit: false);
        _cluster.Run();
        Assert.Empty(_orders.Orders);
        AssertIdle();
        Assert.Single(_owner.Received.OfType<RolledBack>());
    }

    [Fact]
    public void ABranchThatItsOwnerHasUndoneKeepsTheActionFromCommitting()
    {
        _owner.PrepareAt(_orders, _stock);
        _owner.End(1, commit: false);
        _owner.Close();
        _cluster.Run();
        Assert.True(_owner.Has<RolledBack>());
        _owner.End(0, commit: false);
        _cluster.Run();
        Assert.Empty(Tokyo.Durable);
        AssertIdle();
    }

    [Fact]
    public void ABranchHandedOverWhileItIsUndecidedKeepsTheActionFromCommitting()
    {
        _owner.PrepareAt(_orders, _stock);
        _owner.Say(1, DoneOutcome.HandedOver);
        _owner.Close();
        _cluster.Run();
        Assert.True(_owner.Has<RolledBack>());
        Assert.Equal(1, _stock.Count<RollbackBranch>());
        _owner.End(0, commit: false);
        _cluster.Run();
        Assert.All(_stock.Ends, e => Assert.False(e.Committed));
        AssertIdle();
    }

    [Fact]
    public void ABranchHandedOverWhileOthersVoteKeepsTheActionFromCommitting()
    {
        // Its PREPARE's answer was lost: it may be prepared.
        FakeServer files = Tokyo.Servers[0];
        var client = OpenWithFiles();
        files.Silent = order => order is Prepare;
        BranchId lost = _owner.Enlist(_orders);
        _orders.Prepare(_owner.Action, lost);
        client();
        _owner.Close();
        _cluster.Run();
        _owner.Say(0, DoneOutcome.HandedOver);
        _cluster.Run();
        Assert.Equal(1, _orders.Count<RollbackBranch>());
        Assert.True(_owner.Has<RolledBack>());
        Assert.All(_orders.Ends.Concat(files.Ends), e => Assert.False(e.Committed));
    }

    [Fact]
    public void WhatTheOwnerCommittedAloneBeforeARollbackIsDamage()
    {
        _owner.PrepareAt(_orders, _stock);
        _owner.End(0, commit: true);
        _owner.Rollback();
        _owner.End(1, commit: false);
        _cluster.Run();
        Assert.Equal(DamageTaken.Committed, Assert.Single(Assert.Single(Live<LogDamage>()).Damages).Taken);
        AssertIdle();
    }

    [Theory]
    [InlineData(DoneOutcome.RolledBack)]
    [InlineData(DoneOutcome.Mix)]
    [InlineData(DoneOutcome.Hazard)]
    public void DamageThatTheOwnerTellsOfIsOnRecord(DoneOutcome outcome)
    {
        _owner.PrepareAt(_orders, _stock);
        _owner.Close();
        _cluster.Run();
        _owner.End(0, commit: true);
        _owner.Say(1, outcome, "the database says otherwise");
        _cluster.Run();
        Damage damage = Assert.Single(Assert.Single(Live<LogDamage>()).Damages);
        Assert.Contains("stock", damage.Text, StringComparison.Ordinal);
        AssertIdle();
    }

    [Fact]
    public void TransCloseMayBeRepeated()
    {
        _owner.PrepareAt(_orders);
        _owner.Close();
        _cluster.Run();
        _owner.Close();
        _cluster.Run();
        Assert.Equal(2, _owner.Received.OfType<DoneCommit>().Count());
        _owner.EndAll(commit: true);
        _owner.Close();
        _cluster.Run();
        Assert.Equal(3, _owner.Received.OfType<DoneCommit>().Count());
        AssertIdle();
    }

    [Fact]
    public void TransCloseThatCrossedTheRollbackIsAnsweredAtOnce()
    {
        _owner.Enlist(_orders, timeoutMs: 1_000);
        _cluster.Advance(1_500);
        Assert.Equal(0, _owner.Last<RolledBack>().Reference);
        long asked = _owner.Close();
        _cluster.Run();
        Assert.Equal(asked, _owner.Last<RolledBack>().Reference);
    }

    [Fact]
    public void ARollbackThatAnotherAskedForIsToldToTheOwner()
    {
        _owner.PrepareAt(_orders);
        var other = new FakeClient(Tokyo);
        other.Send(new TransRollback(77, _owner.Action));
        _cluster.Run();
        Assert.True(_owner.Has<RolledBack>());
        Assert.True(other.Has<RolledBack>());
    }

    [Fact]
    public void AnAcknowledgedRollbackLeavesNothingBehind()
    {
        _owner.PrepareAt(_orders);
        _owner.Rollback();
        _owner.Acknowledge();
        _cluster.Run();
        _owner.EndAll(commit: false);
        _cluster.Run();
        Assert.Equal(0, Tokyo.Lane.KeptOutcomes);
        AssertIdle();
    }

    [Fact]
    public void ADatabaseIsEnlistedAndNotOpened()
    {
        var client = new FakeClient(Tokyo);
        client.Open(_orders.Name);
        _cluster.Run();
        Assert.NotNull(Assert.Single(client.Last<TransOpenAck>().Places).Refused);
        _owner.Enlist(_stock);
        _owner.Send(new TransOpenSub(9, _owner.Action, null, _stock.Name));
        _cluster.Run();
        Assert.NotNull(_owner.Last<TransOpenSubAck>().Place.Refused);
    }

    [Fact]
    public void AClientMayNotEndWhatIsAServers()
    {
        FakeServer files = Tokyo.Servers[0];
        var client = new FakeClient(Tokyo);
        client.Open(files.Name);
        _cluster.Run();
        _owner.Use(client.Action);
        Begin begun = Assert.Single(files.Orders.OfType<Begin>());
        BranchId second = new(begun.Branch.Initiator, Suffix.OfOctets("x"u8));
        client.Send(new Enlist(client.Action, null, 0, [new ApplicationBranch(_orders.Name, second, "")]));
        _orders.Prepare(client.Action, second);
        client.Send(new Prepared(client.Action, null, [new ApplicationBranch(_orders.Name, second, "")]));
        _cluster.Run();
        files.Silent = order => order is Commit;
        client.Close(answer: CloseAnswer.Decided);
        _cluster.Run();
        files.Crash();
        _cluster.Run();
        _owner.Send(new Done(_orders.Name, client.Action, second, DoneOutcome.RolledBack, ""));
        _orders.End(client.Action, second, commit: true);
        client.Send(new Done(_orders.Name, client.Action, second, DoneOutcome.Committed, ""));
        _owner.Send(new Done(files.Name, client.Action, begun.Branch, DoneOutcome.Committed, ""));
        _cluster.Run();
        Assert.Equal(1, Tokyo.Lane.LiveCount);
        files.Silent = _ => false;
        files.Start();
        _cluster.Run();
        Assert.True(Assert.Single(files.Ends).Committed);
        Assert.Empty(Live<LogDamage>());
        AssertIdle();
    }

    [Fact]
    public void BranchesThatTheSessionChoseAreNotChosenAgain()
    {
        var chosen = new ApplicationBranch(
            _orders.Name, new BranchId(AeTitle.Of(Tokyo.Name), Suffix.OfCounter(Tokyo.Self.Epoch, 1)), "");
        _owner.Enlist(_orders, chosen);
        _owner.Send(new TransOpenSub(9, _owner.Action, null, Tokyo.Servers[0].Name));
        _cluster.Run();
        Assert.NotEqual(chosen.Branch, _owner.Last<TransOpenSubAck>().Place.Begun!.Branch);
    }

    [Fact]
    public void ALeasedActionThatWasNeverEnlistedMayBeClosed()
    {
        _owner.Close();
        _cluster.Run();
        Assert.True(_owner.Has<DoneCommit>());
        _owner.Next();
        _owner.Rollback();
        _cluster.Run();
        Assert.True(_owner.Has<RolledBack>());
        AssertIdle();
    }

    [Fact]
    public void WhatMayStillBeOpenedIsNotSaidToBeRolledBack()
    {
        var other = new FakeClient(Tokyo);
        other.Ask(_owner.Action);
        _cluster.Run();
        Assert.Equal(Outcome.Active, other.Last<OutcomeIs>().Outcome);
        _owner.PrepareAt(_orders);
        _owner.Close();
        _cluster.Run();
        other.Ask(_owner.Action);
        _cluster.Run();
        Assert.Equal(Outcome.Committed, other.Last<OutcomeIs>().Outcome);
    }

    [Fact]
    public void DecidedAndAcknowledgedEarlyTheEndIsForgottenAtOnce()
    {
        _owner.PrepareAt(_orders, _stock);
        _owner.Close();
        _cluster.Run();
        _owner.Acknowledge();
        _owner.EndAll(commit: true);
        _cluster.Run();
        Tokyo.Force();
        Assert.Empty(Live());
        Assert.Equal(0, Tokyo.Lane.KeptOutcomes);
    }

    private Action OpenWithFiles()
    {
        _owner.Send(new TransOpenSub(9, _owner.Action, null, Tokyo.Servers[0].Name));
        _cluster.Run();
        return static () => { };
    }

    private List<LogContent> Live()
    {
        var live = new LiveRecords();
        foreach (LogContent record in Tokyo.Durable)
        {
            live.Apply(record);
        }

        return live.Snapshot();
    }

    private IEnumerable<T> Live<T>() => Live().OfType<T>();

    private void AssertIdle() => CommitTests.AssertIdle(_cluster);
}
