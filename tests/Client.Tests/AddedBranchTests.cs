using System.Threading.Channels;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client.Tests;

/// <summary>Branches at databases that a Server adds to its own: every order of events (SEM-8, SEM-9).</summary>
public sealed class AddedBranchTests : IAsyncLifetime
{
    private const string Name = "tokyo.orders";
    private const string Database = "orders";
    private static readonly AtomicActionId Action = Names.Action(1);
    private static readonly BranchId One = Names.Branch(1);

    private readonly ManualTime _time = new();
    private readonly FakeResource _resource = new();
    private FakeManager _manager = null!;
    private CcrServer _server = null!;
    private FakeSession _session = null!;
    private BranchContext _context = null!;

    public async Task InitializeAsync()
    {
        _manager = FakeManager.Make();
        _resource.OnBegin = context =>
        {
            _context = context;
            return new((Refusal?)null);
        };
        _resource.OnPrepare = context => context.PrepareAddedAsync(CancellationToken.None);
        _server = CcrServer.Start(
            new CcrServerOptions
            {
                Name = Name,
                Kind = "service",
                Incarnation = 1,
                ManagerSocket = _manager.Socket,
                Time = _time,
            },
            _resource);
        _session = await RegisteredAsync();
        await BeginAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _manager.DisposeAsync();
    }

    [Fact]
    public async Task It_is_enlisted_prepared_in_front_of_the_vote_and_committed()
    {
        FakeBranch branch = await AddAsync();
        _session.Say(new Prepare(Name, Action, One));
        Assert.Equal("ready", Assert.Single((await _session.ExpectAsync<Prepared>()).Branches).Note);
        await _session.ExpectAsync<NoChange>();
        _session.Say(new Commit(Database, Action, branch.Branch));
        Done done = await _session.ExpectAsync<Done>();
        Assert.Equal((Database, DoneOutcome.Committed), (done.Server, done.Outcome));
        await branch.CallsAsync("Prepare", "Commit");
        Assert.Throws<CcrRefusedException>(() => _context.Add(new FakeBranch(_context)));
    }

    [Fact]
    public async Task What_changed_nothing_is_not_said_to_be_prepared()
    {
        FakeBranch branch = await AddAsync();
        branch.Vote.SetResult(ApplicationVote.NoChange);
        _session.Say(new Prepare(Name, Action, One));
        await _session.ExpectAsync<NoChange>();
        await branch.CallsAsync("Prepare");
    }

    [Fact]
    public async Task One_that_refuses_has_the_others_rolled_back_as_ordered()
    {
        FakeBranch bad = await AddAsync(), good = await AddAsync();
        bad.Vote.SetResult(ApplicationVote.Refused(Names.Refusal(RefusalCode.Deadlock)));
        _session.Say(new Prepare(Name, Action, One));
        Assert.Equal((bad.Branch, DoneOutcome.RolledBack), await DoneAsync());
        Assert.Equal(RefusalCode.Deadlock, (await _session.ExpectAsync<BranchRefused>()).Refusal.Code);
        _session.Say(new RollbackBranch(Database, Action, good.Branch));
        Assert.Equal((good.Branch, DoneOutcome.RolledBack), await DoneAsync());
        await good.CallsAsync("Prepare", "Rollback");
        await bad.CallsAsync("Prepare");
    }

    [Fact]
    public async Task An_order_to_roll_back_waits_for_PREPARE()
    {
        FakeBranch branch = await AddAsync(answers: false);
        _session.Say(new Prepare(Name, Action, One));
        await branch.CallAsync("Prepare");
        _session.Say(new RollbackBranch(Database, Action, branch.Branch));
        _session.Say(new RollbackBranch(Database, Action, Names.Branch(99))); // answered: the one before is at work
        Assert.Equal((Names.Branch(99), DoneOutcome.HandedOver), await DoneAsync());
        Assert.Equal(0, branch.Waiting);
        branch.Vote.SetResult(ApplicationVote.Ready("ready"));
        await _session.ExpectAsync<Prepared>();
        List<SessionMessage> rest = [await _session.NextAsync(), await _session.NextAsync()];
        Assert.Single(rest.OfType<NoChange>());
        Assert.Equal(DoneOutcome.RolledBack, rest.OfType<Done>().Single().Outcome);
        await branch.CallAsync("Rollback");
    }

