using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>One branch of an atomic action at this Server.</summary>
public sealed class BranchContext
{
    private readonly IBranchOwner _owner;
    private readonly List<IApplicationBranch> _added = [];
    private int _below;

    internal BranchContext(IBranchOwner owner, AtomicActionId action, BranchId branch, ManagerIdentity manager)
    {
        _owner = owner;
        Action = action;
        Branch = branch;
        Manager = manager;
    }

    /// <summary>The atomic action.</summary>
    public AtomicActionId Action { get; }

    /// <summary>The branch; one action may have several at one Server, which share its locks (SEM-11).</summary>
    public BranchId Branch { get; }

    /// <summary>
    /// The manager that began the branch, or to which Ready was said: what a prepared branch has to carry (SEM-3).
    /// </summary>
    public ManagerIdentity Manager { get; }

    /// <summary>Whatever the resource keeps with the branch. Gone after a restart.</summary>
    public object? Tag { get; set; }

    /// <summary>
    /// Before Ready: the Server gives the branch up by itself (a deadlock, its own time limit). The resource's
    /// RollbackAsync is called, then the manager is told. After Ready it changes nothing and gives false.
    /// </summary>
    public bool Refuse(Refusal refusal) => _owner.Refuse(this, refusal);

    /// <summary>Extends this branch to another Server, so that the tree of the action grows below it.</summary>
    /// <exception cref="CcrRefusedException">It was not begun there; the branch has to be refused.</exception>
    public Task<ServerPlace> TransOpenSubAsync(string server, CancellationToken cancellation = default) =>
        _owner.TransOpenSubAsync(this, server, cancellation);

    /// <summary>Extends this branch to another Server, and returns what each request to it has to carry.</summary>
    /// <exception cref="CcrRefusedException">It was not begun there; the branch has to be refused.</exception>
    public async Task<RequestContext> RequestContextAsync(string server, CancellationToken cancellation = default)
    {
        ServerPlace place = await TransOpenSubAsync(server, cancellation).ConfigureAwait(false);
        return new RequestContext(Action, place.Begun!.Branch, server, place.Begun.Incarnation);
    }

    /// <summary>An identifier for a branch below this one that the application will work in itself.</summary>
    public BranchId NewBranch() => _owner.NewBranch(this);

    /// <summary>
    /// Adds a branch that the application works in itself, at a database of this node; its manager is told at once.
    /// From now on the Server ends it, as the manager orders.
    /// </summary>
    /// <exception cref="CcrManagerLostException">The session broke: the branch is rolled back.</exception>
    public void Add(IApplicationBranch branch)
    {
        ArgumentNullException.ThrowIfNull(branch);
        _owner.Add(this, branch);
        lock (_added)
        {
            _added.Add(branch);
        }
    }

    /// <summary>The branch at a database that was added first, or null.</summary>
    public IApplicationBranch? Find(string database)
    {
        lock (_added)
        {
            return _added.Find(b => b.Database == database);
        }
    }

    /// <summary>
    /// Prepares the branches that were added, side by side; to be returned by the resource's PrepareAsync where they
    /// are all that it has: they are then ready, and this Server's own part of the branch has changed nothing.
    /// </summary>
    public ValueTask<BranchVote> PrepareAddedAsync(CancellationToken cancellation) =>
        _owner.PrepareAddedAsync(this, cancellation);

    internal int NextBelow() => Interlocked.Increment(ref _below);

    /// <summary>"tokyo:3.42 branch tokyo:i1".</summary>
    public override string ToString() => $"{Action} branch {Branch}";
}

/// <summary>What a branch asks of the Server that has it.</summary>
internal interface IBranchOwner
{
    bool Refuse(BranchContext branch, Refusal refusal);

    Task<ServerPlace> TransOpenSubAsync(BranchContext branch, string server, CancellationToken cancellation);

    BranchId NewBranch(BranchContext branch);

    void Add(BranchContext branch, IApplicationBranch added);

    ValueTask<BranchVote> PrepareAddedAsync(BranchContext branch, CancellationToken cancellation);
}
