using System.Collections.Concurrent;
using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager.Links;

/// <summary>
/// All links of this node. The lanes are told of each that comes up or goes down in the order in which that happened;
/// the peers are told who is where, and so is the Location Server of this node (SEM-7).
/// </summary>
internal sealed class LinkTable(ManagerIdentity self, PeerBook book, LaneSet lanes, TimeProvider time, ILogger logger)
{
    private readonly ConcurrentDictionary<long, Link> _links = new();
    private readonly ConcurrentDictionary<NodeName, bool> _met = new();
    private readonly Lock _lock = new();
    private Action<Peers>? _tellLocation;
    private string _locationAddress = "";
    private long _lastId;
    private long _octetsOfEnded;

    /// <summary>Where this node's manager listens, "HOST:PORT". Set before the first link.</summary>
    public string Address { get; set; } = "";

    /// <summary>Who this manager is.</summary>
    public ManagerIdentity Self => self;

    /// <summary>What is known of the other nodes.</summary>
    public PeerBook Book => book;

    /// <summary>What this node says of itself.</summary>
    public Announcement SelfAnnouncement => new(self, Address, Volatile.Read(ref _locationAddress));

    /// <summary>Octets that were sent on all links, those that have ended included.</summary>
    public long OctetsSent =>
        Interlocked.Read(ref _octetsOfEnded) + _links.Values.Sum(link => link.Connection?.OctetsSent ?? 0);

    /// <summary>All links.</summary>
    public ICollection<Link> All => _links.Values;

    /// <summary>True when a link with this node was up since the start.</summary>
    public bool HasMet(NodeName node) => _met.ContainsKey(node);

    /// <summary>A new link, still without its connection; null when there are too many.</summary>
    public Link? Add(bool openedHere, NodeName expected)
    {
        if (_links.Count >= ManagerLimits.LinksMax)
        {
            return null;
        }

        Link link = new(new LinkId(Interlocked.Increment(ref _lastId)), openedHere, expected, time.GetTimestamp());
        _links[link.Id.Value] = link;
        return link;
    }

    /// <summary>The connection of a link, or null when it has ended.</summary>
    public FramedConnection? ConnectionOf(LinkId id) =>
        _links.TryGetValue(id.Value, out Link? link) ? link.Connection : null;

    /// <summary>A link to this node that is up, one of our own before others; null when there is none.</summary>
    public Link? To(NodeName node, bool ownOnly)
    {
        Link? found = null;
        foreach (Link link in _links.Values)
        {
            if (link.Phase == LinkPhase.Up && link.Peer!.Node == node)
            {
                if (link.OpenedHere)
                {
                    return link;
                }

                found = link;
            }
        }

        return ownOnly ? null : found;
    }

    /// <summary>The peer was accepted: the lanes are told, and other peers where it is news.</summary>
    public void SetUp(Link link, LinkHelloFacts peer, PeerNews news)
    {
        lock (_lock)
        {
            if (link.Phase != LinkPhase.Greeting)
            {
                return;
            }

            link.Peer = peer.Identity;
            link.PeerLanes = peer.Lanes;
            link.Phase = LinkPhase.Up;
            _met.TryAdd(peer.Identity.Node, true);
            lanes.EnqueueAll(new LinkUp(link.Id, peer.Identity, peer.Lanes, link.OpenedHere, peer.Address));
        }

        ManagerLog.LinkUp(logger, link.ToString());
        CloseOlder(peer.Identity);
        link.Connection!.Send(new Announce([SelfAnnouncement, .. book.Known]));
        if (news != PeerNews.Known)
        {
            PassOn([new Announcement(peer.Identity, peer.Address, peer.LocationAddress)], link);
        }
    }

    /// <summary>The connection ended: the lanes are told, where they knew of it.</summary>
    public void SetDown(Link link, string reason)
    {
        if (_links.TryRemove(link.Id.Value, out _))
        {
            Interlocked.Add(ref _octetsOfEnded, link.Connection?.OctetsSent ?? 0);
        }

        lock (_lock)
        {
            if (link.Phase == LinkPhase.Up)
            {
                lanes.EnqueueAll(new LinkDown(link.Id, reason));
                ManagerLog.LinkDown(logger, link.ToString(), reason);
            }

            link.Phase = LinkPhase.Down;
        }

        link.Greeted.TrySetResult(new Refusal(RefusalCode.NodeUnreachable, reason));
        lanes.Kick();
    }

    /// <summary>A peer tells who is where: what is news is kept and passed on.</summary>
    public void TakeAnnounce(Link from, Announce announce)
    {
        List<Announcement> news = [];
        foreach (Announcement seen in announce.Nodes)
        {
            PeerVerdict verdict = book.Note(seen, firstHand: seen.Identity.Node == from.Peer!.Node);
            if (verdict.Refusal is { } refusal)
            {
                ManagerLog.AnnouncementRefused(logger, from.Peer.Node.Value, refusal.Text);
            }
            else if (verdict.News != PeerNews.Known)
            {
                news.Add(seen);
            }
            else if (seen.Identity.Node == self.Node && seen.Identity != self)
            {
                WarnOfDouble(from.Peer.Node, seen.Identity);
            }
        }

        if (news.Count > 0)
        {
            PassOn(news, from);
        }
    }

    /// <summary>
    /// The Location Server of this node has come (its address, and how to tell it the peers) or gone.
    /// </summary>
    public void LocationServer(string? address, Action<Peers>? tell)
    {
        lock (_lock)
        {
            _tellLocation = tell;
        }

        tell?.Invoke(new Peers(book.Known));
        if (address is not null && address != Volatile.Read(ref _locationAddress))
        {
            Volatile.Write(ref _locationAddress, address);
            Broadcast(new Announce([SelfAnnouncement]), except: null);
        }
    }

    /// <summary>Closes all links to a node, or all of all nodes.</summary>
    public void Close(NodeName? node, string reason)
    {
        foreach (Link link in _links.Values.Where(link => node is null || link.Peer?.Node == node))
        {
            link.Connection?.Close(reason);
        }
    }

    private void WarnOfDouble(NodeName teller, ManagerIdentity other)
    {
        if (other.Log != self.Log || other.Epoch > self.Epoch)
        {
            ManagerLog.NameTakenTwice(logger, self.ToString(), teller.Value, other.ToString());
        }
    }

    /// <summary>A newer start of a node ends the links of its older ones.</summary>
    private void CloseOlder(ManagerIdentity current)
    {
        foreach (Link link in _links.Values)
        {
            if (link.Peer is { } peer && peer.Node == current.Node && peer != current)
            {
                link.Connection?.Close($"{current} has taken the place of {peer}.");
            }
        }
    }

    private void PassOn(IReadOnlyList<Announcement> news, Link from)
    {
        Broadcast(new Announce(news), from);
        Action<Peers>? tell;
        lock (_lock)
        {
            tell = _tellLocation;
        }

        tell?.Invoke(new Peers(book.Known));
    }

    private void Broadcast(Announce announce, Link? except)
    {
        foreach (Link link in _links.Values.Where(link => link.Phase == LinkPhase.Up && link != except))
        {
            link.Connection!.Send(announce);
            link.Connection.Flush();
        }
    }
}
