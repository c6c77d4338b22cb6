using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>The first frame of a session. The address is the Location Server's, for its peers.</summary>
public sealed record Hello(int Version, SessionRole Role, string Program, string? Address) : SessionMessage;

/// <summary>The manager's answer to <see cref="Hello"/>.</summary>
public sealed record Welcome(int Version, ManagerIdentity Identity) : SessionMessage;

/// <summary>A request that cannot be served; reference 0: the session as a whole.</summary>
public sealed record RequestRefused(long Reference, Refusal Refusal) : SessionMessage, IReferenceMessage;
