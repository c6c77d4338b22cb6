using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Links;
using Ccr.Invariants;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>A connection to another manager, from its hello on.</summary>
internal sealed class SimLink(LinkId id, bool openedHere, NodeName expected)
{
    internal LinkId Id { get; } = id;

    internal bool OpenedHere { get; } = openedHere;

    internal NodeName Expected { get; } = expected;

    internal SimEnd End { get; set; } = null!;

    internal ManagerIdentity? Peer { get; set; }

    internal int PeerLanes { get; set; }

    internal bool IsUp { get; set; }

    internal bool IsDown { get; set; }

    internal long HeardUs { get; set; }

    /// <summary>Told once how the greeting ended: null, or why it failed.</summary>
    internal Action<Refusal?>? Greeted { get; set; }
}

/// <summary>The links of a manager, by the rules of its LinkTable, LinkGreeting, LinkReceiver and LinkWatch.</summary>
internal sealed class SimLinks(SimManager manager) : IListener, IEndUser
{
    private readonly SortedDictionary<long, SimLink> _links = [];
    private readonly PeerTable _peers = new(manager.Node.Name, manager.Node.SavedPeers);
    private string _locationAddress = "";
    private long _lastId;
    private long _lastPing;

    public SimProcess Owner => manager;

    internal PeerTable Peers => _peers;

    internal Announcement SelfAnnouncement => new(manager.Self, manager.Node.Address, _locationAddress);

    public IEndUser Accept(SimEnd end)
    {
        Add(end, openedHere: false, default);
        return this;
    }

    /// <summary>We opened the connection: say who we are.</summary>
    internal SimLink Open(SimEnd end, NodeName expected)
    {
        SimLink link = Add(end, openedHere: true, expected);
        Announcement self = SelfAnnouncement;
        end.Send(new LinkHello(1, self.Identity, manager.Lanes.Length, self.Address, self.LocationAddress));
        end.Flush();
        return link;
    }

    /// <summary>A frame of an association leaves a lane; null when its link has ended.</summary>
    internal SimEnd? Send(SendOnLink send)
    {
        if (!_links.TryGetValue(send.Link.Value, out SimLink? link))
        {
            return null;
        }

        link.End.Send(send.Message, () => Left(link, send.Message));
        return link.End;
    }

