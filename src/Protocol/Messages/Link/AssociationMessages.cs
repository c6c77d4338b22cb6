namespace Ccr.Protocol.Messages;

/// <summary>The acceptor refuses an association.</summary>
public sealed record Rejected(long Association, Refusal Refusal) : AssociationMessage(Association);

/// <summary>C-P-ERROR: this association alone ends.</summary>
public sealed record Abort(long Association, Refusal Refusal) : AssociationMessage(Association);
