using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.CcrManager.Links;
using Ccr.CcrManager.Sessions;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;

namespace Ccr.CcrManager;

/// <summary>What the lanes reach: sessions, links, the Location Server.</summary>
internal sealed class ManagerWorld(
    SessionTable sessions, LinkTable links, LinkDialer dialer, Locator locator) : ILaneWorld
{
    /// <inheritdoc/>
    public FramedConnection? ConnectionOf(LinkId link) => links.ConnectionOf(link);

    /// <inheritdoc/>
    public FramedConnection? ConnectionOf(SessionId session) => sessions.Find(session)?.Connection;

    /// <inheritdoc/>
    public void SendToNode(NodeName node, LinkMessage message) => dialer.Send(node, message);

    /// <inheritdoc/>
    public void Connect(int lane, ConnectTo wanted) => dialer.Connect(lane, wanted);

    /// <inheritdoc/>
    public void Locate(int lane, LocateServer wanted) => locator.Ask(lane, wanted);
}
