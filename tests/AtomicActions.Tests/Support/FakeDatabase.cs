using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests.Support;

/// <summary>
/// A database of one node and, inside the node's manager, the Server that ends its prepared branches by name: it
/// begins and prepares nothing. What is prepared outlives every session and every manager.
/// </summary>
internal sealed class FakeDatabase(Node node, string name)
{
    public string Name { get; } = name;

    public SessionId Session { get; private set; }

    public bool IsUp { get; private set; }

    /// <summary>Durable: prepared branches, and the manager that each name promises.</summary>
    public Dictionary<(AtomicActionId Action, BranchId Branch), ManagerIdentity> Prepared { get; } = [];

    /// <summary>Durable: how branches that were prepared ended.</summary>
    public List<(AtomicActionId Action, BranchId Branch, bool Committed)> Ends { get; } = [];

    public List<BranchMessage> Orders { get; } = [];

    /// <summary>Orders that it does not carry out: the database cannot be reached just now.</summary>
    public Func<BranchMessage, bool> Silent { get; set; } = _ => false;

    /// <summary>What it answers to Commit, for damage.</summary>
    public DoneOutcome CommitAnswer { get; set; } = DoneOutcome.Committed;

    /// <summary>What it answers to Rollback, for damage.</summary>
    public DoneOutcome RollbackAnswer { get; set; } = DoneOutcome.RolledBack;

    /// <summary>The Server comes up, with the manager or after it, and scans.</summary>
    public void Start()
    {
        IsUp = true;
        Session = node.NewSession(Receive);
        node.Input(new ServerUp(Session, Name, 1, [], IsDatabase: true));
        Scan();
    }

    /// <summary>The manager is gone, and this Server with it.</summary>
    public void ManagerLost() => IsUp = false;

    /// <summary>The Server ends; the database and what is prepared in it stay.</summary>
    public void Stop()
    {
        IsUp = false;
        node.EndSession(Session);
    }

    /// <summary>Looks for prepared branches and reports them.</summary>
    public void Scan() => Report(Look());

    public IReadOnlyList<FoundBranch> Look() =>
        [.. Prepared.Select(p => new FoundBranch(p.Key.Action, p.Key.Branch, p.Value, FoundState.Ready))];

    public void Report(IReadOnlyList<FoundBranch> found) => node.FromSession(Session, new Found(Name, found, true));

    /// <summary>PREPARE TRANSACTION, by the owner's own connection.</summary>
    public void Prepare(AtomicActionId action, BranchId branch) => Prepared[(action, branch)] = node.Self;

    /// <summary>COMMIT PREPARED or ROLLBACK PREPARED, by whomever; false when there is no such name.</summary>
    public bool End(AtomicActionId action, BranchId branch, bool commit)
    {
        bool was = Prepared.Remove((action, branch));
        if (was)
        {
            Ends.Add((action, branch, commit));
        }

        return was;
    }

    public int Count<T>()
        where T : BranchMessage => Orders.OfType<T>().Count();

    private void Receive(SessionMessage message)
    {
        if (message is not BranchMessage order || !IsUp)
        {
            return;
        }

        Orders.Add(order);
        bool commits = order is Commit;
        if ((!commits && order is not RollbackBranch) || Silent(order))
        {
            return;
        }

        DoneOutcome answer = commits ? CommitAnswer : RollbackAnswer;
        if (answer is DoneOutcome.Committed or DoneOutcome.RolledBack)
        {
            End(order.Action, order.Branch, answer == DoneOutcome.Committed);
        }

        node.FromSession(Session, new Done(Name, order.Action, order.Branch, answer,
            answer == (commits ? DoneOutcome.Committed : DoneOutcome.RolledBack) ? "" : "otherwise"));
    }
}
