using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>
/// A branch that the application itself works in: it holds the connection to a database of its own node, prepares the
/// branch there and ends it. The manager decides, and recovers what the application leaves behind (SEM-9). Calls come
/// one at a time; those of different branches of an action side by side.
/// </summary>
public interface IApplicationBranch
{
    /// <summary>The database's name, as its node's manager knows it.</summary>
    string Database { get; }

    /// <summary>
    /// The branch, from <see cref="AtomicAction.NewBranch"/> or <see cref="BranchContext.NewBranch"/>.
    /// </summary>
    BranchId Branch { get; }

    /// <summary>What the manager needs to watch over it before it is prepared: "pid=4711".</summary>
    string Note { get; }

    /// <summary>
    /// True when it is known to have changed nothing: it is then ended by <see cref="CommitAloneAsync"/>, takes no part
    /// in the commitment, and need not be enlisted.
    /// </summary>
    bool IsReadOnly { get; }

    /// <summary>
    /// Has it changed anything so far? Costs a question to the database, and is asked only where the answer is likely
    /// to spare a commitment in two phases.
    /// </summary>
    ValueTask<bool> HasChangedAsync(CancellationToken cancellation);

    /// <summary>Prepares: ready only when the database has said that it is prepared. Never throws.</summary>
    ValueTask<ApplicationVote> PrepareAsync(CancellationToken cancellation);

    /// <summary>
    /// Commits what is prepared. <see cref="BranchEnd.HandedOver"/> when the answer was lost, or the branch is not
    /// there any more and this application did not end it: the database's Server finds out. Never throws.
    /// </summary>
    ValueTask<BranchEnd> CommitAsync(CancellationToken cancellation);

    /// <summary>Undoes it, prepared or not. Never throws: what could not be undone is handed over.</summary>
    ValueTask<BranchEnd> RollbackAsync(CancellationToken cancellation);

    /// <summary>Commits the only branch of its action in one phase (SEM-5). Never throws.</summary>
    ValueTask<AloneEnd> CommitAloneAsync(CancellationToken cancellation);

    /// <summary>The outcome cannot be learnt here: leave the branch as it is, and free what holds it.</summary>
    ValueTask AbandonAsync();
}

/// <summary>How an application branch voted.</summary>
public enum ApplicationVoteKind
{
    /// <summary>The database said that it is prepared.</summary>
    Ready,

    /// <summary>It changed nothing, and is over.</summary>
    NoChange,

    /// <summary>It cannot be committed, and is rolled back.</summary>
    Refused,

    /// <summary>The answer was lost: it may be prepared or not.</summary>
    Unknown,
}

/// <summary>The vote of an application branch.</summary>
/// <param name="Kind">The vote.</param>
/// <param name="Note">When ready: what ends it when its owner cannot, "pid=4711;xid=815".</param>
/// <param name="Why">When refused or unknown: why.</param>
public sealed record ApplicationVote(ApplicationVoteKind Kind, string Note, Refusal? Why)
{
    /// <summary>It changed nothing, and is over.</summary>
    public static ApplicationVote NoChange { get; } = new(ApplicationVoteKind.NoChange, "", null);

    /// <summary>The database said that it is prepared.</summary>
    public static ApplicationVote Ready(string note) => new(ApplicationVoteKind.Ready, note, null);

    /// <summary>It cannot be committed, and is rolled back.</summary>
    public static ApplicationVote Refused(Refusal why) => new(ApplicationVoteKind.Refused, "", why);

    /// <summary>The answer was lost.</summary>
    public static ApplicationVote Unknown(Refusal why) => new(ApplicationVoteKind.Unknown, "", why);
}

/// <summary>How a branch ended that was the only one of its action.</summary>
/// <param name="Committed">True, false, or null: the answer was lost, and could not be settled.</param>
/// <param name="Why">When not committed: why.</param>
public sealed record AloneEnd(bool? Committed, Refusal? Why)
{
    /// <summary>It is committed.</summary>
    public static AloneEnd Done { get; } = new(true, null);
}
