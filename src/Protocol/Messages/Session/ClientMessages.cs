using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>A Client opens an atomic action and names its Servers; timeout 0: the manager's default.</summary>
public sealed record TransOpen(long Reference, IReadOnlyList<string> Servers, int TimeoutMs)
    : SessionMessage, IReferenceMessage
{
    /// <inheritdoc cref="TransOpen"/>
    public IReadOnlyList<string> Servers { get; init => field = ValueList.Of(value); } = ValueList.Of(Servers);
}

/// <summary>The atomic action is open: its identifier, and where each Server began.</summary>
public sealed record TransOpenAck(long Reference, AtomicActionId Action, IReadOnlyList<ServerPlace> Places)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    /// <inheritdoc cref="TransOpenAck"/>
    public IReadOnlyList<ServerPlace> Places { get; init => field = ValueList.Of(value); } = ValueList.Of(Places);
}

/// <summary>
/// Extends the action to one more Server; the branch is the asking Server's own, null from a Client.
/// </summary>
public sealed record TransOpenSub(long Reference, AtomicActionId Action, BranchId? Branch, string Server)
    : SessionMessage, IActionMessage, IReferenceMessage;

/// <summary>Answers <see cref="TransOpenSub"/>.</summary>
public sealed record TransOpenSubAck(long Reference, AtomicActionId Action, ServerPlace Place)
    : SessionMessage, IActionMessage, IReferenceMessage;

/// <summary>Asks for commitment (SEM-1, SEM-2).</summary>
public sealed record TransClose(long Reference, AtomicActionId Action, CloseAnswer Answer)
    : SessionMessage, IActionMessage, IReferenceMessage;

/// <summary>The action is committed.</summary>
public sealed record DoneCommit(long Reference, AtomicActionId Action, IReadOnlyList<Damage> Damages)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    /// <inheritdoc cref="DoneCommit"/>
    public IReadOnlyList<Damage> Damages { get; init => field = ValueList.Of(value); } = ValueList.Of(Damages);
}

/// <summary>Asks for rollback.</summary>
public sealed record TransRollback(long Reference, AtomicActionId Action)
    : SessionMessage, IActionMessage, IReferenceMessage;

/// <summary>The action is rolled back, asked for (the reference) or not (0).</summary>
public sealed record RolledBack(long Reference, AtomicActionId Action, Refusal Refusal, IReadOnlyList<Damage> Damages)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    /// <inheritdoc cref="RolledBack"/>
    public IReadOnlyList<Damage> Damages { get; init => field = ValueList.Of(value); } = ValueList.Of(Damages);
}

/// <summary>What became of this action?</summary>
public sealed record AskOutcome(long Reference, AtomicActionId Action)
    : SessionMessage, IActionMessage, IReferenceMessage;

/// <summary>Answers <see cref="AskOutcome"/>.</summary>
public sealed record OutcomeIs(long Reference, AtomicActionId Action, Outcome Outcome, IReadOnlyList<Damage> Damages)
    : SessionMessage, IActionMessage, IReferenceMessage
{
    /// <inheritdoc cref="OutcomeIs"/>
    public IReadOnlyList<Damage> Damages { get; init => field = ValueList.Of(value); } = ValueList.Of(Damages);
}

/// <summary>The outcomes have arrived; they may be forgotten (SEM-1).</summary>
public sealed record Acknowledge(IReadOnlyList<AtomicActionId> Actions) : SessionMessage
{
    /// <inheritdoc cref="Acknowledge"/>
    public IReadOnlyList<AtomicActionId> Actions { get; init => field = ValueList.Of(value); } = ValueList.Of(Actions);
}
