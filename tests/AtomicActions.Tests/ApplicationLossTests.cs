using Ccr.AtomicActions.Contract;
using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests;

/// <summary>
/// Owners, managers and databases that are lost, at every moment: the database's Server ends it (SEM-9).
/// </summary>
public sealed partial class ApplicationLossTests
{
    private static readonly string[] Steps =
        ["enlist", "prepare first", "prepare second", "say prepared", "close", "commit first", "commit second",
        "acknowledge"];

    private readonly Cluster _cluster = new(null, "tokyo");
    private readonly FakeDatabase _orders;
    private readonly FakeDatabase _stock;
    private FakeOwner _owner;

    public ApplicationLossTests()
    {
        _orders = Tokyo.AddDatabase("orders");
        _stock = Tokyo.AddDatabase("stock");
        _owner = new FakeOwner(_cluster, Tokyo);
        _cluster.Run();
    }

    public static TheoryData<int> EveryStep => [.. Enumerable.Range(0, Steps.Length + 1)];

    private Node Tokyo => _cluster["tokyo"];

    [Theory]
    [MemberData(nameof(EveryStep))]
    public void AnOwnerThatDiesBehindAnyStepLeavesNothing(int steps)
    {
        Take(steps);
        _owner.Leave();
        _cluster.Run();
        LatePrepares(steps);
        Rest();
        AssertAgreed(committed: steps > 4);
    }

    [Theory]
    [MemberData(nameof(EveryStep))]
    public void AnOwnerThatDiesWhileItsDatabasesServerIsAwayLeavesNothing(int steps)
    {
        Take(steps);
        _stock.Stop();
        _owner.Leave();
        _cluster.Run();
        LatePrepares(steps);
        _stock.Start();
        Rest();
        AssertAgreed(committed: steps > 4);
    }

    [Theory]
    [MemberData(nameof(EveryStep))]
    public void ADatabasesServerThatGoesBehindAnyStepAndComesBackDisturbsNothing(int steps)
    {
        for (int i = 0; i < Steps.Length; i++)
        {
            Step(i);
            _cluster.Run();
            if (i == steps)
            {
                _orders.Stop();
                _cluster.Run();
                _orders.Start();
                _cluster.Run();
            }
        }

        Rest();
        Assert.Empty(_orders.Orders);
        AssertAgreed(committed: true);
    }

    [Theory]
    [MemberData(nameof(EveryStep))]
    public void AManagerThatIsKilledBeforeAnyOutputKeepsWhatItSaid(int steps)
    {
        for (int output = 0; output < 40; output++)
        {
            var run = new ApplicationLossTests();
            run.KilledBefore(output, steps);
        }
    }

    [Theory]
    [MemberData(nameof(EveryStep))]
    public void ScansAtAnyMomentDisturbNothing(int steps)
    {
        for (int i = 0; i < Steps.Length; i++)
        {
            IReadOnlyList<FoundBranch> before = _orders.Look();
            Step(i);
            _cluster.Run();
            if (i == steps)
            {
                _orders.Scan();
                _orders.Report(before);
                _cluster.Run();
                Assert.DoesNotContain(_orders.Orders, o => o is RollbackBranch && _orders.Prepared.Count > 0);
            }
        }

        Rest();
        AssertAgreed(committed: true);
    }

    [Fact]
    public void AnOwnerThatStoodStillPastTheDeadlineHasItsBranchesRolledBackWithoutIt()
    {
        _owner.Enlist(_orders, timeoutMs: 1_000);
        _owner.Enlist(_stock);
        _orders.Prepare(_owner.Action, _owner.Branches[0].Branch.Branch);
        _cluster.Advance(60_000);
        Assert.Equal(0, Tokyo.Lane.LiveCount);
        Assert.Equal(["pid=4711"], _orders.Orders.OfType<RollbackBranch>().Select(o => o.Note).Distinct());
        Assert.False(Assert.Single(_orders.Ends).Committed);

        // It goes on: its PREPARE arrives now, and then its question.
        _stock.Prepare(_owner.Action, _owner.Branches[1].Branch.Branch);
        _owner.SayPrepared();
        _owner.Close();
        Rest();
        Assert.True(_owner.Has<RolledBack>());
        Assert.False(_owner.Has<DoneCommit>());
        AssertAgreed(committed: false);
    }

    [Fact]
    public void AnOwnerThatStandsStillAfterTheDecisionIsTakenOverAndNotHeardAnyMore()
    {
        Take(5);
        _owner.End(0, commit: true);
        _cluster.Advance(14_999);
        Assert.Equal(0, _stock.Count<Commit>());
        _cluster.Advance(1);
        Assert.Equal(1, _stock.Count<Commit>());
        Assert.Equal(0, _orders.Count<Commit>());

        // It goes on, finds its branch gone, and says so: nobody takes that for damage.
        _owner.Say(1, DoneOutcome.Hazard);
        Rest();
        AssertAgreed(committed: true);
    }

