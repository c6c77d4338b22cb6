using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Contract;

/// <summary>A TCP connection to a peer manager, as the host numbers it.</summary>
public readonly record struct LinkId(long Value);

/// <summary>A connection of a Client, a Server or an operator, as the host numbers it.</summary>
public readonly record struct SessionId(long Value);

/// <summary>A deadline, as the core numbers it.</summary>
public readonly record struct DeadlineId(long Value);

/// <summary>
/// What can happen to the core of one lane. The host hands inputs to <see cref="Lane.Step"/> one at a time.
/// Whatever a lane needs of the outside world, the time included, comes in here.
/// </summary>
public abstract record Input;

/// <summary>The log has been read: what was live in it. The first input of every lane.</summary>
/// <param name="Self">Who this manager is now: its epoch has been forced already.</param>
/// <param name="Live">Records of this lane's actions that no later record has ended, oldest first.</param>
/// <param name="Held">Actions that stopped an earlier start: not stepped, held in doubt (SEM-16).</param>
public sealed record Restarted(
    ManagerIdentity Self, IReadOnlyList<LogContent> Live, IReadOnlyList<AtomicActionId> Held) : Input;

/// <summary>Every record of this lane up to <paramref name="Position"/> (1 is its first) is durable (SEM-13).</summary>
public sealed record LogForced(long Position) : Input;

/// <summary>A write or force failed: what is durable is unknown. The lane answers nobody any more.</summary>
public sealed record LogFailed(string Reason) : Input;

/// <summary>A connection to a peer has exchanged its hellos, and the peer's identity was accepted (SEM-6).</summary>
/// <param name="Link">The connection.</param>
/// <param name="Peer">Who is at the other end.</param>
/// <param name="PeerLanes">How many lanes the peer has.</param>
/// <param name="OpenedHere">True where we opened it: then all associations on it are begun by us.</param>
/// <param name="Address">Where the peer's manager listens, "HOST:PORT": a hint for the log.</param>
public sealed record LinkUp(
    LinkId Link, ManagerIdentity Peer, int PeerLanes, bool OpenedHere, string Address) : Input;

/// <summary>A connection ended: LOSS for every association on it (SEM-15).</summary>
public sealed record LinkDown(LinkId Link, string Reason) : Input;

/// <summary>
/// An associate, associated, rejected, data, branch-data or abort frame for an association of this lane.
/// </summary>
public sealed record LinkReceived(LinkId Link, LinkMessage Message) : Input;

/// <summary>A damage-report or damage-noted from a node, about an action of this lane (SEM-4).</summary>
public sealed record NodeReceived(NodeName Node, LinkMessage Message) : Input;

/// <summary>The connection asked for by <see cref="ConnectTo"/> could not be made now.</summary>
public sealed record ConnectFailed(NodeName Node, string Reason) : Input;

/// <summary>TransOpen from a Client. The host has chosen the identifier, and by it the lane.</summary>
public sealed record TransOpenReceived(SessionId Session, TransOpen Message, AtomicActionId Action) : Input;

/// <summary>Any other message of a Client, a Server or an operator about an action of this lane.</summary>
public sealed record SessionReceived(SessionId Session, SessionMessage Message) : Input;

/// <summary>A Server of this node has registered (every lane is told).</summary>
/// <param name="Session">Its session.</param>
/// <param name="Server">Its name.</param>
/// <param name="Incarnation">Its incarnation.</param>
/// <param name="Addresses">Where Clients reach it.</param>
/// <param name="IsDatabase">A database of this node: it ends application branches by name, and scans for them.</param>
public sealed record ServerUp(
    SessionId Session, string Server, long Incarnation, IReadOnlyList<string> Addresses, bool IsDatabase = false)
    : Input;

/// <summary>
/// Identifiers of this epoch that a session may open by itself (every lane is told, before the session is).
/// </summary>
/// <param name="Session">The session.</param>
/// <param name="First">The first counter.</param>
/// <param name="Count">How many.</param>
/// <param name="Lowest">Counters below it, leased before, are not used by the session any more.</param>
public sealed record ActionsLeased(SessionId Session, long First, int Count, long Lowest) : Input;

/// <summary>A session ended: a Client's, a Server's or an operator's (every lane is told).</summary>
public sealed record SessionDown(SessionId Session) : Input;

/// <summary>The answer to <see cref="LocateServer"/>.</summary>
/// <param name="Server">The Server's name.</param>
/// <param name="Node">Where it is, or <c>default</c>.</param>
/// <param name="Refusal">Why it was not found, or null.</param>
public sealed record ServerLocated(string Server, NodeName Node, Refusal? Refusal) : Input;

/// <summary>The deadline set by <see cref="SetDeadline"/> is reached.</summary>
public sealed record DeadlineReached(DeadlineId Deadline) : Input;

/// <summary>No new action is to be opened: the log is at its limit, or the node is stopping.</summary>
/// <param name="Why">The refusal to give, or null to admit actions again.</param>
public sealed record Admission(Refusal? Why) : Input;
