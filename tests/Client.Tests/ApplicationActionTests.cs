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

    private sealed class SlowBranch(BranchId id) : IApplicationBranch
    {
        private readonly TaskCompletionSource _prepared = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Database => "orders";

        public BranchId Branch => id;

        public string Note => "pid=1;xid=0";

        public bool IsReadOnly => false;

        public bool IsRolledBack { get; private set; }

        public BranchEnd CommitEnd { get; init; } = BranchEnd.Committed;

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

        public ValueTask<BranchEnd> CommitAsync(CancellationToken cancellation) => new(CommitEnd);

        public ValueTask<BranchEnd> RollbackAsync(CancellationToken cancellation)
        {
            IsRolledBack = true;
            return new(BranchEnd.RolledBack);
        }

        public ValueTask<AloneEnd> CommitAloneAsync(CancellationToken cancellation) => new(AloneEnd.Done);

        public ValueTask AbandonAsync() => ValueTask.CompletedTask;
    }
}