    [Fact]
    public async Task A_connection_is_left_alone_while_a_request_works_with_it()
    {
        FakeBranch branch = await AddAsync();
        Assert.True(_server.TryEnter(Action, 1, out BranchRequest? request, out _));
        CancellationToken stopped = _context.Stopped;
        _session.Say(new RollbackBranch(Name, Action, One));
        _session.Say(new RollbackBranch(Database, Action, branch.Branch));
        Assert.Equal((One, DoneOutcome.RolledBack), await DoneAsync());
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (stopped.Register(cancelled.SetResult))
        {
            await cancelled.Task.WaitAsync(FakeManager.Patience);
        }

        Assert.Equal(0, branch.Waiting);
        Assert.Throws<CcrRefusedException>(() => _context.Add(new FakeBranch(_context)));
        request.Dispose();
        Assert.Equal((branch.Branch, DoneOutcome.RolledBack), await DoneAsync());
        await branch.CallsAsync("Rollback");
    }

    [Fact]
    public async Task A_request_that_does_not_end_leaves_its_branch_to_the_databases_Server()
    {
        FakeBranch branch = await AddAsync();
        Assert.True(_server.TryEnter(Action, 1, out BranchRequest? request, out _));
        _session.Say(new RollbackBranch(Database, Action, branch.Branch));
        await _time.PassAsync(ClientLimits.RequestStopPatience);
        Assert.Equal((branch.Branch, DoneOutcome.HandedOver), await DoneAsync());
        Assert.Equal(0, branch.Waiting);
        request.Dispose();
        await branch.CallsAsync("Rollback"); // its connection is freed all the same
    }

    [Fact]
    public async Task What_the_manager_never_heard_of_is_rolled_back_with_the_Servers_branch()
    {
        FakeBranch branch = new(_context) { IsReadOnly = true };
        _context.Add(branch);
        _session.Say(new RollbackBranch(Name, Action, One));
        Assert.Equal((One, DoneOutcome.RolledBack), await DoneAsync());
        await branch.CallsAsync("Rollback");
    }

    [Fact]
    public async Task A_resource_that_votes_without_preparing_is_refused()
    {
        _resource.OnPrepare = _ => new(BranchVote.NoChange);
        FakeBranch branch = await AddAsync();
        _session.Say(new Prepare(Name, Action, One));
        Assert.Contains("PrepareAddedAsync", (await _session.ExpectAsync<BranchRefused>()).Refusal.Text,
            StringComparison.Ordinal);
        await branch.CallsAsync("Rollback");
    }

