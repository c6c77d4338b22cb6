using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions.Tests.Support;

/// <summary>A Client with connections to databases: it prepares and ends its branches itself (SEM-9).</summary>
internal sealed class FakeOwner
{
    private readonly Node _node;
    private readonly Cluster _cluster;
    private readonly Queue<AtomicActionId> _leased = [];
    private readonly List<(FakeDatabase Database, ApplicationBranch Branch)> _branches = [];
    private AtomicActionId? _action;
    private long _reference;

    public FakeOwner(Cluster cluster, Node node, int leases = 8)
    {
        _cluster = cluster;
        _node = node;
        Session = node.NewSession(Received.Add);
        Lease(leases);
    }

    public SessionId Session { get; }

    public List<SessionMessage> Received { get; } = [];

    public AtomicActionId Action => _action ??= Next();

    /// <summary>The branches in the order of their enlisting.</summary>
    public IReadOnlyList<(FakeDatabase Database, ApplicationBranch Branch)> Branches => _branches;

    public void Lease(int count, long lowest = 0)
    {
        if (count > 0)
        {
            foreach (AtomicActionId action in _cluster.Lease(_node, Session, count, lowest))
            {
                _leased.Enqueue(action);
            }
        }
    }

    public AtomicActionId Next() => _action = _leased.Dequeue();

    /// <summary>The action was opened by TransOpen instead.</summary>
    public void Use(AtomicActionId action) => _action = action;

    public void Send(SessionMessage message) => _node.FromSession(Session, message);

    public T Last<T>()
        where T : SessionMessage => Received.OfType<T>().Last();

    public bool Has<T>()
        where T : SessionMessage => Received.OfType<T>().Any();

    public BranchId Enlist(FakeDatabase database, int timeoutMs = 0, string note = "pid=4711")
    {
        var branch = new ApplicationBranch(
            database.Name,
            new BranchId(AeTitle.Of(_node.Name),
                Suffix.OfOctets("b"u8.ToArray().Append((byte)_branches.Count).ToArray())),
            note);
        Enlist(database, branch, timeoutMs);
        return branch.Branch;
    }

    public void Enlist(FakeDatabase database, ApplicationBranch branch, int timeoutMs = 0)
    {
        _branches.Add((database, branch));
        Send(new Enlist(Action, null, timeoutMs, [branch]));
    }

    /// <summary>PREPARE is carried out at every database, and nothing is said of it.</summary>
    public void PrepareAll()
    {
        foreach ((FakeDatabase database, ApplicationBranch branch) in _branches)
        {
            database.Prepare(Action, branch.Branch);
        }
    }

    public void SayPrepared() => Send(new Prepared(Action, null,
        [.. _branches.Select(b => b.Branch with { Note = b.Branch.Note + ";xid=815" })]));

    public long Close(CloseAnswer answer = CloseAnswer.Decided)
    {
        Send(new TransClose(++_reference, Action, answer));
        return _reference;
    }

    public void Rollback() => Send(new TransRollback(++_reference, Action));

    public void Ask(AtomicActionId action) => Send(new AskOutcome(++_reference, action));

    public void Acknowledge() => Send(new Acknowledge([Action]));

    public void Leave() => _node.EndSession(Session);

    /// <summary>The normal beginning: enlisted, prepared, said.</summary>
    public void PrepareAt(params FakeDatabase[] databases)
    {
        foreach (FakeDatabase database in databases)
        {
            Enlist(database);
        }

        PrepareAll();
        SayPrepared();
    }

    /// <summary>Ends one branch in its database and says so.</summary>
    public void End(int index, bool commit)
    {
        (FakeDatabase database, ApplicationBranch branch) = _branches[index];
        database.End(Action, branch.Branch, commit);
        Say(index, commit ? DoneOutcome.Committed : DoneOutcome.RolledBack);
    }

    public void EndAll(bool commit)
    {
        for (int i = 0; i < _branches.Count; i++)
        {
            End(i, commit);
        }
    }

    public void Say(int index, DoneOutcome outcome, string text = "") => Send(new Done(
        _branches[index].Database.Name, Action, _branches[index].Branch.Branch, outcome, text));
}
