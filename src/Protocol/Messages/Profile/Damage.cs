using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>One heuristic damage; counted once by action, node and branch (SEM-4).</summary>
public sealed record Damage(NodeName Node, BranchId Branch, DamageKind Kind, DamageTaken Taken, string Text);