    [Fact]
    public async Task One_phase_that_overtook_the_Enlist_is_rolled_back()
    {
        FakeBranch branch = await AddAsync();
        _session.Say(new CommitOnePhase(Name, Action, One));
        Assert.Equal((One, DoneOutcome.RolledBack), await DoneAsync());
        await branch.CallsAsync("Rollback");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_session_frees_the_connections_prepared_or_not(bool prepared)
    {
        FakeBranch branch = await AddAsync();
        if (prepared)
        {
            _session.Say(new Prepare(Name, Action, One));
            await _session.ExpectAsync<Prepared>();
            await _session.ExpectAsync<NoChange>();
            await branch.CallAsync("Prepare");
        }

        _session.Close();
        await RegisteredAsync();
        string[] ends = [await branch.CallAsync()];
        Assert.Contains(ends[0], prepared ? ["Abandon"] : (string[])["Abandon", "Rollback"]);
        Assert.Throws<CcrRefusedException>(() => _context.Add(new FakeBranch(_context)));
    }

    [Fact]
    public async Task A_session_lost_while_PREPARE_runs_is_waited_for()
    {
        FakeBranch branch = await AddAsync(answers: false);
        _session.Say(new Prepare(Name, Action, One));
        await branch.CallAsync("Prepare");
        _session.Close();
        await _session.Received.Reader.Completion.WaitAsync(FakeManager.Patience);
        Assert.Equal(0, branch.Waiting);
        branch.Vote.SetResult(ApplicationVote.Ready("ready"));
        await branch.CallAsync("Abandon");
    }

    [Fact]
    public async Task Requests_that_ask_for_a_database_at_once_share_a_branch()
    {
        int begun = 0;
        TaskCompletionSource<IApplicationBranch> opening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<IApplicationBranch>[] asked = [.. Enumerable.Range(0, 3).Select(_ => _context.FindOrAddAsync(
            Database, _ => Interlocked.Increment(ref begun) == 1 ? opening.Task : throw new InvalidOperationException(),
            CancellationToken.None))];
        FakeBranch branch = new(_context);
        opening.SetResult(branch);
        Assert.All(await Task.WhenAll(asked), b => Assert.Same(branch, b));
        await _session.ExpectAsync<Enlist>();
    }

    [Fact]
    public async Task A_branch_that_could_not_be_begun_is_begun_by_the_next_who_asks()
    {
        await Assert.ThrowsAsync<IOException>(() => _context.FindOrAddAsync(
            Database, _ => throw new IOException("no connection"), CancellationToken.None));
        FakeBranch branch = new(_context);
        Assert.Same(branch, await _context.FindOrAddAsync(
            Database, _ => Task.FromResult<IApplicationBranch>(branch), CancellationToken.None));
    }

    private async Task<(BranchId Branch, DoneOutcome Outcome)> DoneAsync()
    {
        Done done = await _session.ExpectAsync<Done>();
        return (done.Branch, done.Outcome);
    }

    private async Task<FakeBranch> AddAsync(bool answers = true)
    {
        FakeBranch branch = new(_context) { Answers = answers };
        _context.Add(branch);
        Assert.Equal(branch.Branch, Assert.Single((await _session.ExpectAsync<Enlist>()).Branches).Branch);
        return branch;
    }

    private async Task BeginAsync()
    {
        _session.Say(new Begin(Name, Action, One));
        await _session.ExpectAsync<Begun>();
    }

    private async Task<FakeSession> RegisteredAsync()
    {
        FakeSession session = await _manager.AcceptAsync();
        Register register = await session.ExpectAsync<Register>();
        session.Say(new Registered(register.Reference, _manager.Identity));
        await session.ExpectAsync<Found>();
        return session;
    }

    private sealed class FakeBranch(BranchContext context) : IApplicationBranch
    {
        private readonly Channel<string> _calls = Channel.CreateUnbounded<string>();

        public bool Answers { get; init; } = true;

        public TaskCompletionSource<ApplicationVote> Vote { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Waiting => _calls.Reader.Count;

        public string Database => AddedBranchTests.Database;

        public BranchId Branch { get; } = context.NewBranch();

        public string Note => "pid=1";

        public bool IsReadOnly { get; init; }

        public ValueTask<bool> HasChangedAsync(CancellationToken cancellation) => new(true);

        public ValueTask<ApplicationVote> PrepareAsync(CancellationToken cancellation)
        {
            _calls.Writer.TryWrite("Prepare");
            if (Answers)
            {
                Vote.TrySetResult(ApplicationVote.Ready("ready"));
            }

            return new(Vote.Task);
        }

        public ValueTask<BranchEnd> CommitAsync(CancellationToken cancellation) =>
            new(_calls.Writer.TryWrite("Commit") ? BranchEnd.Committed : BranchEnd.HandedOver);

        public ValueTask<BranchEnd> RollbackAsync(CancellationToken cancellation) =>
            new(_calls.Writer.TryWrite("Rollback") ? BranchEnd.RolledBack : BranchEnd.HandedOver);

        public ValueTask<AloneEnd> CommitAloneAsync(CancellationToken cancellation) => new(AloneEnd.Done);

        public ValueTask AbandonAsync()
        {
            _calls.Writer.TryWrite("Abandon");
            return ValueTask.CompletedTask;
        }

        public async Task<string> CallAsync() =>
            await _calls.Reader.ReadAsync().AsTask().WaitAsync(FakeManager.Patience);

        public async Task CallAsync(string expected) => Assert.Equal(expected, await CallAsync());

        public async Task CallsAsync(params string[] expected)
        {
            foreach (string call in expected)
            {
                await CallAsync(call);
            }

            Assert.Equal(0, Waiting);
        }
    }
}
