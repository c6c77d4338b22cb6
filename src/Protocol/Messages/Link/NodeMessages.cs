using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>
/// Heuristic damage against an action that rolled back, which no APDU can carry (SEM-4); repeated until noted.
/// </summary>
public sealed record DamageReport(AtomicActionId Action, Damage Damage) : LinkMessage, IActionMessage;

/// <summary>The superior's manager has noted the damage.</summary>
public sealed record DamageNoted(AtomicActionId Action, Damage Damage) : LinkMessage, IActionMessage;

/// <summary>Asks a node what it recorded of an action.</summary>
public sealed record TraceRequest(long Reference, AtomicActionId Action)
    : LinkMessage, IActionMessage, IReferenceMessage;

/// <summary>What a node recorded of an action.</summary>
public sealed record TraceReply(long Reference, IReadOnlyList<TraceEvent> Events) : LinkMessage, IReferenceMessage
{
    /// <inheritdoc cref="TraceReply"/>
    public IReadOnlyList<TraceEvent> Events { get; init => field = ValueList.Of(value); } = ValueList.Of(Events);
}

/// <summary>
/// One arrow of an action's sequence chart; the time is the recorder's, microseconds since 1970-01-01 UTC.
/// </summary>
public sealed record TraceEvent(
    AtomicActionId Action, long TimeUs, NodeName Node, string From, string To, string What);
