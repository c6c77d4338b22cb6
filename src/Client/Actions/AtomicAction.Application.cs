using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <content>Branches that the application works in itself, beside those at Servers (SEM-9).</content>
public sealed partial class AtomicAction
{
    private ApplicationBranches? _application;
    private LeaseBlock? _lease;
    private long _openedAt;
    private int _timeoutMs;
    private long _branches;
    private bool _endsLater;

    /// <summary>
    /// The manager to which branches of this action are promised: what a prepared branch carries (SEM-3).
    /// </summary>
    public ManagerIdentity Manager => _session.Identity;

    /// <summary>The isolation of branches at databases whose opening says nothing of it.</summary>
    public System.Data.IsolationLevel Isolation { get; set; } = System.Data.IsolationLevel.Unspecified;

    /// <summary>
    /// An identifier for a branch that the application will work in itself: an integer, which the manager's are not.
    /// </summary>
    public BranchId NewBranch() => new(
        AeTitle.Of(_session.Identity.Node), Suffix.OfInteger(Interlocked.Increment(ref _branches)));

    /// <summary>
    /// Adds a branch that the application works in itself. From now on the action ends it.
    /// </summary>
    /// <exception cref="CcrRefusedException">The action is rolled back already, or can only be.</exception>
    /// <exception cref="InvalidOperationException">The action is closed.</exception>
    public void Add(IApplicationBranch branch)
    {
        ArgumentNullException.ThrowIfNull(branch);
        lock (_lock)
        {
            ThrowUnlessOpen();
            _application ??= new ApplicationBranches(_session, Id, of: null);
            if (_application.All.Count >= Limits.BranchesPerActionMax)
            {
                throw new InvalidOperationException($"{Id} has {Limits.BranchesPerActionMax} branches: the limit.");
            }

            _application.Add(branch);
        }
    }

    /// <summary>The branch at a database that was added first, or null.</summary>
    public IApplicationBranch? Find(string database)
    {
        lock (_lock)
        {
            return _application?.All.FirstOrDefault(b => b.Database == database);
        }
    }

    /// <summary>
    /// Tells the manager of the branches added so far, and waits for nothing. TransClose does it by itself; only
    /// branches that somebody else prepares before TransClose need it earlier (SEM-9).
    /// </summary>
    public void EnlistBranches()
    {
        if (_application is { } own && !_session.IsLost)
        {
            Client.Known(this);
            own.Enlist(TimeoutLeftMs);
        }
    }

    /// <summary>An action whose identifier was leased: its manager does not know of it yet.</summary>
    internal void OpenedByLease(LeaseBlock lease, TimeSpan? timeout)
    {
        _lease = lease;
        _openedAt = Client.Time.GetTimestamp();
        _timeoutMs = timeout is { } t ? (int)Math.Clamp(t.TotalMilliseconds, 1, int.MaxValue) : 0;
    }

    /// <summary>True while the manager was told nothing of the action: it then ends here.</summary>
    private bool IsUnknown => _lease is not null && !_extended && _application is not { IsEnlisted: true };

    private int TimeoutLeftMs => _timeoutMs == 0
        ? 0
        : (int)Math.Max(1, _timeoutMs - Client.Time.GetElapsedTime(_openedAt).TotalMilliseconds);

    /// <summary>
    /// An action of a leased identifier is opened by the first message about it; TransOpenSub has no room for how long
    /// it may stay open, so that an Enlist of no branches goes before.
    /// </summary>
    private void TellTimeout()
    {
        if (IsUnknown && _timeoutMs != 0)
        {
            _session.Send(new Enlist(Id, null, TimeoutLeftMs, []));
        }
    }

    /// <summary>
    /// The first phase of the application's own branches; the outcome when it is known without a decision.
    /// </summary>
    private async Task<CcrOutcome?> PrepareOwnAsync(CancellationToken cancellation)
    {
        ApplicationBranches? own = _application;
        if (own is null || own.All.Count == 0)
        {
            return IsUnknown ? CcrOutcome.Committed([]) : null; // nothing was done anywhere
        }

        if (_rollbackOnly is not null || _session.IsLost)
        {
            return await UndoOwnAsync(_rollbackOnly ?? BrokeBefore(_session.LostReason)).ConfigureAwait(false);
        }

        if (IsUnknown && await CommitAloneAsync(own, cancellation).ConfigureAwait(false) is { } alone)
        {
            return alone;
        }

        Client.Known(this);
        own.Enlist(TimeoutLeftMs);
        string databases = DatabasesOf(own);
        int asked = own.All.Count;
        Refusal? why = await own.PrepareAsync(cancellation).ConfigureAwait(false);
        if (why is not null)
        {
            return await UndoOwnAsync(why).ConfigureAwait(false);
        }

        if (own.All.Count < asked)
        {
            Client.ReadOnly.Seen(databases);
        }

        if (_session.IsLost)
        {
            return await UndoOwnAsync(BrokeBefore(_session.LostReason)).ConfigureAwait(false); // TransClose is not sent
        }

        own.TellPrepared();
        return null;
    }