    /// <summary>A link to this node that is up, one of our own before others.</summary>
    internal SimLink? To(NodeName node, bool ownOnly)
    {
        SimLink? found = null;
        foreach (SimLink link in _links.Values)
        {
            if (link.IsUp && !link.IsDown && link.Peer!.Node == node)
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

    internal void LocationIs(string address)
    {
        if (address != _locationAddress)
        {
            _locationAddress = address;
            Broadcast(new Announce([SelfAnnouncement]), null);
        }
    }

    /// <summary>Pings the silent, and closes those that stay silent.</summary>
    internal void Watch()
    {
        Knobs knobs = manager.World.Plan.Knobs;
        foreach (SimLink link in _links.Values.ToArray())
        {
            long silentMs = (manager.World.Clock.NowUs - link.HeardUs) / 1_000;
            if (silentMs > (link.IsUp ? knobs.PingTimeoutMs : knobs.HelloTimeoutMs))
            {
                link.End.Close($"Nothing was heard for {silentMs} ms.");
            }
            else if (link.IsUp && silentMs > knobs.PingIntervalMs)
            {
                link.End.Send(new Ping(++_lastPing));
                link.End.Flush();
            }
        }
    }

    public void OnFrame(SimEnd end, ReadOnlySpan<byte> frame)
    {
        SimLink link = (SimLink)end.Tag!;
        manager.World.Transcript.Mix(frame);
        LinkMessage message = LinkMessage.Decode(frame, out BerStatus status)
            ?? throw new SimulationException($"WIRE: A frame of a link cannot be read back: {status}");
        if (link.IsUp)
        {
            Take(link, message);
        }
        else
        {
            Greet(link, message);
        }
    }

    public void OnBatchEnd(SimEnd end)
    {
        ((SimLink)end.Tag!).HeardUs = manager.World.Clock.NowUs;
        end.Flush();
    }

    public void OnClosed(SimEnd end, string reason)
    {
        if (end.Tag is not SimLink link)
        {
            return; // it was lost before we knew that it was open
        }

        _links.Remove(link.Id.Value);
        if (link.IsUp && !link.IsDown)
        {
            manager.World.Transcript.Say(manager.Name, $"link to {link.Peer} is down: {reason}");
            manager.PostAll(new LinkDown(link.Id, reason));
        }

        link.IsDown = true;
        EndGreeting(link, new Refusal(RefusalCode.NodeUnreachable, reason));
    }

    private SimLink Add(SimEnd end, bool openedHere, NodeName expected)
    {
        SimLink link = new(new LinkId(++_lastId), openedHere, expected)
        {
            End = end,
            HeardUs = manager.World.Clock.NowUs,
        };
        end.Tag = link;
        _links.Add(link.Id.Value, link);
        return link;
    }

    private void Left(SimLink link, LinkMessage message)
    {
        if (message is AssociationMessage about)
        {
            manager.World.Coverage.Frame(about);
            manager.World.Checker.See(
                new FrameLeft(manager.Node.Name, link.Peer!.Node, link.End.Connection.Number, about));
        }
    }

    private static void EndGreeting(SimLink link, Refusal? how)
    {
        Action<Refusal?>? greeted = link.Greeted;
        link.Greeted = null;
        greeted?.Invoke(how);
    }

    private void Greet(SimLink link, LinkMessage message)
    {
        switch (message)
        {
            case LinkHello hello when !link.OpenedHere:
                if (Judge(link, hello.Identity, hello.Address, hello.LocationAddress) is { } news)
                {
                    Announcement self = SelfAnnouncement;
                    link.End.Send(new LinkWelcome(
                        1, self.Identity, manager.Lanes.Length, self.Address, self.LocationAddress));
                    Up(link, new Announcement(hello.Identity, hello.Address, hello.LocationAddress), hello.Lanes, news);
                }

                break;
            case LinkWelcome welcome when link.OpenedHere && welcome.Identity.Node != link.Expected:
                Refuse(link, new Refusal(RefusalCode.StaleIdentity,
                    $"{link.Expected} was looked for here, and {welcome.Identity.Node} answered."));
                break;
            case LinkWelcome welcome when link.OpenedHere:
                if (Judge(link, welcome.Identity, welcome.Address, welcome.LocationAddress) is { } newer)
                {
                    Announcement peer = new(welcome.Identity, welcome.Address, welcome.LocationAddress);
                    Up(link, peer, welcome.Lanes, newer);
                    EndGreeting(link, null);
                }

                break;
            case LinkRefused refused when link.OpenedHere:
                manager.World.Counters.LinksRefused++;
                manager.World.Transcript.Say(manager.Name, $"refused by {link.Expected}: {refused.Refusal.Text}");
                EndGreeting(link, refused.Refusal);
                link.End.Close(refused.Refusal.Text);
                break;
            default:
                Refuse(link, new Refusal(RefusalCode.ProtocolError, $"{message.GetType().Name} is no greeting."));
                break;
        }
    }

    private PeerNews? Judge(SimLink link, ManagerIdentity identity, string address, string locationAddress)
    {
        Announcement seen = new(identity, address, locationAddress);
        PeerVerdict verdict = Note(seen, firstHand: true);
        if (verdict.Refusal is { } refusal)
        {
            Refuse(link, refusal);
            return null;
        }

        return verdict.News;
    }

    private PeerVerdict Note(Announcement seen, bool firstHand)
    {
        PeerVerdict verdict = _peers.Judge(seen, firstHand);
        if (verdict.News != PeerNews.Known)
        {
            manager.Node.SavedPeers = _peers.ToSaveWith(seen);
            _peers.Accept(seen);
        }

        return verdict;
    }

    private void Refuse(SimLink link, Refusal why)
    {
        manager.World.Counters.LinksRefused++;
        manager.World.Counters.OldCopiesRefused += link.End.Peer.Owner.Node.IsCopy ? 1 : 0;
        link.End.Send(new LinkRefused(why));
        link.End.Flush();
        EndGreeting(link, why);
        link.End.Close(why.Text);
    }

    private void Up(SimLink link, Announcement peer, int lanes, PeerNews news)
    {
        if (link.End.Peer.Owner.Node.IsCopy)
        {
            throw new SimulationException($"SEM-6: {manager.Self} took an old copy for a node: {peer.Identity}.");
        }

        link.Peer = peer.Identity;
        link.PeerLanes = lanes;
        link.IsUp = true;
        manager.World.Counters.LinksUp++;
        manager.World.Transcript.Say(
            manager.Name, $"link to {peer.Identity} is up, opened {(link.OpenedHere ? "here" : "there")}");
        manager.PostAll(new LinkUp(link.Id, peer.Identity, lanes, link.OpenedHere, peer.Address));
        foreach (SimLink older in _links.Values.ToArray())
        {
            if (older.Peer is { } before && before.Node == peer.Identity.Node && before != peer.Identity)
            {
                older.End.Close($"{peer.Identity} has taken the place of {before}.");
            }
        }

        link.End.Send(new Announce([SelfAnnouncement, .. _peers.Known]));
        link.End.Flush();
        if (news != PeerNews.Known)
        {
            PassOn([peer], link);
        }

        manager.Dialer.IsAlive(peer.Identity.Node);
    }

    private void Take(SimLink link, LinkMessage message)
    {
        switch (message)
        {
            case AssociationMessage about:
                int opener = (int)((about.Association >> 8) & 0xFF);
                int acceptor = (int)(about.Association & 0xFF);
                manager.Lanes[link.OpenedHere ? opener : acceptor].Post(new LinkReceived(link.Id, about));
                break;
            case DamageReport or DamageNoted:
                AtomicActionId action = ((IActionMessage)message).Action;
                manager.World.Coverage.Node(message);
                manager.LaneOf(action).Post(new NodeReceived(link.Peer!.Node, message));
                break;
            case Announce announce:
                TakeAnnounce(link, announce);
                break;
            case Ping ping:
                link.End.Send(new Pong(ping.Reference));
                break;
        }
    }

    private void TakeAnnounce(SimLink from, Announce announce)
    {
        List<Announcement> news = [];
        foreach (Announcement seen in announce.Nodes)
        {
            PeerVerdict verdict = Note(seen, firstHand: seen.Identity.Node == from.Peer!.Node);
            if (verdict is { Refusal: null, News: not PeerNews.Known })
            {
                news.Add(seen);
            }
        }

        if (news.Count > 0)
        {
            PassOn(news, from);
        }
    }

    private void PassOn(IReadOnlyList<Announcement> news, SimLink from)
    {
        Broadcast(new Announce(news), from);
        manager.Sessions.TellPeers();
    }

    private void Broadcast(Announce announce, SimLink? except)
    {
        foreach (SimLink link in _links.Values)
        {
            if (link.IsUp && !ReferenceEquals(link, except))
            {
                link.End.Send(announce);
                link.End.Flush();
            }
        }
    }
}
