using Ccr.AtomicActions.Contract;
using Ccr.Protocol;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// Who uses an association: one branch at one of its ends, for its life or for one C-RECOVER exchange.
/// </summary>
internal interface IAssociationUser
{
    /// <summary>The association that was asked for is there, and is this user's.</summary>
    void AssociationReady(Association association);

    /// <summary>It cannot be had now.</summary>
    void AssociationFailed(Refusal why);

    /// <summary>An APDU of the branch arrived.</summary>
    void Received(Association association, Apdu apdu);

    /// <summary>The branch's own data arrived (extend, extended).</summary>
    void Received(Association association, AssociationMessage data);

    /// <summary>LOSS: the association is gone (SEM-15).</summary>
    void Lost(Association association, string reason);
}

/// <summary>
/// One association, at one of its ends. It carries at most one live branch, or one C-RECOVER exchange, at a time
/// (ccr-standard.md 10, SEM-14), and dies with its connection.
/// </summary>
internal sealed class Association(Lane lane, Peer peer, long number, bool begunHere)
{
    internal Peer Peer { get; } = peer;

    internal long Number { get; } = number;

    /// <summary>True at the association's initiator: only it may begin branches (ccr-standard.md 8).</summary>
    internal bool BegunHere { get; } = begunHere;

    internal IAssociationUser? User { get; set; }

    internal bool Established { get; set; }

    internal bool Gone { get; set; }

    /// <summary>Both ends offered no-change completion.</summary>
    internal bool NochangeOffered { get; set; }

    internal AeTitle PeerTitle => Peer.Title;

    /// <summary>Sends an APDU, after the log is forced up to a position.</summary>
    internal void Send(AtomicActionId action, Apdu apdu, long after = 0)
    {
        if (Gone)
        {
            return;
        }

        lane.Emit(new SendOnLink(Peer.Link, Number, new Data(Number, apdu), after));
        lane.Trace(action, lane.SelfLabel, Peer.Label, ApduNames.Of(apdu), after);
    }

    /// <summary>Sends data of the branch beside its APDUs.</summary>
    internal void Send(AssociationMessage message)
    {
        if (!Gone)
        {
            lane.Emit(new SendOnLink(Peer.Link, Number, message, 0));
        }
    }

    /// <summary>The branch or exchange is over: the association may carry the next one.</summary>
    internal void Release()
    {
        User = null;
        if (BegunHere && Established && !Gone)
        {
            Peer.IdleOf((int)(Number & 0xFF)).Push(this);
        }
    }

    /// <summary>C-P-ERROR: ends this association; everything else on the connection goes on.</summary>
    internal void Break(RefusalCode code, string why)
    {
        if (!Gone)
        {
            Send(new Abort(Number, new Refusal(code, why)));
            End(why);
        }
    }

    /// <summary>The association is gone: LOSS for its user.</summary>
    internal void End(string reason)
    {
        Gone = true;
        Peer.Associations.Remove(Number);
        IAssociationUser? user = User;
        User = null;
        if (user is null)
        {
            return;
        }

        if (Established)
        {
            user.Lost(this, reason);
        }
        else
        {
            user.AssociationFailed(new Refusal(RefusalCode.AssociationLost, reason));
        }
    }
}

/// <summary>A connection to a peer manager, and the associations of this lane that live on it.</summary>
internal sealed class Peer(LinkUp up)
{
    internal LinkId Link { get; } = up.Link;

    internal ManagerIdentity Identity { get; } = up.Peer;

    internal AeTitle Title { get; } = AeTitle.Of(up.Peer.Node);

    internal string Label { get; } = "manager " + up.Peer.Node.Value;

    internal int Lanes { get; } = up.PeerLanes;

    internal bool OpenedHere { get; } = up.OpenedHere;

    internal string Address { get; } = up.Address;

    internal Dictionary<long, Association> Associations { get; } = [];

    /// <summary>Associations of ours without a branch, for each lane of the peer.</summary>
    internal Dictionary<int, Stack<Association>> Idle { get; } = [];

    internal long LastSequence { get; set; }

