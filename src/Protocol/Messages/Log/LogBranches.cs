using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>A branch to another node; the address is a hint.</summary>
public sealed record Subordinate(NodeName Node, BranchId Branch, string Address);

/// <summary>A branch to a Server of this node.</summary>
public sealed record ServerBranch(string Server, BranchId Branch);
