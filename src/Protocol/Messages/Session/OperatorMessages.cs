using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>An operator takes a heuristic decision.</summary>
public sealed record Resolve(
    long Reference, AtomicActionId Action, BranchId? Branch, Decision Decision, string Operator)
    : SessionMessage, IActionMessage, IReferenceMessage;

/// <summary>An operator has dealt with the damage of an action (SEM-4).</summary>
public sealed record ForgetDamage(long Reference, AtomicActionId Action, string Operator)
    : SessionMessage, IActionMessage, IReferenceMessage;

/// <summary>An operator accepts a known name on another log (SEM-6).</summary>
public sealed record ResetNode(long Reference, NodeName Node, string Operator) : SessionMessage, IReferenceMessage;

/// <summary>The operator's order is carried out.</summary>
public sealed record Accomplished(long Reference, string Text) : SessionMessage, IReferenceMessage;
