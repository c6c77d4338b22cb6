using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.CcrManager.Operator;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager.Links;

/// <summary>
/// Takes the frames of all links and hands each to whom it concerns. A frame that breaks the protocol of one
/// association ends that association; one that names none ends the link. Nobody else loses anything.
/// </summary>
internal sealed class LinkReceiver(
    LinkTable table, LinkGreeting greeting, LaneSet lanes, TraceDesk traces, TimeProvider time, ILogger logger)
    : IFrameSink
{
    /// <inheritdoc/>
    public void OnOpened(FramedConnection connection)
    {
        if (table.Address.Length == 0)
        {
            connection.Close("This node is only starting.");
            return;
        }

        Link? link = connection.Tag as Link ?? table.Add(openedHere: false, default);
        if (link is null)
        {
            connection.Send(new LinkRefused(new Refusal(
                RefusalCode.Limit, $"{table.Self.Node} has {ManagerLimits.LinksMax} links, which is the limit.")));
            connection.Flush();
            connection.Close("too many links are open.");
            return;
        }

        connection.Tag = link;
        link.Connection = connection;
        if (link.OpenedHere)
        {
            greeting.Open(link);
        }
    }

    /// <inheritdoc/>
    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        if (connection.Tag is not Link link || link.Phase == LinkPhase.Down)
        {
            return;
        }

        LinkMessage? message = LinkMessage.Decode(frame, out BerStatus status);
        if (message is null)
        {
            TakeUnreadable(link, frame, status);
        }
        else if (link.Phase == LinkPhase.Greeting)
        {
            greeting.Take(link, message);
        }
        else
        {
            Take(link, message, frame.Length);
        }
    }

    /// <inheritdoc/>
    public void OnBatchEnd(FramedConnection connection)
    {
        if (connection.Tag is Link link)
        {
            link.HeardAt = time.GetTimestamp();
        }

        lanes.Kick();
        connection.Flush();
    }

    /// <inheritdoc/>
    public void OnClosed(FramedConnection connection, string reason)
    {
        if (connection.Tag is Link link)
        {
            table.SetDown(link, reason);
        }
    }

    private void Take(Link link, LinkMessage message, int octets)
    {
        switch (message)
        {
            case AssociationMessage association:
                TakeAssociation(link, association, octets);
                break;
            case DamageReport or DamageNoted:
                AtomicActionId action = ((IActionMessage)message).Action;
                Enqueue(link, lanes.Of(action), new NodeReceived(link.Peer!.Node, message), octets);
                break;
            case Announce announce:
                table.TakeAnnounce(link, announce);
                break;
            case TraceRequest request:
                traces.Answer(link.Connection!, request);
                break;
            case TraceReply reply:
                traces.Take(link.Peer!.Node, reply);
                break;
            case Ping ping:
                link.Connection!.Send(new Pong(ping.Reference));
                break;
            case Pong:
                break; // that it was heard is all there is to know
            default:
                Break(link, $"It sent {Failpoints.KindOf(message)} on a link that is up already.");
                break;
        }
    }

    /// <summary>An association's number tells its lane at each end (asn1/CCR-Link.asn1).</summary>
    private void TakeAssociation(Link link, AssociationMessage message, int octets)
    {
        long number = message.Association;
        int openerLane = (int)((number >> 8) & 0xFF);
        int acceptorLane = (int)(number & 0xFF);
        (int here, int there) = link.OpenedHere ? (openerLane, acceptorLane) : (acceptorLane, openerLane);
        string? wrong = here >= lanes.Count ? $"there is no lane {here} at {table.Self.Node}, which has {lanes.Count}"
            : there >= link.PeerLanes ? $"there is no lane {there} at its other end, which has {link.PeerLanes}"
            : message is Associate && link.OpenedHere ? "only the opener of a connection begins associations on it"
            : null;
        if (wrong is null)
        {
            Enqueue(link, lanes[here], new LinkReceived(link.Id, message), octets);
        }
        else if (message is not Abort)
        {
            Refusal refusal = new(RefusalCode.ProtocolError, $"Association {number} cannot be: {wrong}.");
            ManagerLog.AssociationBroken(logger, link.ToString(), refusal.Text);
            link.Connection!.Send(new Abort(number, refusal));
        }
    }

    private void TakeUnreadable(Link link, ReadOnlySpan<byte> frame, BerStatus status)
    {
        if (link.Phase != LinkPhase.Up || AssociationOf(frame) is not { } number)
        {
            Break(link, $"It sent a frame that is no message of a link. {status}");
            return;
        }

        Refusal refusal = new(RefusalCode.ProtocolError, $"A frame of association {number} cannot be read. {status}");
        ManagerLog.AssociationBroken(logger, link.ToString(), refusal.Text);
        link.Connection!.Send(new Abort(number, refusal));
        TakeAssociation(link, new Abort(number, refusal), frame.Length);
    }

    /// <summary>The association of a frame whose remainder cannot be read; null where even that is not there.</summary>
    private static long? AssociationOf(ReadOnlySpan<byte> frame)
    {
        const int Associate = 3, Abort = 8;
        BerStatus status = default;
        BerReader reader = new(frame, ref status);
        int tag = reader.PeekTag();
        if (tag < BerTag.Context(Associate) || tag > BerTag.Context(Abort))
        {
            return null;
        }

        BerReader inner = reader.Enter(tag);
        long number = inner.ReadInteger(BerTag.Context(0), 0, long.MaxValue);
        return status.Ok ? number : null;
    }

    private void Enqueue(Link link, LaneHost lane, Input input, int octets)
    {
        if (link.Inflow.TryTake(octets))
        {
            lane.Enqueue(input, link.Inflow, octets);
        }
        else
        {
            Break(link, "It sends faster than it can be served, and more waits than the limit allows.");
        }
    }

    private void Break(Link link, string why)
    {
        if (link.Phase == LinkPhase.Greeting)
        {
            greeting.Refuse(link, new Refusal(RefusalCode.ProtocolError, why));
            return;
        }

        ManagerLog.LinkBroken(logger, link.ToString(), why);
        link.Connection!.Close(why);
    }
}
