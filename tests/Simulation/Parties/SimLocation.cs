using Ccr.LocationServer;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>A node's Location Server: the product's table, its messages, and a small host around them.</summary>
internal sealed class SimLocation : SessionUser
{
    private const long AnswerUs = 1_000_000;

    private readonly LocationTable _table;
    private readonly Dictionary<long, LookingUp> _lookUps = [];
    private IReadOnlyList<Announcement> _peers = [];
    private long _last;

    internal SimLocation(SimNode node)
        : base(node, node.Name + ".loc", SessionRole.Location)
    {
        _table = new LocationTable(node.Name);
        Connect();
    }

    private protected override string? Address => Node.LocationAddress;

    private long NowMs => World.Clock.NowUs / 1_000;

    /// <summary>A Server of this node registers, or renews its lease.</summary>
    internal void Register(ServerPlaceOf server)
    {
        Place place = new(server.Name, Node.Name, "bank", server.State.Incarnation, ["unix:/" + server.Name]);
        RegisterPlace message = Copy(new RegisterPlace(++_last, place, 6_000));
        _table.Register(message.Place, message.LeaseMs, NowMs, out _);
    }

    private protected override void Connected(ManagerIdentityOf manager)
    {
        // Its questions come by themselves.
    }

    private protected override void Lost() => Connect();

    private protected override void Received(SessionMessage message)
    {
        if (message is Peers peers)
        {
            _peers = peers.Nodes;
        }
        else if (message is Locate locate)
        {
            World.Counters.LookUps++;
            if (_table.Answer(locate.Server, locate.Fresh, NowMs) is { } known)
            {
                Tell(locate, known);
            }
            else
            {
                Ask(locate);
            }
        }
    }

    private void Ask(Locate locate)
    {
        SimLocation[] others = [.. World.Nodes
            .Where(n => _peers.Any(p => p.Identity.Node == n.Name && p.LocationAddress == n.LocationAddress))
            .Select(n => n.Location).OfType<SimLocation>()];
        long reference = ++_last;
        LookingUp looking = new(locate, [.. others.Select(o => o.Node.Name)]);
        _lookUps.Add(reference, looking);
        foreach (SimLocation other in others)
        {
            LookUp question = Copy(new LookUp(reference, locate.Server, locate.Fresh, FromPeer: true));
            World.Net.Post(this, other, () => other.Answer(question, this));
        }

        if (others.Length == 0)
        {
            Settle(reference);
        }

        In(AnswerUs, () => Settle(reference));
    }

    private void Answer(LookUp question, SimLocation asker)
    {
        LocationAnswer answer = _table.AnswerPeer(question.Server, NowMs);
        LocationMessage message = answer.Place is { } place
            ? Copy(new PlaceFound(question.Reference, place, false))
            : Copy(new LocationRefused(question.Reference, answer.Refusal!));
        World.Net.Post(this, asker, () => asker.Take(message, Node.Name));
    }

    private void Take(LocationMessage message, NodeName from)
    {
        long reference = ((IReferenceMessage)message).Reference;
        if (_lookUps.TryGetValue(reference, out LookingUp? looking) && looking.Silent.Remove(from))
        {
            if (message is PlaceFound found)
            {
                looking.Claims.Add(found.Place);
            }

            if (looking.Silent.Count == 0)
            {
                Settle(reference);
            }
        }
    }

    private void Settle(long reference)
    {
        if (_lookUps.Remove(reference, out LookingUp? looking))
        {
            Tell(looking.For, _table.Settle(looking.For.Server, looking.Claims, looking.Silent, NowMs));
        }
    }

    private void Tell(Locate asked, LocationAnswer answer) => Send(new Located(
        asked.Reference,
        asked.Server,
        answer.Place is { } place
            ? new LocatedAt(place.Node, place.Kind, place.Incarnation, place.Addresses)
            : null,
        answer.Refusal));

    private T Copy<T>(T message)
        where T : LocationMessage
    {
        BerWriter writer = new();
        message.Write(writer);
        World.Transcript.Mix(writer.Written);
        return (T)(LocationMessage.Decode(writer.Written, out BerStatus status)
            ?? throw new SimulationException($"WIRE: {message} cannot be read back: {status}"));
    }

    private sealed record LookingUp(Locate For, HashSet<NodeName> Silent)
    {
        internal List<Place> Claims { get; } = [];
    }
}
