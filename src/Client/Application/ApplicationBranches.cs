using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>
/// The application branches of one action, or of one Server's branch of it: enlisted before the first PREPARE, prepared
/// side by side, ended side by side, each end told (SEM-9). It sends one-way messages only; the order in which the
/// manager reads them is the order in which they are written here.
/// </summary>
internal sealed class ApplicationBranches(ManagerSession session, AtomicActionId action, BranchId? of)
{
    private readonly List<IApplicationBranch> _branches = [];
    private readonly List<IApplicationBranch> _enlisted = [];
    private readonly List<(IApplicationBranch Branch, string Note)> _ready = [];

    public IReadOnlyList<IApplicationBranch> All => _branches;

    /// <summary>True once the manager has been told of a branch: then it has to be told of its end.</summary>
    public bool IsEnlisted => _enlisted.Count > 0;

    /// <summary>True when a branch is prepared, as its database said.</summary>
    public bool HasReady => _ready.Count > 0;

    /// <summary>Branches that may have changed something.</summary>
    public int Writers => _branches.Count(b => !b.IsReadOnly);

    public void Add(IApplicationBranch branch) => _branches.Add(branch);

    public bool Holds(IApplicationBranch branch) => _branches.Contains(branch);

    /// <summary>Tells the manager of the branches that it does not know yet; nothing is waited for.</summary>
    public void Enlist(int timeoutMs)
    {
        IApplicationBranch[] fresh = [.. _branches.Where(b => !b.IsReadOnly && !_enlisted.Contains(b))];
        if (fresh.Length > 0)
        {
            _enlisted.AddRange(fresh);
            session.Send(new Enlist(action, of, timeoutMs,
                [.. fresh.Select(b => new ApplicationBranch(b.Database, b.Branch, b.Note))]));
            session.Flush(); // before the first PREPARE leaves (SEM-9)
        }
    }

    /// <summary>Prepares all, side by side; null when nothing stands against committing, else why.</summary>
    public async Task<Refusal?> PrepareAsync(CancellationToken cancellation)
    {
        Refusal? why = null;
        _ready.Clear();
        (IApplicationBranch, ApplicationVote)[] votes = await SideBySideAsync(
            _branches, branch => VoteAsync(branch, cancellation)).ConfigureAwait(false);
        _branches.Clear();
        foreach ((IApplicationBranch branch, ApplicationVote vote) in votes)
        {
            switch (vote.Kind)
            {
                case ApplicationVoteKind.Ready:
                    _ready.Add((branch, vote.Note));
                    break;
                case ApplicationVoteKind.NoChange:
                    break;
                case ApplicationVoteKind.Refused:
                    why ??= vote.Why;
                    Tell(branch, BranchEnd.RolledBack);
                    break;
                default:
                    // It may be prepared: the manager watches until its backend is gone, and rolls it back.
                    why ??= vote.Why;
                    await branch.AbandonAsync().ConfigureAwait(false);
                    Tell(branch, BranchEnd.HandedOver);
                    break;
            }
        }

        _branches.AddRange(_ready.Select(r => r.Branch));
        return why;
    }

    /// <summary>Names the prepared branches; the question for the decision follows in the same flush.</summary>
    public void TellPrepared()
    {
        if (_ready.Count > 0)
        {
            session.Send(new Prepared(action, of,
                [.. _ready.Select(r => new ApplicationBranch(r.Branch.Database, r.Branch.Branch, r.Note))]));
        }
    }

    /// <summary>Commits what is prepared, side by side; returns what could not be done as decided.</summary>
    public async Task<IReadOnlyList<Damage>> CommitAsync()
    {
        (IApplicationBranch, BranchEnd)[] ends = await SideBySideAsync(
            _branches, static branch => branch.CommitAsync(CancellationToken.None)).ConfigureAwait(false);
        return TellEnds(ends, DoneOutcome.Committed);
    }

    /// <summary>Undoes all, side by side.</summary>
    public async Task<IReadOnlyList<Damage>> RollbackAsync()
    {
        (IApplicationBranch, BranchEnd)[] ends = await SideBySideAsync(
            _branches, static branch => branch.RollbackAsync(CancellationToken.None)).ConfigureAwait(false);
        return TellEnds(ends, DoneOutcome.RolledBack);
    }

    /// <summary>The outcome cannot be learnt here: what is prepared is left to the manager.</summary>
    public async Task AbandonAsync()
    {
        foreach (IApplicationBranch branch in _branches)
        {
            await branch.AbandonAsync().ConfigureAwait(false);
        }

        _branches.Clear();
    }

    private static async ValueTask<ApplicationVote> VoteAsync(IApplicationBranch branch, CancellationToken cancellation)
    {
        if (!branch.IsReadOnly)
        {
            return await branch.PrepareAsync(cancellation).ConfigureAwait(false);
        }

        AloneEnd end = await branch.CommitAloneAsync(cancellation).ConfigureAwait(false);
        return end.Committed == false
            ? ApplicationVote.Refused(end.Why ?? new Refusal(RefusalCode.Resource, $"{branch.Database} rolled back."))
            : ApplicationVote.NoChange;
    }

    private static async Task<(IApplicationBranch, T)[]> SideBySideAsync<T>(
        List<IApplicationBranch> branches, Func<IApplicationBranch, ValueTask<T>> call)
    {
        // All are started before the first is waited for.
        ValueTask<T>[] calls = [.. branches.Select(call)];
        var results = new (IApplicationBranch, T)[calls.Length];
        for (int i = 0; i < calls.Length; i++)
        {
            results[i] = (branches[i], await calls[i].ConfigureAwait(false));
        }

        return results;
    }

    private List<Damage> TellEnds((IApplicationBranch Branch, BranchEnd End)[] ends, DoneOutcome wanted)
    {
        List<Damage> damages = [];
        bool othersWait = of is not null || wanted != DoneOutcome.Committed;
        foreach ((IApplicationBranch branch, BranchEnd said) in ends)
        {
            // Without its owner's session the manager may have ended a branch itself: that it is gone says nothing
            // then.
            BranchEnd end = said.Outcome == DoneOutcome.Hazard && session.IsLost ? BranchEnd.HandedOver : said;
            Tell(branch, end);
            othersWait |= end.Outcome != wanted;
            if (end.Outcome != wanted && end.Outcome != DoneOutcome.HandedOver)
            {
                damages.Add(DamageOf(branch, end));
            }
        }

        _branches.Clear();
        if (othersWait)
        {
            session.Flush();
        }

        return damages; // otherwise a Client's Done rides along with the acknowledgement, or the next action
    }

    private Damage DamageOf(IApplicationBranch branch, BranchEnd end) => new(
        session.Identity.Node, branch.Branch,
        end.Outcome == DoneOutcome.Hazard ? DamageKind.Hazard : DamageKind.Mix,
        end.Outcome switch
        {
            DoneOutcome.Committed => DamageTaken.Committed,
            DoneOutcome.RolledBack => DamageTaken.RolledBack,
            _ => DamageTaken.Unknown,
        },
        $"{branch.Database}: {end.Text}");

    private void Tell(IApplicationBranch branch, BranchEnd end)
    {
        if (_enlisted.Contains(branch) && !session.IsLost)
        {
            session.Send(new Done(branch.Database, action, branch.Branch, end.Outcome, end.Text));
        }
    }
}
