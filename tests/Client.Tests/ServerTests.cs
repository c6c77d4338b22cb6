using System.Collections.Concurrent;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client.Tests;

public sealed class ServerTests
{
    private const string Name = "tokyo.counter";
    private static readonly AtomicActionId Action = Names.Action(1);
    private static readonly BranchId One = Names.Branch(1);
    private static readonly BranchId Two = Names.Branch(2);

    private readonly FakeResource _resource = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_branch_is_begun_prepared_and_committed(bool inline)
    {
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager, runsInline: inline);
        FakeSession session = await RegisteredAsync(manager);
        session.Say(new Begin(Name, Action, One));
        await session.ExpectAsync<Begun>();
        session.Say(new Prepare(Name, Action, One));
        await session.ExpectAsync<Ready>();
        session.Say(new Commit(Name, Action, One));
        Done done = await session.ExpectAsync<Done>();
        Assert.Equal((DoneOutcome.Committed, "", One), (done.Outcome, done.Text, done.Branch));
        Assert.Equal(manager.Identity, server.Manager);
        await CallsAsync("Begin 1", "Prepare 1", "Commit 1");
    }

    [Fact]
    public async Task Branches_do_not_wait_for_one_another_but_orders_of_one_branch_do()
    {
        TaskCompletionSource<BranchVote> slow = new();
        _resource.OnPrepare = b => b.Branch.Equals(One) ? new(slow.Task) : new(BranchVote.NoChange);
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager);
        await BeginAsync(session, One, Two);
        session.Say(new Prepare(Name, Action, One));
        session.Say(new RollbackBranch(Name, Action, One));
        session.Say(new Prepare(Name, Action, Two));
        Assert.Equal(Two, (await session.ExpectAsync<NoChange>()).Branch);
        slow.SetResult(BranchVote.Ready);
        await session.ExpectAsync<Ready>();
        Assert.Equal(DoneOutcome.RolledBack, (await session.ExpectAsync<Done>()).Outcome);
    }

    [Fact]
    public async Task A_no_is_told_with_its_reason_and_an_exception_is_a_no_after_rollback()
    {
        _resource.OnBegin = b => new(b.Branch.Equals(One) ? Names.Refusal(RefusalCode.Limit) : null);
        _resource.OnPrepare = b => b.Branch.Equals(Two)
            ? new(BranchVote.Refuse("not enough money in a07"))
            : throw new IOException("the disk is full");
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager);
        session.Say(new Begin(Name, Action, One));
        Assert.Equal(RefusalCode.Limit, (await session.ExpectAsync<BranchRefused>()).Refusal.Code);

        BranchId three = Names.Branch(3);
        await BeginAsync(session, Two, three);
        session.Say(new Prepare(Name, Action, Two));
        Assert.Equal("not enough money in a07", (await session.ExpectAsync<BranchRefused>()).Refusal.Text);
        session.Say(new Prepare(Name, Action, three));
        BranchRefused full = await session.ExpectAsync<BranchRefused>();
        Assert.Equal((RefusalCode.Resource, "the disk is full"), (full.Refusal.Code, full.Refusal.Text));
        await CallsAsync("Begin 1", "Begin 2", "Begin 3", "Prepare 2", "Prepare 3", "Rollback 3");
    }

    [Fact]
    public async Task What_was_never_begun_is_never_prepared_nor_committed_in_one_phase()
    {
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager);
        session.Say(new Prepare(Name, Action, One));
        Assert.Equal(RefusalCode.NotBegun, (await session.ExpectAsync<BranchRefused>()).Refusal.Code);
        session.Say(new CommitOnePhase(Name, Action, One));
        Assert.Equal(RefusalCode.NotBegun, (await session.ExpectAsync<BranchRefused>()).Refusal.Code);
        await BeginAsync(session, Two);
        session.Say(new Commit(Name, Action, Two)); // without Ready
        Assert.Equal(RefusalCode.WrongState, (await session.ExpectAsync<BranchRefused>()).Refusal.Code);
        await CallsAsync("Begin 2");
    }

    [Fact]
    public async Task A_repeated_order_gets_the_same_answer()
    {
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager);
        await BeginAsync(session, One);
        await BeginAsync(session, One);
        for (int i = 0; i < 2; i++)
        {
            session.Say(new Prepare(Name, Action, One));
            await session.ExpectAsync<Ready>();
        }

        for (int i = 0; i < 2; i++)
        {
            session.Say(new Commit(Name, Action, One));
            Assert.Equal(DoneOutcome.Committed, (await session.ExpectAsync<Done>()).Outcome);
        }

        await CallsAsync("Begin 1", "Prepare 1", "Commit 1", "Commit 1");
    }

    [Fact]
    public async Task A_commit_that_fails_is_repeated_until_it_is_done()
    {
        int tried = 0;
        _resource.OnCommit = _ => ++tried < 3
            ? throw new IOException("not now")
            : new(BranchEnd.Mix("a07 was changed"));
        ManualTime time = new();
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager, time: time);
        FakeSession session = await RegisteredAsync(manager);
        await ReadyAsync(session, One);
        session.Say(new Commit(Name, Action, One));
        await time.PassAsync(ClientLimits.PauseMin);
        await time.PassAsync(ClientLimits.PauseMin * 2);
        Done done = await session.ExpectAsync<Done>();
        Assert.Equal((DoneOutcome.Mix, "a07 was changed", 3), (done.Outcome, done.Text, tried));
    }

    [Fact]
    public async Task When_the_session_breaks_what_is_not_ready_is_rolled_back_and_what_is_ready_is_told_again()
    {
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager);
        await BeginAsync(session, One);
        await ReadyAsync(session, Two);
        _resource.Kept.Add(new FoundBranch(Action, Two, manager.Identity, FoundState.Ready));
        session.Close();

        FakeSession again = await RegisteredAsync(manager, Two);
        await CallsAsync("Begin 1", "Begin 2", "Prepare 2", "Rollback 1");
        again.Say(new NotMine(Name, Action, Two));
        again.Say(new Prepare(Name, Action, One));
        Assert.Equal(RefusalCode.NotBegun, (await again.ExpectAsync<BranchRefused>()).Refusal.Code);
        again.Say(new Commit(Name, Action, Two));
        Assert.Equal(DoneOutcome.Committed, (await again.ExpectAsync<Done>()).Outcome);
    }

    [Fact]
    public async Task A_branch_whose_Ready_could_not_be_said_is_rolled_back()
    {
        TaskCompletionSource<BranchVote> slow = new();
        _resource.OnPrepare = _ => new(slow.Task);
        await using FakeManager manager = new();
        TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CcrServer server = Start(manager, log: _ => lost.TrySetResult());
        FakeSession session = await RegisteredAsync(manager);
        await BeginAsync(session, One);
        session.Say(new Prepare(Name, Action, One));
        await CallsAsync("Begin 1", "Prepare 1");
        session.Close();
        await lost.Task.WaitAsync(FakeManager.Patience);
        slow.SetResult(BranchVote.Ready);
        await CallsAsync("Rollback 1");
        await RegisteredAsync(manager);
    }

    [Fact]
    public async Task A_restarted_Server_tells_what_it_found_in_parts_and_obeys_for_it()
    {
        for (int i = 1; i <= ClientLimits.FoundPart + 1; i++)
        {
            ManagerIdentity promised = Names.Manager("tokyo", log: 1, epoch: 2);
            _resource.Kept.Add(new FoundBranch(Action, Names.Branch(i), promised, FoundState.Ready));
        }

        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await manager.AcceptAsync();
        Register register = await session.ExpectAsync<Register>();
        Assert.Equal((Name, "counter", 5L), (register.Server, register.Kind, register.Incarnation));
        session.Say(new Registered(register.Reference, manager.Identity));
        Found first = await session.ExpectAsync<Found>();
        Assert.Equal((ClientLimits.FoundPart, false), (first.Branches.Count, first.Last));
        Found last = await session.ExpectAsync<Found>();
        Assert.Equal((1, true), (last.Branches.Count, last.Last));
        session.Say(new RollbackBranch(Name, Action, One));
        Assert.Equal(DoneOutcome.RolledBack, (await session.ExpectAsync<Done>()).Outcome);
        await CallsAsync("Rollback 1");
    }

    [Theory]
    [InlineData("osaka", 1u, 3u)] // another node's manager
    [InlineData("tokyo", 2u, 3u)] // another log
    [InlineData("tokyo", 1u, 4u)] // a later start: ours was restored from an older copy
    public async Task A_manager_that_was_not_promised_the_branch_cannot_end_it(string node, uint log, uint epoch)
    {
        _resource.Kept.Add(new FoundBranch(Action, One, Names.Manager(node, log, epoch), FoundState.Ready));
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager, One);
        session.Say(new RollbackBranch(Name, Action, One));
        Assert.Equal(RefusalCode.NotMine, (await session.ExpectAsync<BranchRefused>()).Refusal.Code);
        session.Say(new Commit(Name, Action, One));
        Assert.Equal(RefusalCode.NotMine, (await session.ExpectAsync<BranchRefused>()).Refusal.Code);
        await BeginAsync(session, Two); // others go on
        await CallsAsync("Begin 2");
    }

    [Theory]
    [InlineData(2u, 3u)]
    [InlineData(1u, 2u)]
    public async Task Another_log_or_a_lower_epoch_of_the_same_node_is_refused(uint log, uint epoch)
    {
        List<ManagerIdentity> seen = [];
        await using FakeManager manager = new();
        ManagerIdentity good = manager.Identity;
        TaskCompletionSource<string> refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CcrServer server = CcrServer.Start(
            Options(manager) with
            {
                OnManagerSeen = seen.Add,
                Log = line => _ = line.Contains("has served", StringComparison.Ordinal) && refused.TrySetResult(line),
            },
            _resource);
        FakeSession session = await RegisteredAsync(manager);
        manager.Identity = Names.Manager("tokyo", log, epoch);
        session.Close();
        FakeSession stale = await manager.AcceptAsync();
        await stale.ExpectEndAsync();
        Assert.Contains("node reset", await refused.Task.WaitAsync(FakeManager.Patience), StringComparison.Ordinal);
        manager.Identity = good with { Epoch = 9 };
        FakeSession right;
        do
        {
            right = await manager.AcceptAsync(); // attempts that met the stale manager end at once
        }
        while (!await right.Received.Reader.WaitToReadAsync());

        await right.ExpectAsync<Register>();
        Assert.Equal([good, manager.Identity], seen);
    }

    [Fact]
    public async Task An_outcome_of_one_phase_is_kept_until_it_may_be_forgotten()
    {
        _resource.OnOnePhase = b => new(b.Branch.Equals(One)
            ? BranchEnd.Committed
            : new BranchEnd(DoneOutcome.RolledBack, "not enough money"));
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager);
        await BeginAsync(session, One, Two);
        for (int i = 0; i < 2; i++)
        {
            session.Say(new CommitOnePhase(Name, Action, One));
            Assert.Equal(DoneOutcome.Committed, (await session.ExpectAsync<Done>()).Outcome);
        }

        session.Say(new CommitOnePhase(Name, Action, Two));
        Assert.Equal("not enough money", (await session.ExpectAsync<Done>()).Text);
        session.Say(new ForgetBranch(Name, Action, One));
        await CallsAsync("Begin 1", "Begin 2", "CommitOnePhase 1", "CommitOnePhase 2", "Forget 1");
    }

    [Fact]
    public async Task An_outcome_of_one_phase_found_after_a_restart_is_told_again()
    {
        _resource.Kept.Add(new FoundBranch(Action, One, Names.Manager("tokyo", 1, 2), FoundState.RolledBack));
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager, One);
        session.Say(new CommitOnePhase(Name, Action, One));
        Assert.Equal(DoneOutcome.RolledBack, (await session.ExpectAsync<Done>()).Outcome);
        session.Say(new ForgetBranch(Name, Action, One));
        await CallsAsync("Forget 1");
    }

    [Fact]
    public async Task A_Server_may_give_a_branch_up_before_Ready_and_not_after()
    {
        ConcurrentDictionary<BranchId, BranchContext> contexts = new();
        _resource.OnBegin = b =>
        {
            contexts[b.Branch] = b;
            return new((Refusal?)null);
        };
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager);
        await BeginAsync(session, One);
        await ReadyAsync(session, Two);
        Assert.False(contexts[Two].Refuse(Names.Refusal(RefusalCode.Deadlock)));
        Assert.True(contexts[One].Refuse(Names.Refusal(RefusalCode.Deadlock)));
        BranchRefused refused = await session.ExpectAsync<BranchRefused>();
        Assert.Equal((One, RefusalCode.Deadlock), (refused.Branch, refused.Refusal.Code));
        await CallsAsync("Begin 1", "Begin 2", "Prepare 2", "Rollback 1");
    }

    [Fact]
    public async Task Requests_enter_only_a_branch_that_this_incarnation_began_and_that_is_not_prepared()
    {
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager);
        Assert.False(server.TryEnter(Action, 5, out _, out Refusal? refusal));
        Assert.Equal(RefusalCode.NotBegun, refusal.Code);
        await BeginAsync(session, One);
        Assert.False(server.TryEnter(Action, 4, out _, out refusal));
        Assert.Contains("was restarted", refusal.Text, StringComparison.Ordinal);
        Assert.True(server.TryEnter(Action, 5, out BranchRequest? request, out _));
        Assert.Equal(One, request.Branch.Branch);
        request.Dispose();
        session.Say(new Prepare(Name, Action, One));
        await session.ExpectAsync<Ready>();
        Assert.False(server.TryEnter(Action, 5, out _, out refusal));
    }

    [Fact]
    public async Task Prepare_is_refused_while_a_request_is_at_work()
    {
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager);
        await BeginAsync(session, One);
        Assert.True(server.TryEnter(Action, 5, out BranchRequest? request, out _));
        session.Say(new Prepare(Name, Action, One));
        Assert.Equal(RefusalCode.WrongState, (await session.ExpectAsync<BranchRefused>()).Refusal.Code);
        request.Dispose();
        await CallsAsync("Begin 1", "Rollback 1");
    }

    [Fact]
    public async Task Two_branches_of_one_action_vote_apart()
    {
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager);
        await BeginAsync(session, One, Two);
        session.Say(new Prepare(Name, Action, One));
        await session.ExpectAsync<Ready>();
        Assert.True(server.TryEnter(Action, 5, out BranchRequest? request, out _));
        Assert.Equal(Two, request.Branch.Branch); // the other one takes requests still
        request.Dispose();
        session.Say(new RollbackBranch(Name, Action, Two));
        Assert.Equal(Two, (await session.ExpectAsync<Done>()).Branch);
        session.Say(new Commit(Name, Action, One));
        Assert.Equal(One, (await session.ExpectAsync<Done>()).Branch);
    }

    [Fact]
    public async Task A_Server_extends_its_own_branch()
    {
        TaskCompletionSource<BranchContext> begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _resource.OnBegin = b =>
        {
            begun.TrySetResult(b);
            return new((Refusal?)null);
        };
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager);
        await BeginAsync(session, One);
        Task<ServerPlace> extending = (await begun.Task).TransOpenSubAsync("osaka.files");
        TransOpenSub sub = await session.ExpectAsync<TransOpenSub>();
        Assert.Equal((Action, One, "osaka.files"), (sub.Action, sub.Branch, sub.Server));
        session.Say(new TransOpenSubAck(sub.Reference, Action, Names.Place("osaka.files", 4)));
        Assert.Equal("osaka", (await extending).Node.Value);
    }

    [Fact]
    public async Task Garbage_or_a_cut_frame_from_the_manager_costs_the_session_only()
    {
        await using FakeManager manager = new();
        await using CcrServer server = Start(manager);
        FakeSession session = await RegisteredAsync(manager);
        session.SayOctets(0xBF, 0x7F, 0x02, 0x00, 0x00);
        session = await RegisteredAsync(manager);
        session.CutWithin(new Begin(Name, Action, One));
        await RegisteredAsync(manager);
    }

    private static CcrServerOptions Options(FakeManager manager) => new()
    {
        Name = Name,
        Kind = "counter",
        Incarnation = 5,
        ManagerSocket = manager.Socket,
    };

    private static async Task BeginAsync(FakeSession session, params BranchId[] branches)
    {
        foreach (BranchId branch in branches)
        {
            session.Say(new Begin(Name, Action, branch));
            await session.ExpectAsync<Begun>();
        }
    }

    private static async Task ReadyAsync(FakeSession session, BranchId branch)
    {
        await BeginAsync(session, branch);
        session.Say(new Prepare(Name, Action, branch));
        await session.ExpectAsync<Ready>();
    }

    private static async Task<FakeSession> RegisteredAsync(FakeManager manager, params BranchId[] found)
    {
        FakeSession session = await manager.AcceptAsync();
        Register register = await session.ExpectAsync<Register>();
        session.Say(new Registered(register.Reference, manager.Identity));
        Found told = await session.ExpectAsync<Found>();
        Assert.Equal(found, told.Branches.Select(b => b.Branch));
        Assert.True(told.Last);
        return session;
    }

    private CcrServer Start(
        FakeManager manager, bool runsInline = false, TimeProvider? time = null, Action<string>? log = null) =>
        CcrServer.Start(
            Options(manager) with { RunsInline = runsInline, Time = time ?? TimeProvider.System, Log = log },
            _resource);

    private async Task CallsAsync(params string[] expected)
    {
        foreach (string call in expected)
        {
            Assert.Equal(call, await _resource.NextCallAsync());
        }
    }
}
