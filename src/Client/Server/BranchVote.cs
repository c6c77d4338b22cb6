using Ccr.Protocol.Messages;

namespace Ccr.Client;

/// <summary>The answer to Prepare.</summary>
public sealed record BranchVote
{
    private BranchVote(Refusal? refusal) => Refusal = refusal;

    /// <summary>The branch can be committed, whatever happens.</summary>
    public static BranchVote Ready { get; } = new(refusal: null);

    /// <summary>The branch changed nothing and is over: it needs neither Commit nor Rollback.</summary>
    public static BranchVote NoChange { get; } = new(refusal: null);

    /// <summary>Why the branch cannot be committed, or null.</summary>
    public Refusal? Refusal { get; }

    /// <summary>The branch cannot be committed, and is rolled back already.</summary>
    public static BranchVote Refuse(Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return new BranchVote(refusal);
    }

    /// <summary>The same, for a reason of the Server's own: "not enough money in a07".</summary>
    public static BranchVote Refuse(string why) => Refuse(new Refusal(RefusalCode.Resource, why));

    /// <inheritdoc/>
    public bool Equals(BranchVote? other) =>
        ReferenceEquals(this, other) || (Refusal is not null && Refusal.Equals(other?.Refusal));

    /// <inheritdoc/>
    public override int GetHashCode() => Refusal?.GetHashCode() ?? 0;
}

/// <summary>How a branch ended at its Server.</summary>
/// <param name="Outcome">Committed, rolled back, or damaged.</param>
/// <param name="Text">Empty, or a sentence: what is damaged, or why it was rolled back.</param>
public sealed record BranchEnd(DoneOutcome Outcome, string Text)
{
    /// <summary>All of it is committed.</summary>
    public static BranchEnd Committed { get; } = new(DoneOutcome.Committed, "");

    /// <summary>All of it is rolled back.</summary>
    public static BranchEnd RolledBack { get; } = new(DoneOutcome.RolledBack, "");

    /// <summary>Its owner leaves an application branch to the database's Server, which finds out (SEM-10).</summary>
    public static BranchEnd HandedOver { get; } = new(DoneOutcome.HandedOver, "");

    /// <summary>Heuristic damage: some of it went the other way (SEM-4).</summary>
    public static BranchEnd Mix(string text) => new(DoneOutcome.Mix, text);

    /// <summary>Heuristic damage: what became of it cannot be known (SEM-4).</summary>
    public static BranchEnd Hazard(string text) => new(DoneOutcome.Hazard, text);
}
