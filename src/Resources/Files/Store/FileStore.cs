using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Locks;
using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Redo;

namespace Ccr.Resources.Files.Store;

/// <summary>
/// The file Server's engine: branches of atomic actions whose updates are whole files below one folder. It takes
/// requests of Clients and orders of the manager, from any thread, and knows no socket. Orders do their disk work on
/// the caller's thread.
/// </summary>
internal sealed partial class FileStore : IDisposable
{
    private readonly FileStoreOptions _options;
    private readonly RootFolder _root;
    private readonly StateFolder _state;
    private readonly FileLockTable _locks;
    private readonly RedoApplier _applier;
    private readonly MemoryBudget _budget;
    private readonly EndedBranches _ended = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<AtomicActionId, StoreAction> _actions = [];
    private readonly Dictionary<BranchKey, KeptOutcome> _outcomes = [];
    private bool _isNew;
    private int _failed;

    private FileStore(FileStoreOptions options, RootFolder root, StateFolder state)
    {
        _options = options;
        _root = root;
        _state = state;
        WaitLimit limit = new(options.WaitLimitMs, options.WaitJitterPercent, options.Random);
        _locks = new FileLockTable(root, options.Time, limit);
        _applier = new RedoApplier(root, _locks, options.Fault);
        _budget = new MemoryBudget(options.StoreOctetsMax);
    }

    /// <summary>Which start of this Server this is (SEM-7).</summary>
    internal long Incarnation { get; private set; }

    /// <summary>Forces so far: of single files, and of the state folder.</summary>
    internal (long Files, long Folders) Forces => (_state.FileForces + _applier.FileForces, _state.Names.Count);

    /// <summary>Files that are locked or waited for.</summary>
    internal int LockedFiles => _locks.Count;

    /// <summary>Octets of updates in memory.</summary>
    internal long OctetsHeld => _budget.Octets;

    /// <inheritdoc/>
    public void Dispose()
    {
        _locks.Dispose();
        _state.Dispose();
        _root.Dispose();
    }

    /// <summary>Begins a branch; only then is there one (SEM-8).</summary>
    internal BranchAnswer Begin(AtomicActionId actionId, BranchId branch)
    {
        BranchKey key = new(actionId, branch);
        lock (_gate)
        {
            if (_failed != 0)
            {
                return BranchAnswer.Refused(Stopping());
            }

            if (_ended.Find(key) is not null || _outcomes.ContainsKey(key))
            {
                return BranchAnswer.Refused(
                    RefusalCode.WrongState, $"The {key} has ended here: begin another branch.");
            }

            if (!_actions.TryGetValue(actionId, out StoreAction? action))
            {
                if (_actions.Count >= FileLimits.OpenActionsMax)
                {
                    return BranchAnswer.Refused(
                        RefusalCode.Limit,
                        $"{FileLimits.OpenActionsMax} actions are open at this Server: retry later.");
                }

                action = new StoreAction(actionId);
                _actions.Add(actionId, action);
            }

            lock (action.Gate)
            {
                return Join(action, branch);
            }
        }
    }

    /// <summary>Serves a Client's request, after waiting for the file's lock if need be.</summary>
    internal async ValueTask<FilesMessage> ServeAsync(FilesRequest request)
    {
        StoreAction? action = null;
        try
        {
            FilePath path = FilePath.Parse(request.Path);
            action = Find(request);
            action.BeginRequest();
            try
            {
                bool reads = request.Operation is ReadFile { ForUpdate: false };
                LockMode mode = reads ? LockMode.Shared : LockMode.Exclusive;
                LockedFile file = await _locks.AcquireAsync(action.Owner, path, mode).ConfigureAwait(false);
                return action.Serve(request, file, _budget);
            }
            finally
            {
                action.EndRequest();
            }
        }
        catch (StoreRefusedException refused)
        {
            return Refuse(request, action, refused.Refusal);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Refuse(request, action, new Refusal(RefusalCode.Resource, failure.Message));
        }
    }

