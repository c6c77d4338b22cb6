using Ccr.Protocol.Messages;

namespace Ccr.Client;

/// <summary>
/// What a Server has to answer for its branches of atomic actions. CcrServer calls it: for one branch in
/// order and one call at a time, for different branches side by side. Every call may come again for the same branch
/// after a restart or a lost answer, and must then end the same way.
/// </summary>
public interface IBranchResource
{
    /// <summary>
    /// The branch begins: requests that carry its action may come from now on. Null: begun. A refusal: it is not begun,
    /// nothing is kept of it, and the action is rolled back.
    /// </summary>
    ValueTask<Refusal?> BeginAsync(BranchContext branch, CancellationToken cancellation) => new((Refusal?)null);

    /// <summary>
    /// Can the branch be committed? <see cref="BranchVote.Ready"/> only after all that Commit needs is durable,
    /// together with action, branch and <see cref="BranchContext.Manager"/>, to whom it is promised (SEM-3). After
    /// Ready neither side may change its mind. After no change or a refusal nothing of the branch is left.
    /// </summary>
    ValueTask<BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation);

    /// <summary>
    /// Makes the prepared branch visible, durably and all at once. A branch that the resource does not know was
    /// committed before: answer <see cref="BranchEnd.Committed"/>. An exception means that it is not done yet: the call
    /// is repeated.
    /// </summary>
    ValueTask<BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation);

    /// <summary>
    /// Undoes the branch, begun or prepared; requests may still be at work in it, and have to be stopped. A branch
    /// that the resource does not know was rolled back before: answer <see cref="BranchEnd.RolledBack"/>. An
    /// exception means that it is not done yet: the call is repeated.
    /// </summary>
    ValueTask<BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation);

    /// <summary>
    /// The only branch of its action: decide alone, and keep the outcome durably until <see cref="ForgetAsync"/>
    /// (SEM-5). Called again, it answers the same outcome. A resource that cannot commit rolls back, and says why in
    /// the text.
    /// </summary>
    ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation);

    /// <summary>The outcome of a one-phase branch is noted by the manager: it may be forgotten.</summary>
    ValueTask ForgetAsync(BranchContext branch, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>
    /// What a Server has to tell at each start and after each broken session: every branch that is prepared and
    /// undecided, and every one-phase outcome that is not forgotten. Locks of prepared branches are held already.
    /// </summary>
    IReadOnlyList<FoundBranch> Found();
}
