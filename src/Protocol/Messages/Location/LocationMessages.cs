namespace Ccr.Protocol.Messages;

/// <summary>A Server of this node registers, or renews its lease.</summary>
public sealed record RegisterPlace(long Reference, Place Place, int LeaseMs) : LocationMessage, IReferenceMessage;

/// <summary>The lease that was given.</summary>
public sealed record PlaceRegistered(long Reference, int LeaseMs) : LocationMessage, IReferenceMessage;

/// <summary>A Server ends its registration.</summary>
public sealed record Withdraw(long Reference, string Server, long Incarnation) : LocationMessage, IReferenceMessage;

/// <summary>
/// Where is this Server? Fresh: not from a cache. From a peer: for this node alone, never passed on.
/// </summary>
public sealed record LookUp(long Reference, string Server, bool Fresh, bool FromPeer)
    : LocationMessage, IReferenceMessage;

/// <summary>Where a Server is.</summary>
public sealed record PlaceFound(long Reference, Place Place, bool Cached) : LocationMessage, IReferenceMessage;

/// <summary>A request that cannot be served.</summary>
public sealed record LocationRefused(long Reference, Refusal Refusal) : LocationMessage, IReferenceMessage;

/// <summary>Asks for all registrations of this node.</summary>
public sealed record ListPlaces(long Reference) : LocationMessage, IReferenceMessage;

/// <summary>Answers <see cref="ListPlaces"/>.</summary>
public sealed record Places(long Reference, IReadOnlyList<Place> Items) : LocationMessage, IReferenceMessage
{
    /// <inheritdoc cref="Places"/>
    public IReadOnlyList<Place> Items { get; init => field = ValueList.Of(value); } = ValueList.Of(Items);
}
