using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>The first frame of the connection's opener.</summary>
public sealed record LinkHello(
    int Version, ManagerIdentity Identity, int Lanes, string Address, string LocationAddress)
    : LinkMessage;

/// <summary>The acceptor's answer to <see cref="LinkHello"/>.</summary>
public sealed record LinkWelcome(
    int Version, ManagerIdentity Identity, int Lanes, string Address, string LocationAddress)
    : LinkMessage;

/// <summary>The connection ends behind this.</summary>
public sealed record LinkRefused(Refusal Refusal) : LinkMessage;

/// <summary>Who is where (SEM-7); passed on, the highest epoch kept.</summary>
public sealed record Announce(IReadOnlyList<Announcement> Nodes) : LinkMessage
{
    /// <inheritdoc cref="Announce"/>
    public IReadOnlyList<Announcement> Nodes { get; init => field = ValueList.Of(value); } = ValueList.Of(Nodes);
}

/// <summary>Where one node is, by its last word.</summary>
public sealed record Announcement(ManagerIdentity Identity, string Address, string LocationAddress);

/// <summary>Asks whether the other side still answers.</summary>
public sealed record Ping(long Reference) : LinkMessage, IReferenceMessage;

/// <summary>Answers <see cref="Ping"/>.</summary>
public sealed record Pong(long Reference) : LinkMessage, IReferenceMessage;
