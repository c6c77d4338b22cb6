using Ccr.Invariants;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>
/// One start of a Server: accounts and lists, locks that belong to the action, promises that outlive it. What it writes
/// is durable some time after it was asked to, one thing behind the other.
/// </summary>
internal sealed partial class SimServer : SessionUser
{
    private readonly ServerPlaceOf _place;
    private readonly Dictionary<BranchOf, List<Effect>> _begun = [];
    private readonly Dictionary<(bool IsList, int Cell), AtomicActionId> _locks = [];
    private readonly Queue<(Action Apply, Action Then)> _writes = new();
    private readonly Prng _chance;
    private ManagerIdentity? _manager;
    private bool _writing;

    internal SimServer(ServerPlaceOf place)
        : base(place.Node, place.Name, SessionRole.Server)
    {
        _place = place;
        _chance = place.Chance;
        State.Incarnation++;
        foreach ((BranchOf branch, Promise promise) in State.Promised)
        {
            // Locks of the promised are taken again before any new work (I11).
            promise.Effects.ToList().ForEach(effect => _locks[(effect.IsList, effect.Cell)] = branch.Action);
        }

        place.Node.World.Transcript.Say(Name, $"is up, incarnation {State.Incarnation}");
        Connect();
        if (_place.IsDatabase)
        {
            Scan();
        }
        else
        {
            Renew();
        }
    }

    private ServerState State => _place.State;

    /// <summary>What is promised here and still undecided.</summary>
    internal IEnumerable<BranchOf> Undecided => State.Promised.Keys;

    internal bool HoldsLocks => _locks.Count > 0;

    /// <summary>What has begun and is not promised yet.</summary>
    internal IReadOnlyCollection<BranchOf> Begun => _begun.Keys;

    private protected override void Connected(ManagerIdentityOf manager)
    {
        _manager = manager.Identity;
        _mayReport = false;
        Send(new Register(NextReference(), Name, _place.IsDatabase ? "database sim" : "bank", State.Incarnation,
            ["unix:/" + Name]));
    }

    private protected override void Received(SessionMessage message)
    {
        switch (message)
        {
            case Registered:
                Send(new Found(Name, Find(), true));
                _mayReport = true;
                break;
            case RequestRefused { Reference: > 0 } refused:
                Answered(refused.Reference, null, refused.Refusal);
                break;
            case TransOpenSubAck ack:
                Answered(ack.Reference, ack.Place, ack.Place.Refused);
                break;
            case BranchMessage order:
                World.Coverage.Session(order);
                if (_place.IsDatabase)
                {
                    ObeyAsDatabase(order);
                }
                else
                {
                    Obey(order);
                }

                break;
        }
    }

    /// <summary>What was not promised is undone; the session comes back.</summary>
    private protected override void Lost()
    {
        _extending.Clear();
        if (!_place.IsDatabase)
        {
            UndoBegun();
        }

        Connect();
    }

    private protected override void Died(bool machineStops)
    {
        base.Died(machineStops);
        int durable = _chance.Below(_writes.Count + 1);
        while (durable-- > 0)
        {
            _writes.Dequeue().Apply();
        }

        _writes.Clear();
        UndoBegun();
    }

    private void UndoBegun()
    {
        foreach (BranchOf branch in _begun.Keys.ToArray())
        {
            Undo(branch);
        }
    }

    private void Undo(BranchOf branch)
    {
        if (_begun.Remove(branch))
        {
            Unlock(branch.Action);
            Ended(branch, committed: false, EndCause.BeforePromise);
        }
    }

    private List<FoundBranch> Find() =>
    [
        .. State.Promised.Select(p =>
            new FoundBranch(p.Key.Action, p.Key.Branch, p.Value.Manager, FoundState.Ready)),
        .. State.ByHand.Select(p =>
            new FoundBranch(p.Key.Action, p.Key.Branch, p.Value.Manager, FoundState.Ready)),
        .. State.Kept.Select(p => new FoundBranch(
            p.Key.Action, p.Key.Branch, p.Value.Manager,
            p.Value.Committed ? FoundState.Committed : FoundState.RolledBack)),
    ];

    private void Renew()
    {
        if (Node.Location is { IsAlive: true } location)
        {
            World.Net.Post(this, location, () => location.Register(_place));
        }

        In(2_000_000, Renew);
    }

    private void Durably(Action apply, Action then)
    {
        _writes.Enqueue((apply, then));
        if (!_writing)
        {
            _writing = true;
            WriteNext();
        }
    }

    private void WriteNext() => In(Node.ForceUs(), () =>
    {
        (Action apply, Action then) = _writes.Dequeue();
        apply();
        then();
        _writing = _writes.Count > 0;
        if (_writing)
        {
            WriteNext();
        }
    });

    private void Ended(BranchOf branch, bool committed, EndCause why, NodeName? promisedAt = null)
    {
        World.Transcript.Say(Name, $"{branch.Action} {(committed ? "COMMITTED" : "undone")} ({why})");
        World.Truth.Ended(_place, branch, committed, why);
        World.Checker.See(new BranchEnded(
            promisedAt ?? Node.Name, Name, branch.Action, branch.Branch, committed, why));
    }

    private void Unlock(AtomicActionId action)
    {
        bool held = _begun.Keys.Concat(State.Promised.Keys).Any(b => b.Action.Equals(action));
        if (!held)
        {
            foreach ((bool, int) cell in _locks.Where(l => l.Value.Equals(action)).Select(l => l.Key).ToArray())
            {
                _locks.Remove(cell);
            }
        }
    }
}

/// <summary>A Server of a node, whether it runs or not: its name, its durable state.</summary>
internal sealed class ServerPlaceOf(SimNode home, string name, Prng chance)
{
    internal SimNode Home { get; } = home;

    /// <summary>The node on which it runs: another one than its home for a while, after a move.</summary>
    internal SimNode Node { get; private set; } = home;

    /// <summary>The managers that may decide what is held here, by node.</summary>
    internal IEnumerable<SimNode> Holders => State.Promised.Values.Select(p => p.Manager.Node)
        .Concat(State.Kept.Values.Select(k => k.Manager.Node)).Concat(State.ByHand.Values.Select(h => h.Manager.Node))
        .Distinct().Select(name => Home.World.Nodes.First(n => n.Name == name));

    /// <summary>It is stopped, and starts on another node with all that is durable.</summary>
    internal void MoveTo(SimNode node)
    {
        Running?.Die(machineStops: false);
        Home.World.Transcript.Fault(Name, Home.World.Transcript.IsWritten ? $"goes to {node.Name}" : "");
        Node = node;
        node.StartServer(this);
    }

    internal string Name { get; } = name;

    internal bool IsDatabase { get; init; }

    internal Prng Chance { get; } = chance;

    internal ServerState State { get; set; } = new();

    internal SimServer? Running { get; set; }

    /// <summary>Its data were lost at some time: what it once promised cannot be counted.</summary>
    internal bool WasWiped { get; set; }
}
