using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>Which actions are there? One alone with its branches, only those held, at most so many.</summary>
public sealed record AskActions(long Reference, AtomicActionId? Action, bool Held, int Limit)
    : SessionMessage, IReferenceMessage;

/// <summary>Answers <see cref="AskActions"/>; total counts those beyond the limit too.</summary>
public sealed record Actions(long Reference, long Total, IReadOnlyList<ActionStatus> Items)
    : SessionMessage, IReferenceMessage
{
    /// <inheritdoc cref="Actions"/>
    public IReadOnlyList<ActionStatus> Items { get; init => field = ValueList.Of(value); } = ValueList.Of(Items);
}

/// <summary>One atomic action as an operator sees it; no branch at the root.</summary>
public sealed record ActionStatus(
    AtomicActionId Action, BranchId? Branch, NodeName? Superior, string State, long AgeMs, Outcome Outcome,
    IReadOnlyList<BranchStatus> Branches, IReadOnlyList<Damage> Damages, string Note)
{
    /// <inheritdoc cref="ActionStatus"/>
    public IReadOnlyList<BranchStatus> Branches { get; init => field = ValueList.Of(value); } = ValueList.Of(Branches);

    /// <inheritdoc cref="ActionStatus"/>
    public IReadOnlyList<Damage> Damages { get; init => field = ValueList.Of(value); } = ValueList.Of(Damages);
}

/// <summary>One branch below: to "node osaka" or "server tokyo.files".</summary>
public sealed record BranchStatus(BranchId Branch, string To, string State);

/// <summary>Asks for the sequence chart of an action, from all nodes.</summary>
public sealed record AskTrace(long Reference, AtomicActionId Action)
    : SessionMessage, IActionMessage, IReferenceMessage;

/// <summary>Answers <see cref="AskTrace"/>; missing: the nodes that did not answer.</summary>
public sealed record Trace(long Reference, IReadOnlyList<TraceEvent> Events, IReadOnlyList<NodeName> Missing)
    : SessionMessage, IReferenceMessage
{
    /// <inheritdoc cref="Trace"/>
    public IReadOnlyList<TraceEvent> Events { get; init => field = ValueList.Of(value); } = ValueList.Of(Events);

    /// <inheritdoc cref="Trace"/>
    public IReadOnlyList<NodeName> Missing { get; init => field = ValueList.Of(value); } = ValueList.Of(Missing);
}
