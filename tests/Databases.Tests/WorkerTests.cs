using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ccr.Resources.Databases.Tests;

/// <summary>How orders are served, with a database of which every answer is the test's.</summary>
public sealed class WorkerTests : IAsyncLifetime
{
    private static readonly ManagerIdentity Self = new(NodeName.Parse("tokyo"), new LogIdentity(new UInt128(7, 9)), 3);

    private readonly string _folder = Directory.CreateTempSubdirectory("ccr-w").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly OrderTable _orders = new();
    private readonly FakeDatabase _database = new();
    private readonly FakeLink _link = new();
    private DatabaseRegistry _registry = null!;
    private RecoveryWorker _worker = null!;
    private Task _running = Task.CompletedTask;

    public Task InitializeAsync()
    {
        _registry = DatabaseRegistry.Open(Path.Combine(_folder, "databases.json"));
        _worker = Worker(new QuickTime());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task NothingIsReportedBeforeTheFirstScanAndAllOfItAfter()
    {
        _database.IsDown = true;
        _database.Prepare(
            Name(1).ToGid(), Other(2).ToGid(), "00000000-0000-0000-0000-000000000000/77",
            (Name(3) with { Manager = Self with { Node = NodeName.Parse("osaka") } }).ToGid());
        Start();
        await Until.TrueAsync(() => _worker.Unreachable is not null, "it was tried");
        Assert.Empty(_link.Reports);
        _database.IsDown = false;
        await Until.TrueAsync(() => _link.Reports.Count > 0, "it is reported");
        Found found = _link.Reports[0];
        Assert.True(found.Last);
        Assert.Equal(
            [(Name(1).Action, Self), (Other(2).Action, Other(2).Manager)],
            found.Branches.Select(one => (one.Action, one.Promised)));
        Assert.Null(_worker.Unreachable);
    }

    [Fact]
    public async Task OneScanServesManyOrders()
    {
        XaName[] names = [.. Enumerable.Range(1, 500).Select(n => Name(n))];
        _database.Prepare([.. names.Select(n => n.ToGid())]);
        foreach (XaName name in names)
        {
            Order(name, commits: true, "pid=4711;xid=1");
        }

        Start();
        await AnsweredAsync(names.Length);
        Assert.All(_link.Answers, one => Assert.Equal(DoneOutcome.Committed, one.Outcome));
        Assert.InRange(_database.Scans, 1, 3);
    }

    [Fact]
    public async Task AStreamOfOrdersMakesNoStreamOfScans()
    {
        HandTime time = new();
        _worker = Worker(time);
        Start();
        await Until.TrueAsync(() => time.Waits > 0 && _link.Reports.Count > 0, "it is reported");
        foreach (int first in new[] { 1, 11, 21 })
        {
            (int scans, int waits) = (_database.Scans, time.Waits);
            foreach (int number in Enumerable.Range(first, 10))
            {
                Order(Name(number), commits: true, "");
            }

            await Until.TrueAsync(() => time.Waits > waits, "the worker looked, and waits again");
            Assert.Equal((scans, first - 1), (_database.Scans, _link.Answers.Count));
            time.Advance(DatabaseLimits.OrdersGapMs);
            await AnsweredAsync(first + 9);
            Assert.Equal(scans + 1, _database.Scans);
        }
    }

    [Fact]
    public async Task AScanThatSomebodyAskedForServesTheOrdersToo()
    {
        HandTime time = new();
        _worker = Worker(time);
        Start();
        await Until.TrueAsync(() => time.Waits > 0 && _link.Reports.Count > 0, "it is reported");
        Order(Name(1), commits: true, "");
        Assert.Null(await _worker.ScanNowAsync(_stop.Token));
        await AnsweredAsync(1);
        Assert.Equal(2, _database.Scans);
    }

    [Fact]
    public async Task WhatTheLastScanShowedIsEndedWithoutWaitingForAnother()
    {
        _worker = Worker(new HandTime());
        _database.Prepare(Name(1).ToGid());
        Start();
        await Until.TrueAsync(() => _link.Reports.Count > 0, "it is reported");
        Order(Name(1), commits: true, "pid=4711;xid=815");
        await AnsweredAsync(1);
        Assert.Equal([$"commit {Name(1).ToGid()}"], _database.Ended);
    }

    [Fact]
    public async Task OrdersThatComeWhileOthersAreEndedNeedNoOtherScan()
    {
        _worker = Worker(new HandTime());
        XaName[] names = [.. Enumerable.Range(1, 100).Select(n => Name(n))];
        _database.Prepare([.. names.Select(n => n.ToGid())]);
        int next = 1;
        _database.BeforeEnd = () =>
        {
            int number = Interlocked.Increment(ref next);
            if (number <= names.Length)
            {
                Order(names[number - 1], commits: true, "pid=4711;xid=1");
            }
        };
        Start();
        await Until.TrueAsync(() => _link.Reports.Count > 0, "it is reported");
        Order(names[0], commits: true, "pid=4711;xid=1");
        await AnsweredAsync(names.Length);
        Assert.Equal(1, _database.Scans);
    }

    [Fact]
    public async Task TheFatesOfManyAbsentBranchesAreOneQuestion()
    {
        _database.FateOfAll = TransactionFate.Committed;
        foreach (int number in Enumerable.Range(1, 50))
        {
            Order(Name(number), commits: true, number % 2 == 0 ? $"pid=4711;xid={number}" : "");
        }

        Start();
        await AnsweredAsync(50);
        Assert.Equal([.. Enumerable.Range(1, 25).Select(n => 2ul * (ulong)n)], Assert.Single(_database.Settled));
        Assert.All(_link.Answers, one => Assert.Equal((DoneOutcome.Committed, ""), (one.Outcome, one.Text)));
    }

    [Fact]
    public async Task ANumberThatWasNeverGivenIsAHazard()
    {
        _database.FateOfAll = TransactionFate.NeverGiven;
        Order(Name(1), commits: true, "pid=4711;xid=815");
        Order(Name(2), commits: false, "pid=4711;xid=816");
        Start();
        await AnsweredAsync(2);
        Assert.Equal(DoneOutcome.Hazard, _link.Answers[0].Outcome);
        Assert.Contains("older copy", _link.Answers[0].Text, StringComparison.Ordinal);
        Assert.Equal(DoneOutcome.RolledBack, _link.Answers[1].Outcome);
    }

    [Fact]
    public async Task AnOrderStaysWhileTheDatabaseIsDown()
    {
        _database.Prepare(Name(1).ToGid());
        Start();
        await Until.TrueAsync(() => _link.Reports.Count > 0, "it is reported");
        _database.IsDown = true;
        Order(Name(1), commits: true, "pid=4711;xid=1");
        await Until.TrueAsync(() => _worker.Unreachable is not null, "it was tried");
        Assert.Empty(_link.Answers);
        _database.IsDown = false;
        await AnsweredAsync(1);
        Assert.Equal([$"commit {Name(1).ToGid()}"], _database.Ended);
    }

    [Fact]
    public async Task AnAbsentBranchIsSettledByItsTransactionsNumber()
    {
        _database.FateOfAll = TransactionFate.RolledBack;
        Order(Name(1), commits: true, "pid=4711;xid=815");
        Start();
        await AnsweredAsync(1);
        Assert.Equal(DoneOutcome.RolledBack, _link.Answers[0].Outcome);
        Assert.Contains("administrator", _link.Answers[0].Text, StringComparison.Ordinal);

        _database.FateOfAll = TransactionFate.Unknown;
        Order(Name(2), commits: true, "pid=4711;xid=816");
        await AnsweredAsync(2);
        Assert.Equal((DoneOutcome.Committed, ""), (_link.Answers[1].Outcome, _link.Answers[1].Text));
    }

    [Fact]
    public async Task RollbackOfAnAbsentBranchWaitsUntilItsOwnersTransactionIsOver()
    {
        int looks = 0;
        _database.Backend = pid => ++looks < 5 ? BackendState.InTransaction : BackendState.Idle;
        Order(Name(1), commits: false, "pid=4711");
        Start();
        await AnsweredAsync(1);
        Assert.Equal(5, looks);
        Assert.Equal(DoneOutcome.RolledBack, _link.Answers[0].Outcome);
    }

    [Fact]
    public async Task APrepareBetweenTheLookAtItsOwnerAndTheScanIsFound()
    {
        bool isPrepared = false;
        _database.Backend = pid =>
        {
            if (!isPrepared)
            {
                isPrepared = true;
                _database.Prepare(Name(1).ToGid());
            }

            return BackendState.Idle;
        };
        Order(Name(1), commits: false, "pid=4711");
        Start();
        await AnsweredAsync(1);
        Assert.Equal([$"rollback {Name(1).ToGid()}"], _database.Ended);
    }

    [Fact]
    public async Task WhereOwnersHoldTheirBranchesTheOwnerIsEndedFirst()
    {
        _database.EndsOwnersFirst = true;
        _database.IsOwnerConnected = true;
        _database.Prepare(Name(1).ToGid());
        Order(Name(1), commits: true, "pid=4711;xid=0");
        Start();
        await AnsweredAsync(1);
        Assert.Equal(["kill 4711", $"commit {Name(1).ToGid()}"], _database.Ended);
        Assert.Equal(DoneOutcome.Committed, _link.Answers[0].Outcome);
    }

    [Fact]
    public async Task WhatAnOperatorDecidedAgainstTheOrderIsDoneAndAnsweredAsDamage()
    {
        XaName name = Name(1);
        _database.Prepare(name.ToGid());
        _registry.Note(new HandDecision(
            "tokyo.fake", name.ToGid(), name.Action.ToString(), name.Branch.ToString(), false, "anna", 0));
        Order(name, commits: true, "pid=4711;xid=815");
        Start();
        await AnsweredAsync(1);
        Assert.Equal([$"rollback {name.ToGid()}"], _database.Ended);
        Assert.Equal(DoneOutcome.RolledBack, _link.Answers[0].Outcome);
        Assert.Contains("anna", _link.Answers[0].Text, StringComparison.Ordinal);
        Assert.Single(DatabaseRegistry.Open(Path.Combine(_folder, "databases.json")).ByHand); // until it is noted
    }

    [Fact]
    public async Task ADriversNamesAreAllEndedBeforeTheirBranchIsDone()
    {
        AtomicActionId action = Name(1).Action;
        Guid guid = AssistedName.For(Self, action);
        BranchId branch = Claim.AssistedAt(Self.Node, "tokyo.fake");
        _database.Prepare($"{guid}/1", $"{guid}/2");
        Start();
        await Until.TrueAsync(() => _link.Reports.Count > 0, "it is reported");
        Assert.Single(_link.Reports[0].Branches);
        _database.Prepare($"{guid}/3"); // after the scan that the order would be served from
        _orders.Add(_link, new Commit("tokyo.fake", action, branch, ""), "");
        _worker.Wake();
        await AnsweredAsync(1);
        Assert.Equal(0, _database.Count);
        Assert.Equal(3, _database.Ended.Count);
    }

    private RecoveryWorker Worker(TimeProvider time) => new(
        "tokyo.fake", _database, _orders, new WorkerParts(
            Self, _registry, new DatabasesOptions { ScanIntervalMs = int.MaxValue / 2 }, time, NullLogger.Instance));

    private static XaName Name(int number) => new(
        new AtomicActionId(AeTitle.Of(Self.Node), Suffix.OfCounter(3, (ulong)number)),
        new BranchId(AeTitle.Of(Self.Node), Suffix.OfInteger(1)), Self);

    private static XaName Other(int number) =>
        Name(number) with { Manager = Self with { Log = new LogIdentity(new UInt128(1, 1)) } };

    private void Order(XaName name, bool commits, string note)
    {
        BranchMessage order = commits
            ? new Commit("tokyo.fake", name.Action, name.Branch, note)
            : new RollbackBranch("tokyo.fake", name.Action, name.Branch, note);
        _orders.Add(_link, order, note);
        _worker.Wake();
    }

    private void Start()
    {
        _worker.LinkIs(_link);
        _running = Task.Run(() => _worker.RunAsync(_stop.Token));
    }

    private Task AnsweredAsync(int count) =>
        Until.TrueAsync(() => _link.Answers.Count >= count, $"{count} orders are answered");
}