    internal Stack<Association> IdleOf(int peerLane)
    {
        if (!Idle.TryGetValue(peerLane, out Stack<Association>? idle))
        {
            Idle.Add(peerLane, idle = new Stack<Association>());
        }

        return idle;
    }
}

/// <summary>All associations of a lane: gives them to branches, and hands what arrives to their users.</summary>
internal sealed class Associations(Lane lane)
{
    private readonly Dictionary<LinkId, Peer> _peers = [];
    private readonly Dictionary<NodeName, Peer> _ours = [];
    private readonly Dictionary<NodeName, List<(IAssociationUser User, AtomicActionId Action)>> _waiting = [];

    /// <summary>The last known address of a node's manager, for the log.</summary>
    internal string AddressOf(NodeName node) => _ours.TryGetValue(node, out Peer? peer) ? peer.Address : "";

    /// <summary>Wants an association to a node's lane of an action; the user is told, at once or later.</summary>
    internal void Acquire(NodeName node, AtomicActionId action, IAssociationUser user, string addressHint)
    {
        if (_ours.TryGetValue(node, out Peer? peer))
        {
            Acquire(peer, action, user);
            return;
        }

        if (!_waiting.TryGetValue(node, out List<(IAssociationUser, AtomicActionId)>? waiting))
        {
            _waiting.Add(node, waiting = []);
            lane.Emit(new ConnectTo(node, addressHint));
        }

        waiting.Add((user, action));
    }

    /// <summary>The user no longer wants what it asked for.</summary>
    internal void Forgo(NodeName node, IAssociationUser user)
    {
        if (_waiting.TryGetValue(node, out List<(IAssociationUser User, AtomicActionId)>? waiting))
        {
            waiting.RemoveAll(entry => ReferenceEquals(entry.User, user));
        }
    }

    internal void Up(LinkUp up)
    {
        var peer = new Peer(up);
        _peers[up.Link] = peer;
        if (!up.OpenedHere)
        {
            return;
        }

        _ours[up.Peer.Node] = peer;
        if (_waiting.Remove(up.Peer.Node, out List<(IAssociationUser User, AtomicActionId Action)>? waiting))
        {
            foreach ((IAssociationUser user, AtomicActionId action) in waiting)
            {
                Acquire(peer, action, user);
            }
        }
    }

    internal void ConnectFailed(NodeName node, string reason)
    {
        if (_waiting.Remove(node, out List<(IAssociationUser User, AtomicActionId Action)>? waiting))
        {
            var why = new Refusal(RefusalCode.NodeUnreachable, $"Node {node} cannot be reached: {reason}");
            foreach ((IAssociationUser user, _) in waiting)
            {
                user.AssociationFailed(why);
            }
        }
    }

    internal void Down(LinkId link, string reason)
    {
        if (!_peers.Remove(link, out Peer? peer))
        {
            return;
        }

        if (_ours.TryGetValue(peer.Identity.Node, out Peer? ours) && ReferenceEquals(ours, peer))
        {
            _ours.Remove(peer.Identity.Node);
        }

        foreach (Association association in peer.Associations.Values.OrderBy(a => a.Number).ToArray())
        {
            association.End(reason);
        }
    }

    internal void Received(LinkId link, LinkMessage message)
    {
        if (!_peers.TryGetValue(link, out Peer? peer) || message is not AssociationMessage about)
        {
            return;
        }

        if (message is Associate associate)
        {
            Accept(peer, associate);
        }
        else if (peer.Associations.TryGetValue(about.Association, out Association? association))
        {
            Received(association, about);
        }
        else if (message is not Abort)
        {
            lane.Emit(new SendOnLink(link, about.Association, new Abort(
                about.Association, new Refusal(RefusalCode.ProtocolError, "There is no such association.")), 0));
        }
    }

