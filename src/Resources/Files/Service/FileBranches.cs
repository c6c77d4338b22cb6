using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Files.Store;

namespace Ccr.Resources.Files.Service;

/// <summary>The manager's orders, carried out by the store on the disk threads.</summary>
internal sealed class FileBranches(FileStore store, DiskThreads disk) : IBranchResource
{
    /// <inheritdoc/>
    public ValueTask<Refusal?> BeginAsync(BranchContext branch, CancellationToken cancellation) =>
        new(store.Begin(branch.Action, branch.Branch).Refusal);

    /// <inheritdoc/>
    public async ValueTask<BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation)
    {
        BranchAnswer answer = await disk.RunAsync(
            () => store.Prepare(branch.Action, branch.Branch, branch.Manager)).ConfigureAwait(false);
        return answer.Kind switch
        {
            AnswerKind.Ready => BranchVote.Ready,
            AnswerKind.NoChange => BranchVote.NoChange,
            AnswerKind.Refused => BranchVote.Refuse(answer.Refusal!),
            _ => throw Stopping(branch),
        };
    }

    /// <inheritdoc/>
    public async ValueTask<BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation) => EndOf(
        branch,
        await disk.RunAsync(() => store.Commit(branch.Action, branch.Branch, branch.Manager)).ConfigureAwait(false));

    /// <inheritdoc/>
    public async ValueTask<BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation) => EndOf(
        branch,
        await disk.RunAsync(() => store.Rollback(branch.Action, branch.Branch, branch.Manager)).ConfigureAwait(false));

    /// <inheritdoc/>
    public async ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation)
    {
        BranchAnswer answer = await disk.RunAsync(
            () => store.CommitOnePhase(branch.Action, branch.Branch, branch.Manager)).ConfigureAwait(false);
        return EndOf(branch, answer);
    }

    /// <inheritdoc/>
    public async ValueTask ForgetAsync(BranchContext branch, CancellationToken cancellation) =>
        await disk.RunAsync(() => store.ForgetBranch(branch.Action, branch.Branch)).ConfigureAwait(false);

    /// <inheritdoc/>
    public IReadOnlyList<FoundBranch> Found() => store.Found();

    /// <summary>An answer that is no end must not become one: the order is repeated until the process stops.</summary>
    private static BranchEnd EndOf(BranchContext branch, BranchAnswer answer) => answer.Kind switch
    {
        AnswerKind.Done => new BranchEnd(answer.Outcome, answer.Text),
        AnswerKind.Refused => throw new InvalidOperationException(answer.Refusal!.Text),
        _ => throw Stopping(branch),
    };

    private static InvalidOperationException Stopping(BranchContext branch) => new(
        $"What became of {branch} is unknown after a failed write: the Server is stopping, its next start finds out.");
}
