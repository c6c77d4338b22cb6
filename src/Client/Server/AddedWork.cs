using Ccr.Protocol.Messages;

namespace Ccr.Client;

/// <summary>
/// The application branches below one branch of a Server: added while requests work in it, prepared once, ended one by
/// one. A connection that a request works with is left alone until the request is over.
/// </summary>
internal sealed class AddedWork(BranchContext context)
{
    private readonly Lock _lock = new();
    private readonly List<AddedBranch> _all = [];
    private ApplicationBranches? _branches;
    private ManagerSession? _session;
    private Task _preparing = Task.CompletedTask;
    private bool _isShut;

    public BranchContext Context { get; } = context;

    /// <summary>True while something is added that was neither prepared nor ended.</summary>
    public bool HasUnprepared
    {
        get
        {
            lock (_lock)
            {
                return _all.Exists(a => !a.IsPrepared);
            }
        }
    }

    /// <summary>True when the manager knows of a branch below.</summary>
    public bool HasWriters
    {
        get
        {
            lock (_lock)
            {
                return _branches is { IsEnlisted: true };
            }
        }
    }

    /// <summary>The manager is told before the branch is used for the first time; nothing is waited for.</summary>
    /// <exception cref="CcrRefusedException">The Server's branch is prepared or over.</exception>
    public void Add(ManagerSession session, IApplicationBranch branch, Action<AddedBranch> register)
    {
        lock (_lock)
        {
            if (_isShut || (_session is not null && _session != session))
            {
                throw new CcrRefusedException(new Refusal(RefusalCode.NotBegun,
                    $"The branch {Context} is prepared or over: nothing can be added to it any more (SEM-8)."));
            }

            _session = session;
            _branches ??= new ApplicationBranches(session, Context.Action, Context.Branch);
            AddedBranch added = new(this, session, branch);
            register(added); // orders may come as soon as it is enlisted
            _all.Add(added);
            _branches.Add(branch);
            _branches.Enlist(timeoutMs: 0);
        }
    }

    public IApplicationBranch? Find(string database)
    {
        lock (_lock)
        {
            return _all.Find(a => a.Branch.Database == database)?.Branch;
        }
    }

    /// <summary>Takes no branches any more.</summary>
    public void Shut()
    {
        lock (_lock)
        {
            _isShut = true;
        }
    }

    /// <summary>Prepares all, side by side; orders that come meanwhile wait.</summary>
    public async ValueTask<BranchVote> PrepareAsync(Action<AddedBranch> forget, CancellationToken cancellation)
    {
        ApplicationBranches? branches;
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _isShut = true;
            branches = _branches;
            if (branches is null || _all.Count == 0)
            {
                return BranchVote.NoChange;
            }

            _preparing = done.Task;
        }

        try
        {
            Refusal? why = await branches.PrepareAsync(cancellation).ConfigureAwait(false);
            lock (_lock)
            {
                foreach (AddedBranch added in _all)
                {
                    added.IsPrepared = branches.Holds(added.Branch);
                    added.OverUnlessPrepared();
                }

                if (why is null)
                {
                    _all.FindAll(a => !a.IsPrepared).ForEach(forget);
                    _all.RemoveAll(a => !a.IsPrepared);
                }
            }

            if (why is not null)
            {
                return BranchVote.Refuse(why); // the manager orders their ends
            }

            branches.TellPrepared(); // in front of this Server's own vote, on the same session
            return BranchVote.NoChange;
        }
        finally
        {
            done.TrySetResult();
        }
    }

    /// <summary>Ends one of them, once; who asks again gets the same answer.</summary>
    public async Task<BranchEnd> EndAsync(AddedBranch added, bool commit, CcrServerOptions options)
    {
        if (added.TryClaim())
        {
            await _preparing.ConfigureAwait(false);
            try
            {
                added.Ended(await EndClaimedAsync(added, commit, options).ConfigureAwait(false));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                options.Log?.Invoke($"{options.Name}: the end of {added.Branch.Branch} failed, is handed over: {e}");
                added.Ended(BranchEnd.HandedOver);
            }
        }

        return await added.End.ConfigureAwait(false);
    }

    /// <summary>The Server's own branch is rolled back: so is all that is not prepared, ordered or not.</summary>
    public async Task<IReadOnlyList<AddedBranch>> EndUnpreparedAsync(CcrServerOptions options)
    {
        Shut();
        await _preparing.ConfigureAwait(false);
        AddedBranch[] unprepared;
        lock (_lock)
        {
            unprepared = [.. _all.Where(a => !a.IsPrepared)];
        }

        await Task.WhenAll(unprepared.Select(a => EndAsync(a, commit: false, options))).ConfigureAwait(false);
        return unprepared;
    }

    /// <summary>The session is lost: the manager sees to what is prepared, closing undoes the rest.</summary>
    public async Task AbandonAsync(AddedBranch added)
    {
        Shut();
        if (added.TryClaim())
        {
            await _preparing.ConfigureAwait(false);
            await Context.Slot.RequestsOverAsync().ConfigureAwait(false);
            await added.Branch.AbandonAsync().ConfigureAwait(false);
            added.Ended(BranchEnd.HandedOver);
        }
    }

    private async ValueTask<BranchEnd> EndClaimedAsync(AddedBranch added, bool commit, CcrServerOptions options)
    {
        if (commit)
        {
            return added.IsPrepared
                ? await added.Branch.CommitAsync(CancellationToken.None).ConfigureAwait(false)
                : BranchEnd.HandedOver;
        }

        Task over = Context.Slot.RequestsOverAsync();
        try
        {
            await over.WaitAsync(ClientLimits.RequestStopPatience, options.Time).ConfigureAwait(false);
            return await added.Branch.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Its connection is at work: the database's Server watches it until it is over.
            _ = RollbackBehindAsync(over, added.Branch);
            return BranchEnd.HandedOver;
        }
    }

    private static async Task RollbackBehindAsync(Task over, IApplicationBranch branch)
    {
        await over.ConfigureAwait(false);
        await branch.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