    /// <summary>One phase where one branch alone has changed anything, and the manager knows of none (SEM-5).</summary>
    private async Task<CcrOutcome?> CommitAloneAsync(ApplicationBranches own, CancellationToken cancellation)
    {
        List<IApplicationBranch> writers = [.. own.All.Where(b => !b.IsReadOnly)];
        if (writers.Count > 1 && Client.ReadOnly.Expects(DatabasesOf(own)))
        {
            bool[] changed = await Task.WhenAll(
                writers.Select(b => b.HasChangedAsync(cancellation).AsTask())).ConfigureAwait(false);
            writers = [.. writers.Where((_, i) => changed[i])];
            if (writers.Count < changed.Length)
            {
                Client.ReadOnly.Seen(DatabasesOf(own));
            }
        }

        if (writers.Count > 1)
        {
            return null;
        }

        // Those that only read go first: were one of them refused, nothing is committed yet.
        foreach (IApplicationBranch reader in own.All.Except(writers))
        {
            AloneEnd read = await reader.CommitAloneAsync(cancellation).ConfigureAwait(false);
            if (read.Committed == false)
            {
                return await UndoOwnAsync(read.Why ?? RolledBackBy(reader)).ConfigureAwait(false);
            }
        }

        if (writers.Count == 0)
        {
            return CcrOutcome.Committed([]);
        }

        AloneEnd end = await writers[0].CommitAloneAsync(cancellation).ConfigureAwait(false);
        return end.Committed switch
        {
            true => CcrOutcome.Committed([]),
            false => CcrOutcome.RolledBack(end.Why ?? RolledBackBy(writers[0])),
            null => throw new CcrOutcomeUnknownException(Id,
                $"The answer to COMMIT of the only branch of {Id}, at {writers[0].Database}, was lost. {end.Why?.Text}")
            {
                Database = writers[0].Database,
            },
        };
    }

    private static Refusal RolledBackBy(IApplicationBranch branch) =>
        new(RefusalCode.Resource, $"{branch.Database} rolled the branch back.");

    private static string DatabasesOf(ApplicationBranches own) => string.Join(' ', own.All.Select(b => b.Database));

    /// <summary>
    /// Undoes the application's own branches, before TransClose or because the decision was rollback.
    /// </summary>
    private async Task<CcrOutcome> UndoOwnAsync(Refusal why)
    {
        bool known = !IsUnknown;
        _rollbackOnly ??= why;
        IReadOnlyList<Damage> damages = await _application!.RollbackAsync().ConfigureAwait(false);
        if (known && !_session.IsLost && Known() is null)
        {
            CcrOutcome undone = await SendRollbackAsync(CancellationToken.None).ConfigureAwait(false);
            return CcrOutcome.RolledBack(why, [.. damages, .. undone.Damages]);
        }

        return CcrOutcome.RolledBack(why, damages);
    }

    /// <summary>The second phase of the application's own branches, as decided.</summary>
    private async Task<CcrOutcome> EndOwnAsync(CcrOutcome outcome)
    {
        if (_application is not { All.Count: > 0 } own)
        {
            return outcome;
        }

        _rollbackOnly ??= outcome.Refusal; // its branches may want to say why
        IReadOnlyList<Damage> damages = outcome.IsCommitted
            ? await own.CommitAsync().ConfigureAwait(false)
            : await own.RollbackAsync().ConfigureAwait(false);
        return damages.Count == 0 ? outcome : outcome.With(damages);
    }

    /// <summary>
    /// The second phase behind the answer, which said committed: nobody waits for it here. What is not done when the
    /// session ends, the manager does.
    /// </summary>
    private async Task EndOwnLaterAsync(CcrOutcome decided)
    {
        Client.Ends.Begin();
        try
        {
            CcrOutcome ended = await EndOwnAsync(decided).ConfigureAwait(false);
            foreach (Damage damage in ended.Damages.Except(decided.Damages))
            {
                Client.Log($"{Id} was answered as committed, and did damage afterwards. {damage.Text}");
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Client.Log($"{Id} is committed; its branches here are left to the manager. {e.Message}");
        }
        finally
        {
            Leave();
            Client.Ends.End();
        }
    }
}
