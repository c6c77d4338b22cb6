using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client.Tests;

/// <summary>Actions with branches that the application works in itself.</summary>
public sealed class ApplicationActionTests
{
    [Fact]
    public async Task The_reason_that_was_told_first_is_not_put_out_by_an_answer_to_Enlist_that_crossed_it()
    {
        await using FakeManager manager = new();
        await using CcrClient client = await CcrClient.ConnectAsync(manager.Socket);
        FakeSession session = await manager.AcceptAsync();
        Task<AtomicAction> opening = client.TransOpenAsync(["tokyo.files"]);
        AtomicActionId id = await session.OpenAsync();
        await using AtomicAction action = await opening;
        SlowBranch branch = new(action.NewBranch());
        action.Add(branch);

        Task<CcrOutcome> closing = action.TransCloseAsync();
        await session.ExpectAsync<Enlist>();
        session.Say(new RolledBack(0, id, new Refusal(RefusalCode.Cycle, "A cycle."), []));
        await SlowBranch.ToldAsync(() => action.RolledBackBecause is not null);
        branch.Prepared();
        await session.ExpectAsync<Prepared>();
        await session.ExpectAsync<TransClose>();
        session.Say(new RolledBack(0, id, new Refusal(RefusalCode.UnknownAction, "It is not open."), []));

        CcrOutcome outcome = await closing;
        Assert.Equal(RefusalCode.Cycle, outcome.Refusal!.Code);
        Assert.True(branch.IsRolledBack);
    }

    [Fact]
    public async Task A_branch_that_is_handed_over_is_told_at_once()
    {
        await using FakeManager manager = new();
        ManualTime time = new(); // stands still: nothing is sent because a delay has passed
        await using CcrClient client = await CcrClient.ConnectAsync(
            manager.Socket, new CcrClientOptions { Time = time });
        FakeSession session = await manager.AcceptAsync();
        Task<AtomicAction> opening = client.TransOpenAsync(["tokyo.files"]);
        AtomicActionId id = await session.OpenAsync();
        await using AtomicAction action = await opening;
        SlowBranch branch = new(action.NewBranch()) { CommitEnd = BranchEnd.HandedOver };
        action.Add(branch);
        branch.Prepared();

        Task<CcrOutcome> closing = action.TransCloseAsync();
        await session.ExpectAsync<Enlist>();
        await session.ExpectAsync<Prepared>();
        TransClose close = await session.ExpectAsync<TransClose>();
        session.Say(new DoneCommit(close.Reference, id, []));

        Done done = await session.ExpectAsync<Done>(); // it holds its locks until the manager knows
        Assert.Equal(DoneOutcome.HandedOver, done.Outcome);
        Assert.True((await closing).IsCommitted);
    }

    [Fact]
    public async Task An_action_that_is_answered_at_its_decision_ends_behind_the_answer()
    {
        await using FakeManager manager = new();
        ManualTime time = new();
        CcrClient client = await CcrClient.ConnectAsync(manager.Socket, new CcrClientOptions { Time = time });
        FakeSession session = await manager.AcceptAsync();
        (Task<CcrOutcome> closing, SlowBranch branch) = await DecidedAsync(client, session);
        Assert.True((await closing).IsCommitted);

        Task ended = client.WhenEndedAsync();
        Task disposed = client.DisposeAsync().AsTask();
        Assert.False(ended.IsCompleted || disposed.IsCompleted); // the branch has not said that it is committed
        branch.Commits.SetResult();
        await ended;
        Assert.Equal(DoneOutcome.Committed, (await session.ExpectAsync<Done>()).Outcome);
        Assert.Equal(branch.Action, Assert.Single((await session.ExpectAsync<Acknowledge>()).Actions));
        await disposed;
    }

    [Fact]
    public async Task What_does_not_end_behind_the_answer_is_left_to_the_manager()
    {
        await using FakeManager manager = new();
        ManualTime time = new();
        CcrClient client = await CcrClient.ConnectAsync(manager.Socket, new CcrClientOptions { Time = time });
        FakeSession session = await manager.AcceptAsync();
        (Task<CcrOutcome> closing, _) = await DecidedAsync(client, session);
        Assert.True((await closing).IsCommitted);
        Task disposed = client.DisposeAsync().AsTask();
        await time.PassAsync(ClientLimits.EndPatience);
        await disposed;
        await session.ExpectEndAsync();
    }

    /// <summary>An action whose branch is prepared, and whose answer "decided" is on its way.</summary>
    private static async Task<(Task<CcrOutcome>, SlowBranch)> DecidedAsync(CcrClient client, FakeSession session)
    {
        Task<AtomicAction> opening = client.TransOpenAsync(["tokyo.files"]);
        AtomicActionId id = await session.OpenAsync();
        AtomicAction action = await opening;
        SlowBranch branch = new(action.NewBranch()) { Action = id, Commits = new TaskCompletionSource() };
        action.Add(branch);
        branch.Prepared();
        Task<CcrOutcome> closing = action.TransCloseAsync(CloseAnswer.Decided);
        await session.ExpectAsync<Enlist>();
        await session.ExpectAsync<Prepared>();
        TransClose close = await session.ExpectAsync<TransClose>();
        Assert.Equal(CloseAnswer.Decided, close.Answer);
        session.Say(new DoneCommit(close.Reference, id, []));
        return (closing, branch);
    }

    private sealed class SlowBranch(BranchId id) : IApplicationBranch
    {
        private readonly TaskCompletionSource _prepared = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Database => "orders";

        public BranchId Branch => id;

        public string Note => "pid=1;xid=0";

        public bool IsReadOnly => false;

        public bool IsRolledBack { get; private set; }

        public BranchEnd CommitEnd { get; init; } = BranchEnd.Committed;

        public AtomicActionId? Action { get; init; }

        /// <summary>COMMIT is answered when this is set.</summary>
        public TaskCompletionSource Commits { get; init; } = Completed();

        public void Prepared() => _prepared.SetResult();

        /// <summary>Waits until the Client has read what was said to it.</summary>
        public static async Task ToldAsync(Func<bool> told)
        {
            using CancellationTokenSource patience = new(FakeManager.Patience);
            while (!told())
            {
                patience.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        public ValueTask<bool> HasChangedAsync(CancellationToken cancellation) => new(true);

        public async ValueTask<ApplicationVote> PrepareAsync(CancellationToken cancellation)
        {
            await _prepared.Task;
            return ApplicationVote.Ready("pid=1;xid=2");
        }

        public async ValueTask<BranchEnd> CommitAsync(CancellationToken cancellation)
        {
            await Commits.Task;
            return CommitEnd;
        }

        public ValueTask<BranchEnd> RollbackAsync(CancellationToken cancellation)
        {
            IsRolledBack = true;
            return new(BranchEnd.RolledBack);
        }

        public ValueTask<AloneEnd> CommitAloneAsync(CancellationToken cancellation) => new(AloneEnd.Done);

        public ValueTask AbandonAsync() => ValueTask.CompletedTask;

        private static TaskCompletionSource Completed()
        {
            TaskCompletionSource completed = new();
            completed.SetResult();
            return completed;
        }
    }
}