    /// <summary>Every branch that its manager has to be asked about, and every one-phase outcome.</summary>
    internal List<FoundBranch> Found()
    {
        List<FoundBranch> found = [];
        lock (_gate)
        {
            foreach (StoreAction action in _actions.Values)
            {
                lock (action.Gate)
                {
                    found.AddRange(action.Branches.Values.Where(branch => branch.IsReady).Select(
                        branch => new FoundBranch(action.Id, branch.Id, branch.Image!.Promised, FoundState.Ready)));
                }
            }

            found.AddRange(_outcomes.Values.Where(kept => kept.OnePhase).Select(kept => new FoundBranch(
                kept.Key.Action, kept.Key.Branch, kept.Promised, FoundState.Committed)));
        }

        return found;
    }

    private static BranchAnswer Join(StoreAction action, BranchId branch)
    {
        if (action.Closed || action.Branches.ContainsKey(branch))
        {
            return BranchAnswer.Refused(
                RefusalCode.WrongState,
                $"Action {action.Id} has begun branch {branch} here already, or is being ended.");
        }

        action.Branches.Add(branch, new StoreBranch(branch));
        return BranchAnswer.Begun;
    }

    private static Refusal Stopping() => new(
        RefusalCode.Stopping, "The file Server is stopping after a failed write: retry when it runs again.");

    private StoreAction Find(FilesRequest request)
    {
        lock (_gate)
        {
            if (_failed != 0)
            {
                throw new StoreRefusedException(Stopping());
            }

            if (request.Incarnation == Incarnation && _actions.TryGetValue(request.Action, out StoreAction? action))
            {
                return action;
            }
        }

        throw _ended.Knows(request.Action)
            ? new StoreRefusedException(
                RefusalCode.WrongState, $"Action {request.Action} has ended here: begin a new action for more work.")
            : new StoreRefusedException(
                RefusalCode.NotBegun,
                $"Action {request.Action} has not begun at incarnation {Incarnation} of this Server (the request names "
                + $"{request.Incarnation}): the Server was restarted, or never told. Retry as a new action.");
    }

    /// <summary>A victim of a deadlock can only be rolled back, and holds nothing from then on (SEM-8, 12).</summary>
    private FilesRefused Refuse(FilesRequest request, StoreAction? action, Refusal refusal)
    {
        if (action is not null && refusal.Code == RefusalCode.Deadlock)
        {
            Doom(action, refusal);
        }

        return new FilesRefused(request.Reference, refusal);
    }

    private void Doom(StoreAction action, Refusal why)
    {
        bool holdsReady;
        lock (action.Gate)
        {
            action.Doom(why, _budget);
            holdsReady = action.Branches.Values.Any(branch => branch.IsReady);
        }

        if (!holdsReady)
        {
            _locks.ReleaseAll(action.Owner);
        }
    }

    /// <summary>A branch is over. The last one takes the action's locks and memory with it.</summary>
    private void End(StoreAction action, BranchId branch, DoneOutcome outcome)
    {
        bool last;
        lock (_gate)
        {
            lock (action.Gate)
            {
                action.Branches.Remove(branch);
                last = action.Branches.Count == 0;
                action.Removed = last;
            }

            _ended.Add(new BranchKey(action.Id, branch), outcome);
            if (last)
            {
                _actions.Remove(action.Id);
            }
        }

        if (last)
        {
            action.DropUpdates(_budget);
            _locks.ReleaseAll(action.Owner);
            _options.Fault(FaultPoint.LocksFreed);
        }
    }

    private StoreAction? FindAction(AtomicActionId id)
    {
        lock (_gate)
        {
            return _actions.GetValueOrDefault(id);
        }
    }

    private void Fail(string reason)
    {
        if (Interlocked.Exchange(ref _failed, 1) == 0)
        {
            _options.Failed(reason);
        }
    }
}
