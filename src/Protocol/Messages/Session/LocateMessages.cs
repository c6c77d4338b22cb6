using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>Manager to Location Server: where is this Server? Fresh: do not answer from a cache.</summary>
public sealed record Locate(long Reference, string Server, bool Fresh) : SessionMessage, IReferenceMessage;

/// <summary>The Location Server's answer: where the Server is, or why it was not found.</summary>
/// <param name="Reference">As asked.</param>
/// <param name="Server">The Server's name.</param>
/// <param name="Found">Where it is, or null.</param>
/// <param name="Refused">Why it was not found, or null: exactly one of the two is there.</param>
public sealed record Located(long Reference, string Server, LocatedAt? Found, Refusal? Refused)
    : SessionMessage, IReferenceMessage;

/// <summary>Where a Server is.</summary>
public sealed record LocatedAt(NodeName Node, string Kind, long Incarnation, IReadOnlyList<string> Addresses)
{
    /// <inheritdoc cref="LocatedAt"/>
    public IReadOnlyList<string> Addresses { get; init => field = ValueList.Of(value); } = ValueList.Of(Addresses);
}

/// <summary>Manager to Location Server, whenever they change: the nodes that are known.</summary>
public sealed record Peers(IReadOnlyList<Announcement> Nodes) : SessionMessage
{
    /// <inheritdoc cref="Peers"/>
    public IReadOnlyList<Announcement> Nodes { get; init => field = ValueList.Of(value); } = ValueList.Of(Nodes);
}
