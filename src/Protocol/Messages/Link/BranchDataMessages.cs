namespace Ccr.Protocol.Messages;

/// <summary>From the superior on a live branch: one more Server at a node that already takes part.</summary>
public sealed record ExtendData(long Association, long Reference, string Server) : AssociationMessage(Association);

/// <summary>From the subordinate: answers <see cref="ExtendData"/>.</summary>
public sealed record ExtendedData(long Association, long Reference, ServerPlace Place)
    : AssociationMessage(Association);