    private void Received(Association association, AssociationMessage message)
    {
        switch (message)
        {
            case Associated associated when association is { BegunHere: true, Established: false }:
                Established(association, associated);
                break;
            case Rejected rejected when association is { BegunHere: true, Established: false }:
                IAssociationUser? asker = association.User;
                association.User = null;
                association.End(rejected.Refusal.Text);
                asker?.AssociationFailed(rejected.Refusal);
                break;
            case Abort abort:
                association.End(abort.Refusal.Text);
                break;
            case Data data when association.Established:
                if (association.User is { } user)
                {
                    user.Received(association, data.Apdu);
                }
                else
                {
                    lane.ReceivedIdle(association, data.Apdu);
                }

                break;
            case ExtendData or ExtendedData when association is { Established: true, User: not null }:
                association.User.Received(association, message);
                break;
            default:
                association.Break(RefusalCode.ProtocolError, $"{message.GetType().Name} cannot come now.");
                break;
        }
    }

    private void Acquire(Peer peer, AtomicActionId action, IAssociationUser user)
    {
        int peerLane = action.LaneOf(peer.Lanes);
        Stack<Association> idle = peer.IdleOf(peerLane);
        while (idle.TryPop(out Association? ready))
        {
            if (!ready.Gone)
            {
                ready.User = user;
                user.AssociationReady(ready);
                return;
            }
        }

        if (peer.Associations.Count >= Limits.AssociationsPerPeerMax)
        {
            user.AssociationFailed(new Refusal(RefusalCode.Limit,
                $"{Limits.AssociationsPerPeerMax} associations to {peer.Identity.Node} are in use; try again later."));
            return;
        }

        long number = (++peer.LastSequence << 16) | ((long)lane.Index << 8) | (long)peerLane;
        var association = new Association(lane, peer, number, begunHere: true) { User = user };
        peer.Associations.Add(number, association);
        association.Send(new Associate(number, Initialize()));
    }

    private void Accept(Peer peer, Associate associate)
    {
        bool taken = peer.Associations.ContainsKey(associate.Association);
        string? wrong = peer.OpenedHere ? "Only the opener of a connection begins associations on it."
            : taken ? "That association is there already."
            : peer.Associations.Count >= Limits.AssociationsPerPeerMax ? "Too many associations on this connection."
            : !associate.Initialize.Version.HasFlag(VersionNumber.Version2) ? "Protocol version 2 is needed."
            : !associate.Initialize.Requirements.HasFlag(CcrRequirements.StaticCommitment)
                ? "Static commitment is needed."
            : associate.Initialize.User.Profile() is IdentityData id && id.Identity != peer.Identity
                ? $"The association speaks for {id.Identity}, its connection for {peer.Identity}."
            : null;
        if (wrong is not null)
        {
            var refusal = new Refusal(RefusalCode.ProtocolError, wrong);
            lane.Emit(new SendOnLink(
                peer.Link, associate.Association, new Rejected(associate.Association, refusal), 0));
            return;
        }

        var association = new Association(lane, peer, associate.Association, begunHere: false) { Established = true };
        peer.Associations.Add(association.Number, association);
        CcrRequirements units = associate.Initialize.Requirements & OurUnits;
        association.NochangeOffered = units.HasFlag(CcrRequirements.NochangeCompletion);
        association.Send(new Associated(association.Number,
            new InitializeRc(VersionNumber.Version2, units, true) { User = Identity() }));
    }

    private const CcrRequirements OurUnits = CcrRequirements.StaticCommitment | CcrRequirements.NochangeCompletion;

    private InitializeRi Initialize() => new(VersionNumber.Version2, OurUnits, true) { User = Identity() };

    private UserData Identity() => UserData.Of(new IdentityData(lane.Self));

    private static void Established(Association association, Associated associated)
    {
        if (associated.Initialize.User.Profile() is IdentityData id && id.Identity != association.Peer.Identity)
        {
            association.Break(RefusalCode.StaleIdentity, $"{id.Identity} answered for {association.Peer.Identity}.");
            return;
        }

        association.Established = true;
        association.NochangeOffered =
            associated.Initialize.Requirements.HasFlag(CcrRequirements.NochangeCompletion);
        if (association.User is { } user)
        {
            user.AssociationReady(association);
        }
        else
        {
            association.Release();
        }
    }
}