    [Fact]
    public void AnOrderThatWasNotCarriedOutIsRepeatedWithEveryScan()
    {
        Take(5);
        _stock.Silent = _ => true;
        _owner.Leave();
        _cluster.Run();
        _stock.Scan();
        _stock.Scan();
        _cluster.Run();
        Assert.Equal(3, _stock.Count<Commit>());
        Assert.Equal(1, Tokyo.Lane.LiveCount);
        _stock.Silent = _ => false;
        Rest();
        AssertAgreed(committed: true);
    }

    [Fact]
    public void WhatIsHandedOverIsFinishedByTheDatabasesServer()
    {
        Take(5);
        _owner.End(0, commit: true);
        _owner.Say(1, DoneOutcome.HandedOver);
        _cluster.Run();
        Assert.Equal(["pid=4711;xid=815"], _stock.Orders.OfType<Commit>().Select(o => o.Note));
        AssertAgreed(committed: true);
    }

    [Fact]
    public void ADatabasesServerCannotHandOver()
    {
        Take(5);
        _stock.CommitAnswer = DoneOutcome.HandedOver;
        _owner.End(0, commit: true);
        _owner.Leave();
        _cluster.Run();
        Assert.Equal(1, _stock.Count<Commit>());
        Assert.Contains(Tokyo.Durable, r => r is LogDamage);
    }

    [Fact]
    public void ADriversWordThatItIsCommittedDoesNotOutweighAScanThatShowsIt()
    {
        Take(5);
        _owner.Say(0, DoneOutcome.Committed);
        _cluster.Run();
        _orders.Silent = _ => true;
        _orders.Scan();
        _owner.End(1, commit: true);
        _cluster.Run();
        Assert.Equal(1, Tokyo.Lane.LiveCount);
        _orders.Silent = _ => false;
        _owner.Leave();
        Rest();
        AssertAgreed(committed: true);
    }

    [Fact]
    public void WhoAcknowledgesBeforeItsBranchesAreEndedAndDiesIsTakenOver()
    {
        Take(5);
        _owner.Acknowledge();
        _owner.End(0, commit: true);
        _cluster.Run();
        _owner.Leave();
        _cluster.Run();
        Assert.Equal(1, _stock.Count<Commit>());
        AssertAgreed(committed: true);
        Assert.Equal(0, Tokyo.Lane.KeptOutcomes);
    }

    [Fact]
    public void AScanBeforeTheEnlistOfALeasedActionLeavesItAlone()
    {
        var branch = new ApplicationBranch(_orders.Name, new BranchId(AeTitle.Of(Tokyo.Name), Suffix.OfInteger(5)), "");
        _orders.Prepare(_owner.Action, branch.Branch);
        _orders.Scan();
        _cluster.Run();
        Assert.Empty(_orders.Orders);
        _owner.Enlist(_orders, branch);
        _orders.Scan();
        _owner.SayPrepared();
        _orders.Scan();
        _cluster.Run();
        Assert.Empty(_orders.Orders);
        _owner.Leave();
        _cluster.Run();
        AssertAgreed(committed: false);
    }

    [Fact]
    public void WhatWasPreparedUnderALeaseThatEndedIsRolledBack()
    {
        var branch = new BranchId(AeTitle.Of(Tokyo.Name), Suffix.OfInteger(5));
        _orders.Prepare(_owner.Action, branch);
        _owner.Leave();
        Rest();
        AssertAgreed(committed: false);
    }

    [Fact]
    public void AnIdentifierThatWasGivenUpIsNotLive()
    {
        var branch = new BranchId(AeTitle.Of(Tokyo.Name), Suffix.OfInteger(5));
        AtomicActionId old = _owner.Action;
        _orders.Prepare(old, branch);
        Assert.True(old.Suffix.TryGetCounter(out _, out ulong counter));
        _owner.Lease(8, lowest: (long)counter + 8);
        Rest();
        AssertAgreed(committed: false);
    }

    [Fact]
    public void ALeaseOfOursDoesNotKeepWhatBelongsToAnotherNodesAction()
    {
        // The same epoch and counter, another owner.
        var foreign = new AtomicActionId(AeTitle.Of(NodeName.Parse("osaka")), _owner.Action.Suffix);
        _orders.Prepare(foreign, new BranchId(AeTitle.Of(Tokyo.Name), Suffix.OfInteger(5)));
        Rest();
        AssertAgreed(committed: false);
    }

    [Fact]
    public void AnEnlistThatIsRefusedUsesItsIdentifierUp()
    {
        Tokyo.Input(new Admission(new Refusal(RefusalCode.Stopping, "The node stops.")));
        BranchId branch = _owner.Enlist(_orders);
        _cluster.Run();
        Assert.Equal(RefusalCode.Stopping, _owner.Last<RolledBack>().Refusal.Code);
        _orders.Prepare(_owner.Action, branch);
        Tokyo.Input(new Admission(null));
        Rest();
        AssertAgreed(committed: false);
    }

