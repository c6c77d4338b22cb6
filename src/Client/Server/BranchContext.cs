using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>One branch of an atomic action at this Server.</summary>
public sealed class BranchContext
{
    private static readonly CancellationTokenSource StoppedBefore = CancelledSource();

    private readonly IBranchOwner _owner;
    private readonly Dictionary<string, Task<IApplicationBranch>> _opening = new(0, StringComparer.Ordinal);
    private CancellationTokenSource? _stopped;
    private int _below;

    internal BranchContext(IBranchOwner owner, AtomicActionId action, BranchId branch, ManagerIdentity manager)
    {
        _owner = owner;
        Action = action;
        Branch = branch;
        Manager = manager;
        Work = new AddedWork(this);
    }

    /// <summary>The atomic action.</summary>
    public AtomicActionId Action { get; }

    /// <summary>The branch; one action may have several at one Server, which share its locks (SEM-11).</summary>
    public BranchId Branch { get; }

    /// <summary>
    /// The manager that began the branch, or to which Ready was said: what a prepared branch has to carry (SEM-3).
    /// </summary>
    public ManagerIdentity Manager { get; }

    /// <summary>
    /// Cancelled when the branch is rolled back while requests may be at work in it: they should end soon. Connections
    /// of added branches are left alone until they have.
    /// </summary>
    public CancellationToken Stopped => Volatile.Read(ref _stopped)?.Token ?? NewStopped();

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
    }

    /// <summary>The branch at a database that was added first, or null.</summary>
    public IApplicationBranch? Find(string database) => Work.Find(database);

    /// <summary>
    /// The branch at a database that was added first; else begins one and adds it. Requests that ask at the same time
    /// share it.
    /// </summary>
    /// <param name="database">The database.</param>
    /// <param name="begin">Begins a branch there; its result is added.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="CcrRefusedException">The branch of this Server is prepared or over.</exception>
    public async Task<IApplicationBranch> FindOrAddAsync(
        string database, Func<CancellationToken, Task<IApplicationBranch>> begin, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(begin);
        Task<IApplicationBranch>? opening;
        TaskCompletionSource<IApplicationBranch>? mine = null;
        lock (_opening)
        {
            if (!_opening.TryGetValue(database, out opening))
            {
                mine = new TaskCompletionSource<IApplicationBranch>(TaskCreationOptions.RunContinuationsAsynchronously);
                _opening.Add(database, opening = mine.Task);
            }
        }

        if (mine is null)
        {
            return await opening.WaitAsync(cancellation).ConfigureAwait(false);
        }

        try
        {
            IApplicationBranch branch = Find(database) ?? await BeginAsync(begin, cancellation).ConfigureAwait(false);
            mine.SetResult(branch);
            return branch;
        }
        catch (Exception e)
        {
            lock (_opening)
            {
                _opening.Remove(database);
            }

            mine.SetException(e);
            _ = mine.Task.Exception; // seen, also when nobody else waits
            throw;
        }
    }

    /// <summary>
    /// Prepares the branches that were added, side by side; to be returned by the resource's PrepareAsync where they
    /// are all that it has: they are then ready, and this Server's own part of the branch has changed nothing.
    /// </summary>
    public ValueTask<BranchVote> PrepareAddedAsync(CancellationToken cancellation) =>
        _owner.PrepareAddedAsync(this, cancellation);

    /// <summary>The application branches below this one.</summary>
    internal AddedWork Work { get; }

    /// <summary>Where this Server keeps the branch.</summary>
    internal BranchSlot Slot { get; set; } = null!;

    /// <summary>Requests at work in the branch should end.</summary>
    internal void Stop()
    {
        Work.Shut();
        if (Interlocked.CompareExchange(ref _stopped, StoppedBefore, null) is { } watched)
        {
            _ = watched.CancelAsync();
        }
    }

    internal int NextBelow() => Interlocked.Increment(ref _below);

    private async Task<IApplicationBranch> BeginAsync(
        Func<CancellationToken, Task<IApplicationBranch>> begin, CancellationToken cancellation)
    {
        IApplicationBranch branch = await begin(cancellation).ConfigureAwait(false);
        try
        {
            Add(branch);
            return branch;
        }
        catch
        {
            await branch.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private static CancellationTokenSource CancelledSource()
    {
        CancellationTokenSource source = new();
        source.Cancel();
        return source;
    }

    private CancellationToken NewStopped()
    {
        CancellationTokenSource source = new();
        return (Interlocked.CompareExchange(ref _stopped, source, null) ?? source).Token;
    }

    /// <summary>"tokyo:3.42 branch tokyo:3.7".</summary>
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
