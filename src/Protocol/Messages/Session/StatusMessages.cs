using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>An operator asks how the manager is.</summary>
public sealed record AskStatus(long Reference) : SessionMessage, IReferenceMessage;

/// <summary>How the manager is.</summary>
public sealed record Status(
    long Reference, ManagerIdentity Identity, string Version, long UpMs, long Lanes, string Address,
    IReadOnlyList<Counter> Counters, IReadOnlyList<ServerStatus> Servers, IReadOnlyList<PeerStatus> Peers)
    : SessionMessage, IReferenceMessage
{
    /// <inheritdoc cref="Status"/>
    public IReadOnlyList<Counter> Counters { get; init => field = ValueList.Of(value); } = ValueList.Of(Counters);

    /// <inheritdoc cref="Status"/>
    public IReadOnlyList<ServerStatus> Servers { get; init => field = ValueList.Of(value); } = ValueList.Of(Servers);

    /// <inheritdoc cref="Status"/>
    public IReadOnlyList<PeerStatus> Peers { get; init => field = ValueList.Of(value); } = ValueList.Of(Peers);
}

/// <summary>One named count.</summary>
public sealed record Counter(string Name, long Value);

/// <summary>A Server that this manager knows.</summary>
public sealed record ServerStatus(string Server, string Kind, long Incarnation, bool Connected);

/// <summary>A peer that this manager knows.</summary>
public sealed record PeerStatus(ManagerIdentity Identity, string Address, string State);
