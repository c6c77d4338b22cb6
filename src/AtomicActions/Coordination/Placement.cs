using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// A request to let Servers take part: TransOpen, TransOpenSub, C-BEGIN or extend. It is answered once, when each
/// of its Servers has begun or has been refused.
/// </summary>
internal sealed class OpenRequest(Action<IReadOnlyList<ServerPlace>> answer)
{
    private readonly List<Placement> _placements = [];
    private bool _started;
    private bool _answered;

    internal bool Answered => _answered;

    /// <summary>The Servers that have not answered yet.</summary>
    internal IEnumerable<string> Waiting => _placements.Where(p => p.Place is null).Select(p => p.Server);

    internal Placement Add(string server)
    {
        var placement = new Placement(this, server);
        _placements.Add(placement);
        return placement;
    }

    /// <summary>All placements are under way; answers at once when none waits.</summary>
    internal void Start()
    {
        _started = true;
        Check();
    }

    /// <summary>Answers now; what has not begun is refused.</summary>
    internal void Abandon(NodeName self, Refusal why)
    {
        foreach (Placement waiting in _placements.Where(p => p.Place is null))
        {
            waiting.Place = new ServerPlace(waiting.Server, self, null, why);
        }

        _started = true;
        Check();
    }

    internal void Check()
    {
        if (_started && !_answered && _placements.TrueForAll(p => p.Place is not null))
        {
            _answered = true;
            answer([.. _placements.Select(p => p.Place!)]);
        }
    }
}

/// <summary>One Server that is to take part, while it is looked for and begun.</summary>
internal sealed class Placement(OpenRequest request, string server)
{
    internal string Server { get; } = server;

    /// <summary>The answer, once there is one.</summary>
    internal ServerPlace? Place { get; set; }

    /// <summary>The place was asked for afresh already: a second miss is final.</summary>
    internal bool AskedAfresh { get; set; }

    /// <summary>Another try is possible after this refusal (the Server may have moved, SEM-7).</summary>
    internal Func<Refusal, bool>? Retry { get; set; }

    internal void Resolve(ServerPlace place)
    {
        if (Place is not null || (place.Refused is { } why && Retry is { } retry && retry(why)))
        {
            return;
        }

        Place = place;
        request.Check();
    }
}

/// <summary>Finds the nodes of Servers: the lane's own memory first, then the Location Server.</summary>
internal sealed class Locator(Lane lane)
{
    private readonly Dictionary<string, NodeName> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Action<NodeName, Refusal?>>> _asked = new(StringComparer.Ordinal);

    /// <summary>
    /// Tells where a Server is, at once when it is remembered. A wrong memory is found out by its refusal.
    /// </summary>
    internal void Find(string server, bool fresh, Action<NodeName, Refusal?> found)
    {
        if (!fresh && _known.TryGetValue(server, out NodeName node))
        {
            found(node, null);
            return;
        }

        if (fresh)
        {
            _known.Remove(server);
        }

        if (!_asked.TryGetValue(server, out List<Action<NodeName, Refusal?>>? waiting))
        {
            _asked.Add(server, waiting = []);
            lane.Emit(new LocateServer(server, fresh));
        }

        waiting.Add(found);
    }

    internal void Located(ServerLocated located)
    {
        if (!located.Node.IsNone)
        {
            _known[located.Server] = located.Node;
        }

        if (_asked.Remove(located.Server, out List<Action<NodeName, Refusal?>>? waiting))
        {
            foreach (Action<NodeName, Refusal?> found in waiting)
            {
                found(located.Node, located.Refusal);
            }
        }
    }
}
