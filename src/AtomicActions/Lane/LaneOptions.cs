namespace Ccr.AtomicActions;

/// <summary>What an operator may set of a lane's behaviour. Times in milliseconds.</summary>
public sealed record LaneOptions
{
    /// <summary>An action whose Client gave no limit is rolled back when it is not closed by then.</summary>
    public int ActionTimeoutMs { get; init; } = 60_000;

    /// <summary>Begin at a Server or a node that is not answered by then is refused.</summary>
    public int BeginTimeoutMs { get; init; } = 10_000;

    /// <summary>Prepare that is not answered by then counts as no.</summary>
    public int VoteTimeoutMs { get; init; } = 30_000;

    /// <summary>A rollback is ended without the answers that are missing by then: it is presumed.</summary>
    public int RollbackTimeoutMs { get; init; } = 5_000;

    /// <summary>C-RECOVER that is not answered by then is taken for lost.</summary>
    public int RecoverAnswerTimeoutMs { get; init; } = 10_000;

    /// <summary>
    /// An application branch that its owner has not ended so long after the decision is ended by its database's Server:
    /// an owner that stands still must not hold locks for ever.
    /// </summary>
    public int OwnerTimeoutMs { get; init; } = 15_000;

    /// <summary>First wait between two tries of recovery; doubles (ccr-standard.md 7).</summary>
    public int RecoverBackoffMsMin { get; init; } = 1_000;

    /// <summary>Longest wait between two tries of recovery.</summary>
    public int RecoverBackoffMsMax { get; init; } = 60_000;

    /// <summary>How long an outcome is kept for a Client that has not acknowledged it (SEM-1).</summary>
    public long OutcomeRetentionMs { get; init; } = 24L * 60 * 60 * 1000;

    /// <summary>One-phase commitment of an action with a single Server, on this node (SEM-5).</summary>
    public bool OnePhaseLocally { get; init; } = true;

    /// <summary>Emit <see cref="Contract.Traced"/>.</summary>
    public bool Trace { get; init; } = true;
}