    [Fact]
    public void NotesAreKeptByARestartAndByACheckpoint()
    {
        Take(5);
        var live = new LiveRecords();
        Tokyo.Durable.ToList().ForEach(r => live.Apply(r));
        var after = new LiveRecords();
        foreach (LogContent record in live.Snapshot())
        {
            after.Apply(Again(record));
        }

        LogCommit kept = Assert.IsType<LogCommit>(Assert.Single(after.Snapshot()));
        Assert.All(kept.Servers, s => Assert.Equal("pid=4711;xid=815", s.Note));
        Tokyo.Crash();
        Tokyo.Start();
        _cluster.Run();
        Assert.Equal(["pid=4711;xid=815"], _orders.Orders.OfType<Commit>().Select(o => o.Note));
        AssertAgreed(committed: true);
    }

    [Fact]
    public void AnEmptyNoteIsStillTheNoteOfAnApplicationBranch()
    {
        BranchId branch = _owner.Enlist(_orders, note: "");
        _owner.PrepareAll();
        _owner.Send(new Prepared(_owner.Action, null, [new ApplicationBranch(_orders.Name, branch, "")]));
        _owner.Close();
        _cluster.Run();
        Tokyo.Crash();
        Tokyo.Start();
        _cluster.Run();
        Assert.Equal([""], _orders.Orders.OfType<Commit>().Select(o => o.Note));
        AssertAgreed(committed: true);
    }

    private static LogContent Again(LogContent record)
    {
        var writer = new Protocol.Ber.BerWriter();
        new LogRecord(default, 1, record).Write(writer);
        return LogRecord.Decode(writer.Written, default(LogIdentity), out _)!.Content;
    }

    private void Take(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            Step(i);
            _cluster.Run();
        }
    }

    private void Step(int step)
    {
        AtomicActionId action = _owner.Action;
        switch (Steps[step])
        {
            case "enlist":
                _owner.Enlist(_orders);
                _owner.Enlist(_stock);
                break;
            case "prepare first":
                _orders.Prepare(action, _owner.Branches[0].Branch.Branch);
                break;
            case "prepare second":
                _stock.Prepare(action, _owner.Branches[1].Branch.Branch);
                break;
            case "say prepared":
                _owner.SayPrepared();
                break;
            case "close":
                _owner.Close();
                break;
            case "commit first":
                _owner.End(0, commit: true);
                break;
            case "commit second":
                _owner.End(1, commit: true);
                break;
            default:
                _owner.Acknowledge();
                break;
        }
    }

    // Its PREPAREs were on their way when it died.
    private void LatePrepares(int steps)
    {
        for (int i = Math.Max(steps, 1); i < 3 && steps > 0; i++)
        {
            Step(i);
        }
    }

    private void KilledBefore(int output, int steps)
    {
        int left = output;
        _cluster.CrashBefore = (_, _) => left-- == 0;
        for (int i = 0; i < steps && Tokyo.IsUp; i++)
        {
            bool waits = i == 5 && !_owner.Has<DoneCommit>();
            if (waits)
            {
                break;
            }

            Step(i);
            _cluster.Run();
        }

        bool told = _owner.Has<DoneCommit>();
        bool undone = _owner.Has<RolledBack>();
        _cluster.CrashBefore = (_, _) => false;
        if (Tokyo.IsUp)
        {
            Tokyo.Crash();
        }

        Tokyo.Start();
        Rest();
        AtomicActionId action = _owner.Action;
        Assert.Empty(_orders.Prepared.Concat(_stock.Prepared));
        bool[] ends = [.. _orders.Ends.Concat(_stock.Ends).Select(e => e.Committed).Distinct()];
        Assert.True(ends.Length <= 1, "mixed");
        Assert.False(told && ends is [false], "told committed, and rolled back");
        Assert.False(undone && ends is [true], "told rolled back, and committed");
        _owner = new FakeOwner(_cluster, Tokyo);
        _owner.Ask(action);
        _cluster.Run();
        Outcome known = _owner.Last<OutcomeIs>().Outcome;
        Assert.True(known != Outcome.RolledBack || ends is not [true] || steps == Steps.Length, "forgotten too early");
        Assert.True(known != Outcome.Committed || ends is not [false]);
        CommitTests.AssertIdle(_cluster);
    }

    // Scans go on, and time passes.
    private void Rest()
    {
        for (int i = 0; i < 3; i++)
        {
            foreach (FakeDatabase database in Tokyo.Databases.Where(d => d.IsUp))
            {
                database.Scan();
            }

            _cluster.Advance(90_000);
        }
    }

    private void AssertAgreed(bool committed)
    {
        Assert.Empty(_orders.Prepared);
        Assert.Empty(_stock.Prepared);
        Assert.All(_orders.Ends.Concat(_stock.Ends), e => Assert.Equal(committed, e.Committed));
        Assert.DoesNotContain(Tokyo.Durable, r => r is LogDamage);
        CommitTests.AssertIdle(_cluster);
    }
}
