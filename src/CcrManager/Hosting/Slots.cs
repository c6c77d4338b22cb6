using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;

namespace Ccr.CcrManager;

/// <summary>
/// Lanes and the rest of the manager know one another; the lanes are made first, with a place for the log.
/// </summary>
internal sealed class LaneLogSlot : ILaneLog
{
    public ILaneLog? Log { get; set; }

    public void Hand(int lane, IReadOnlyList<(LogContent Content, bool Forced)> records) => Log!.Hand(lane, records);
}

/// <summary>The same for what the lanes reach.</summary>
internal sealed class LaneWorldSlot : ILaneWorld
{
    public ILaneWorld? World { get; set; }

    public FramedConnection? ConnectionOf(LinkId link) => World!.ConnectionOf(link);

    public FramedConnection? ConnectionOf(SessionId session) => World!.ConnectionOf(session);

    public void SendToNode(NodeName node, LinkMessage message) => World!.SendToNode(node, message);

    public void Connect(int lane, ConnectTo wanted) => World!.Connect(lane, wanted);

    public void Locate(int lane, LocateServer wanted) => World!.Locate(lane, wanted);
}
