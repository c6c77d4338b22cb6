using Ccr.Protocol.Messages;

namespace Ccr.SystemTransactions;

/// <summary>What an application may set of its scopes.</summary>
public sealed record CcrTransactionsOptions
{
    /// <summary>
    /// Takes lines for the operator: outcomes that are being asked for, damage, warnings. Null: they are not written.
    /// </summary>
    public Action<string>? Log { get; init; }

    /// <summary>
    /// Managed mode alone: a scope that committed with heuristic damage ends with a TransactionInDoubtException whose
    /// inner exception is a <see cref="CcrDamageException"/>. Otherwise it ends as committed, and damage is an event
    /// and a line of the log.
    /// </summary>
    public bool ThrowOnDamage { get; init; }

    /// <summary>
    /// Managed mode alone: when a scope over several databases ends (SEM-2). Done: every branch is committed. Decided:
    /// the decision is durable, which saves the wait for the last round trip; the branches are committed behind the
    /// scope, so that a statement that follows at once may not see what it changed yet.
    /// </summary>
    public CloseAnswer Answer { get; init; } = CloseAnswer.Done;

    /// <summary>
    /// Assisted mode: a first phase that lasts longer is rolled back. It bounds what is left behind by a driver that
    /// throws where it should vote no, for System.Transactions then waits for the scope's timeout.
    /// </summary>
    public TimeSpan PrepareTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock of every wait.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
