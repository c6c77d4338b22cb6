using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Operator;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;

namespace Ccr.CcrManager.Lanes;

/// <summary>Where a lane's departures and questions go. Called on the lane's thread: nothing here waits.</summary>
internal interface ILaneWorld
{
    /// <summary>
    /// The connection of a link, or null when it has ended: what was to be sent is then lost (SEM-15).
    /// </summary>
    FramedConnection? ConnectionOf(LinkId link);

    /// <summary>The connection of a session, or null when it has ended.</summary>
    FramedConnection? ConnectionOf(SessionId session);

    /// <summary>A management message for a node, over any link; one is opened if need be (SEM-4).</summary>
    void SendToNode(NodeName node, LinkMessage message);

    /// <summary>A lane wants a link of our own to a node.</summary>
    void Connect(int lane, ConnectTo wanted);

    /// <summary>A lane asks where a Server is.</summary>
    void Locate(int lane, LocateServer wanted);
}

/// <summary>
/// The atomic-action log as a lane sees it: records are handed over, and positions come back as inputs.
/// </summary>
internal interface ILaneLog
{
    /// <summary>Copies all records of one turn of a lane, in order; they are this lane's next positions.</summary>
    void Hand(int lane, IReadOnlyList<(LogContent Content, bool Forced)> records);
}

/// <summary>What every lane of a manager shares.</summary>
internal sealed record LaneSurroundings(
    ILaneLog Log, ILaneWorld World, TraceStore Trace, TimeProvider Time, Failpoints Failpoints,
    IManagerFailure Failure);

/// <summary>What the manager does when it cannot go on.</summary>
internal interface IManagerFailure
{
    /// <summary>An exception came out of the core while it handled this input (SEM-16).</summary>
    /// <param name="input">The input.</param>
    /// <param name="begun">What the core had already asked for; none of it was carried out.</param>
    /// <param name="exception">What came out.</param>
    void Impossible(Input input, IReadOnlyList<Output> begun, Exception exception);
}
