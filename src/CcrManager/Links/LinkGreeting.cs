using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager.Links;

/// <summary>
/// The first frames of a link: hello and welcome, or a refusal in words. Nobody speaks for a node before its
/// identity was compared with the highest ever seen (SEM-6).
/// </summary>
internal sealed class LinkGreeting(LinkTable table, Action<NodeName> isAlive, int lanes, ILogger logger)
{
    /// <summary>We opened the link: say who we are.</summary>
    public void Open(Link link)
    {
        Announcement self = table.SelfAnnouncement;
        link.Connection!.Send(new LinkHello(
            ManagerLimits.ProtocolVersion, self.Identity, lanes, self.Address, self.LocationAddress));
        link.Connection.Flush();
    }

    /// <summary>A frame of a link whose hellos are not exchanged yet.</summary>
    public void Take(Link link, LinkMessage message)
    {
        switch (message)
        {
            case LinkHello hello when !link.OpenedHere:
                TakeHello(link, LinkHelloFacts.Of(hello));
                break;
            case LinkWelcome welcome when link.OpenedHere:
                TakeWelcome(link, LinkHelloFacts.Of(welcome));
                break;
            case LinkRefused refused when link.OpenedHere:
                ManagerLog.LinkRefusedUs(logger, link.ToString(), refused.Refusal.Text);
                link.Greeted.TrySetResult(refused.Refusal);
                link.Connection!.Close(refused.Refusal.Text);
                break;
            default:
                Refuse(link, new Refusal(
                    RefusalCode.ProtocolError,
                    $"A link's first message was {Failpoints.KindOf(message)}, where "
                    + $"{(link.OpenedHere ? "welcome" : "hello")} is due."));
                break;
        }
    }

    /// <summary>Refuses a link in words, and ends it.</summary>
    public void Refuse(Link link, Refusal why)
    {
        ManagerLog.LinkRefused(logger, link.ToString(), why.Text);
        link.Connection!.Send(new LinkRefused(why));
        link.Connection.Flush();
        link.Greeted.TrySetResult(why);
        link.Connection.Close(why.Text);
    }

    private void TakeHello(Link link, LinkHelloFacts peer)
    {
        if (Judge(link, peer) is not { } news)
        {
            return;
        }

        Announcement self = table.SelfAnnouncement;
        link.Connection!.Send(new LinkWelcome(
            ManagerLimits.ProtocolVersion, self.Identity, lanes, self.Address, self.LocationAddress));
        table.SetUp(link, peer, news);
        isAlive(peer.Identity.Node);
    }

    private void TakeWelcome(Link link, LinkHelloFacts peer)
    {
        if (peer.Identity.Node != link.Expected)
        {
            Refuse(link, new Refusal(
                RefusalCode.StaleIdentity,
                $"{link.Expected} was looked for here, and {peer.Identity.Node} answered: the "
                + "address is out of date."));
            return;
        }

        if (Judge(link, peer) is { } news)
        {
            table.SetUp(link, peer, news);
            isAlive(peer.Identity.Node);
            link.Greeted.TrySetResult(null);
        }
    }

    /// <summary>What is new of the peer; null when it was refused.</summary>
    private PeerNews? Judge(Link link, LinkHelloFacts peer)
    {
        if (peer.Version != ManagerLimits.ProtocolVersion)
        {
            Refuse(link, new Refusal(
                RefusalCode.ProtocolError,
                $"{peer.Identity.Node} speaks version {peer.Version} of CCR-Link, and {table.Self.Node} version "
                + $"{ManagerLimits.ProtocolVersion}: run the same release on both."));
            return null;
        }

        PeerVerdict verdict = table.Book.Note(peer.Announcement, firstHand: true);
        if (verdict.Refusal is { } refusal)
        {
            Refuse(link, refusal);
            return null;
        }

        return verdict.News;
    }
}
