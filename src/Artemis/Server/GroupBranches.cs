using System.Collections.Concurrent;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Artemis;

/// <summary>A group as the resource of a CCR Server: a checkpoint is the branch of an atomic action.</summary>
internal sealed class GroupBranches(
    GroupStore store, Turn turn, Func<CancellationToken, Task<Taken>> take, Action<long> committed) : IBranchResource
{
    /// <summary>Actions that this server has opened by itself.</summary>
    internal ConcurrentDictionary<AtomicActionId, bool> Periodic { get; } = new();

    /// <inheritdoc/>
    public async ValueTask<Refusal?> BeginAsync(BranchContext branch, CancellationToken cancellation) =>
        await turn.EnterAsync(branch, Periodic.ContainsKey(branch.Action), cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation)
    {
        turn.Works(branch);
        try
        {
            Taken taken = await take(cancellation).ConfigureAwait(false);
            store.Note(taken, new ReadySaid(taken.Number, branch.Action, branch.Branch, branch.Manager));
            return BranchVote.Ready;
        }
        catch (CheckpointFailedException failed)
        {
            turn.Leave(branch);
            return BranchVote.Refuse(failed.Message);
        }
    }

    /// <inheritdoc/>
    public ValueTask<BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation)
    {
        if (Promised(branch) is { } number)
        {
            store.Note(new CommittedNow(number));
            committed(number);
        }

        turn.Leave(branch);
        return new ValueTask<BranchEnd>(BranchEnd.Committed);
    }

    /// <inheritdoc/>
    public ValueTask<BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation)
    {
        if (Promised(branch) is { } number)
        {
            store.Note(new RolledBackNow(number));
        }

        turn.Leave(branch);
        return new ValueTask<BranchEnd>(BranchEnd.RolledBack);
    }

    /// <inheritdoc/>
    public async ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation)
    {
        if (Kept(branch) is not null)
        {
            return BranchEnd.Committed;
        }

        turn.Works(branch);
        try
        {
            Taken taken = await take(cancellation).ConfigureAwait(false);
            store.Note(taken, new CommittedAlone(taken.Number, branch.Action, branch.Branch, branch.Manager));
            committed(taken.Number);
            return BranchEnd.Committed;
        }
        catch (CheckpointFailedException failed)
        {
            return new BranchEnd(DoneOutcome.RolledBack, failed.Message);
        }
        finally
        {
            turn.Leave(branch);
        }
    }

    /// <inheritdoc/>
    public ValueTask ForgetAsync(BranchContext branch, CancellationToken cancellation)
    {
        if (Kept(branch) is { } number)
        {
            store.Note(new Forgotten(number));
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public IReadOnlyList<FoundBranch> Found() => store.Read(state => state.Checkpoints
        .Where(c => c.Status == CheckpointStatus.Ready || c.IsKept)
        .Select(c => new FoundBranch(
            c.Action!, c.Branch!, c.Manager!, c.IsKept ? FoundState.Committed : FoundState.Ready))
        .ToArray());

    private long? Promised(BranchContext branch) => Find(branch, c => c.Status == CheckpointStatus.Ready);

    private long? Kept(BranchContext branch) => Find(branch, c => c.IsKept);

    private long? Find(BranchContext branch, Func<CheckpointRecord, bool> condition) => store.Read(
        state => state.Checkpoints.LastOrDefault(c => condition(c) && branch.Action.Equals(c.Action)
            && branch.Branch.Equals(c.Branch))?.Number);
}
