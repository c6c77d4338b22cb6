using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Contract;

/// <summary>
/// What the core asks of its host. A batch's outputs are carried out in order, under one rule: one with an
/// <c>After</c> leaves when this lane's log is forced up to that position, and holds back all later outputs of the
/// same channel (association or session) until then (SEM-13, SEM-14). <see cref="OutputGate"/> is that rule.
/// </summary>
public abstract record Output;

/// <summary>Append this record; it is this lane's next position.</summary>
/// <param name="Content">The record; the log adds its identity, sequence and checksum.</param>
/// <param name="Forced">False: it may wait for the next force (nothing depends on it).</param>
public sealed record Append(LogContent Content, bool Forced) : Output;

/// <summary>Something that leaves the lane, after the log is forced up to a position.</summary>
/// <param name="After">The position; 0: at once.</param>
public abstract record Departure(long After) : Output;

/// <summary>Send a frame on a link. The channel is the message's association.</summary>
public sealed record SendOnLink(LinkId Link, long Association, LinkMessage Message, long After) : Departure(After);

/// <summary>Send a message to a Client, a Server or an operator. The channel is the session.</summary>
public sealed record SendToSession(SessionId Session, SessionMessage Message, long After) : Departure(After);

/// <summary>Send a management message to a node over any link, opening one if need be (SEM-4). May be lost.</summary>
public sealed record SendToNode(NodeName Node, LinkMessage Message, long After) : Departure(After);

/// <summary>A link of our own to this node is wanted: answered by LinkUp or ConnectFailed.</summary>
/// <param name="Node">The node.</param>
/// <param name="AddressHint">From the log, "HOST:PORT"; empty when none is known. Newer knowledge wins (SEM-7).</param>
public sealed record ConnectTo(NodeName Node, string AddressHint) : Output;

/// <summary>Ask the Location Server where a Server is: answered by ServerLocated.</summary>
/// <param name="Server">The Server's name.</param>
/// <param name="Fresh">Do not answer from a cache: the place last told was wrong.</param>
public sealed record LocateServer(string Server, bool Fresh) : Output;

/// <summary>Step <see cref="DeadlineReached"/> in so many milliseconds, unless cleared before.</summary>
public sealed record SetDeadline(DeadlineId Deadline, long DelayMs) : Output;

/// <summary>The deadline is no longer wanted. One that is reached all the same is ignored.</summary>
public sealed record ClearDeadline(DeadlineId Deadline) : Output;

/// <summary>Something worth drawing in an action's sequence chart, once it has really left.</summary>
/// <param name="Action">The action.</param>
/// <param name="From">"client", "manager NODE" or "server NAME".</param>
/// <param name="To">The same.</param>
/// <param name="What">"C-PREPARE-RI", "log-ready", ...</param>
/// <param name="After">As of the message that it tells of.</param>
public sealed record Traced(AtomicActionId Action, string From, string To, string What, long After) : Departure(After);
