using Ccr.Protocol.Messages;

namespace Ccr.Resources.Xa;

/// <summary>What a database answered to PREPARE.</summary>
public enum BranchVote
{
    /// <summary>
    /// The database says that the branch is prepared: it survives a crash and waits for the decision.
    /// </summary>
    Ready,

    /// <summary>The branch changed nothing and is over; it takes no part in the decision.</summary>
    NoChange,

    /// <summary>The branch is rolled back, for certain.</summary>
    Refused,

    /// <summary>The answer was lost: the branch may be prepared, or not, or may still become so.</summary>
    Unknown,
}

/// <summary>The answer of <see cref="XaDialect.PrepareAsync"/>; "unknown" is never taken for "no".</summary>
/// <param name="Vote">The answer.</param>
/// <param name="Note">For the log; with Ready, and as far as it is known with Unknown.</param>
/// <param name="Refusal">Why not, with Refused and Unknown.</param>
/// <param name="Exception">What the driver threw.</param>
public readonly record struct PrepareResult(BranchVote Vote, BranchNote Note, Refusal Refusal, Exception? Exception)
{
    internal static PrepareResult Ready(BranchNote note) => new(BranchVote.Ready, note, Refusal.None, null);

    internal static PrepareResult NoChange(BranchNote note) => new(BranchVote.NoChange, note, Refusal.None, null);

    internal static PrepareResult Refused(Refusal why, Exception? exception) =>
        new(BranchVote.Refused, default, why, exception);

    internal static PrepareResult Unknown(BranchNote note, Refusal why, Exception exception) =>
        new(BranchVote.Unknown, note, why, exception);
}
