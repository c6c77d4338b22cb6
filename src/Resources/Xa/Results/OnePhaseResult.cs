using Ccr.Protocol.Messages;

namespace Ccr.Resources.Xa;

/// <summary>What a database answered to a plain COMMIT.</summary>
public enum OnePhaseOutcome
{
    /// <summary>Committed, by the database's word.</summary>
    Committed,

    /// <summary>Rolled back, for certain; the refusal says why.</summary>
    RolledBack,

    /// <summary>
    /// The answer was lost. With a transaction number in the note <see cref="XaDialect.SettleAsync"/> finds it out
    /// (SEM-5); without one it stays unknown.
    /// </summary>
    Unknown,
}

/// <summary>The answer of <see cref="XaDialect.CommitOnePhaseAsync"/>.</summary>
/// <param name="Outcome">The answer.</param>
/// <param name="Note">Backend and transaction number, as far as they are known.</param>
/// <param name="Refusal">Why not, unless it is Committed.</param>
/// <param name="Exception">What the driver threw.</param>
public readonly record struct OnePhaseResult(
    OnePhaseOutcome Outcome, BranchNote Note, Refusal Refusal, Exception? Exception);
