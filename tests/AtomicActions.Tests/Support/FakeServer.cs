using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests.Support;

/// <summary>A Server of one node: obeys orders, remembers durably what it promised, and counts outcomes.</summary>
internal sealed class FakeServer(Node node, string name)
{
    private readonly HashSet<(AtomicActionId, BranchId)> _begun = [];

    public string Name { get; } = name;

    public Node Node { get; } = node;

    public SessionId Session { get; private set; }

    public long Incarnation { get; private set; }

    /// <summary>What it says to Prepare: true ready, null no change, false refused.</summary>
    public Func<AtomicActionId, bool?> Vote { get; set; } = _ => true;

    /// <summary>What it answers to Commit, for damage.</summary>
    public DoneOutcome CommitAnswer { get; set; } = DoneOutcome.Committed;

    /// <summary>Keeps silent: a Server that never answers.</summary>
    public Func<BranchMessage, bool> Silent { get; set; } = _ => false;

    public bool IsUp { get; private set; }

    /// <summary>Durable: promised and undecided.</summary>
    public Dictionary<(AtomicActionId Action, BranchId Branch), ManagerIdentity> Prepared { get; } = [];

    /// <summary>Durable: how each branch ended here.</summary>
    public List<(AtomicActionId Action, BranchId Branch, bool Committed)> Ends { get; } = [];

    /// <summary>Durable: one-phase outcomes that the manager has not let go.</summary>
    public Dictionary<(AtomicActionId Action, BranchId Branch), (bool Committed, ManagerIdentity Promised)> Kept
    { get; } = [];

    public List<BranchMessage> Orders { get; } = [];

    /// <summary>
    /// Databases in which it holds connections of its own: it ends its branches there when it is told.
    /// </summary>
    public List<FakeDatabase> Owns { get; } = [];

    /// <summary>Registers, and keeps what it found to itself until <see cref="ReportFound"/>.</summary>
    public bool ReportsLate { get; set; }

    private List<FoundBranch> _found = [];

    public int NotMineCount { get; private set; }

    /// <summary>The branch was never prepared, so that nothing of it exists at this Server but its memory.</summary>
    public bool HoldsLocks => _begun.Count > 0 || Prepared.Count > 0;

    public void Start()
    {
        if (!IsUp)
        {
            Incarnation++;
        }

        IsUp = true;
        if (!Node.IsUp)
        {
            return;
        }

        Session = Node.NewSession(Receive);
        Node.Input(new ServerUp(Session, Name, Incarnation, ["unix:/" + Name]));
        List<FoundBranch> found =
        [
            .. Prepared.Select(p => new FoundBranch(p.Key.Action, p.Key.Branch, p.Value, FoundState.Ready)),
            .. Kept.Select(k => new FoundBranch(k.Key.Action, k.Key.Branch, k.Value.Promised,
                k.Value.Committed ? FoundState.Committed : FoundState.RolledBack)),
        ];
        _found = found;
        if (!ReportsLate)
        {
            ReportFound();
        }
    }

    public void ReportFound() => Node.FromSession(Session, new Found(Name, _found, true));

    /// <summary>The manager's session broke: what was not promised is undone.</summary>
    public void ManagerLost() => _begun.Clear();

    public void Crash()
    {
        IsUp = false;
        _begun.Clear();
        Node.EndSession(Session);
    }

    public void Refuse(AtomicActionId action, BranchId branch)
    {
        _begun.Remove((action, branch));
        Node.FromSession(Session, new BranchRefused(
            Name, action, branch, new Refusal(RefusalCode.Resource, "not enough money")));
    }

    private void Receive(SessionMessage message)
    {
        if (message is not BranchMessage order || !IsUp)
        {
            return;
        }

        Orders.Add(order);
        if (Owns.Find(d => d.Name == order.Server) is { } database && !Silent(order))
        {
            bool commits = order is Commit;
            database.End(order.Action, order.Branch, commits);
            Node.FromSession(Session, new Done(order.Server, order.Action, order.Branch,
                commits ? DoneOutcome.Committed : DoneOutcome.RolledBack, ""));
        }
        else if (!Silent(order) && order.Server == Name && Answer(order) is { } answer)
        {
            Node.FromSession(Session, answer);
        }
    }

    private BranchMessage? Answer(BranchMessage order)
    {
        (AtomicActionId, BranchId) key = (order.Action, order.Branch);
        switch (order)
        {
            case Begin:
                _begun.Add(key);
                return new Begun(Name, order.Action, order.Branch);
            case Prepare:
                return VoteOf(key);
            case Commit:
                bool promised = Prepared.Remove(key);
                Finish(promised, key, true);
                return new Done(Name, key.Item1, key.Item2, CommitAnswer, "as told");
            case RollbackBranch:
                bool held = _begun.Remove(key) | Prepared.Remove(key);
                Finish(held, key, false);
                return new Done(Name, key.Item1, key.Item2, DoneOutcome.RolledBack, "");
            case CommitOnePhase:
                return OnePhase(key);
            case ForgetBranch:
                Kept.Remove(key);
                return null;
            case NotMine:
                NotMineCount++;
                return null;
            default:
                return null;
        }
    }

    private BranchMessage VoteOf((AtomicActionId Action, BranchId Branch) key)
    {
        bool begun = _begun.Remove(key);
        bool? vote = begun ? Vote(key.Action) : false;
        if (vote is true)
        {
            Prepared[key] = Node.Self;
            return new Ready(Name, key.Action, key.Branch);
        }

        Finish(begun && vote is false, key, false);
        return vote is null
            ? new NoChange(Name, key.Action, key.Branch)
            : new BranchRefused(Name, key.Action, key.Branch, new Refusal(RefusalCode.Resource, "not enough money"));
    }

    private Done OnePhase((AtomicActionId Action, BranchId Branch) key)
    {
        bool committed = _begun.Remove(key) && Vote(key.Action) is not false;
        Finish(true, key, committed);
        Kept[key] = (committed, Node.Self);
        return committed
            ? new Done(Name, key.Action, key.Branch, DoneOutcome.Committed, "")
            : new Done(Name, key.Action, key.Branch, DoneOutcome.RolledBack, "not enough money");
    }

    private void Finish(bool held, (AtomicActionId Action, BranchId Branch) key, bool committed)
    {
        if (held)
        {
            Ends.Add((key.Action, key.Branch, committed));
        }
    }
}
