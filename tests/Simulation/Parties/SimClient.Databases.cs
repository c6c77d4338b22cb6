using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <content>
/// Application branches: worked in, enlisted, prepared and ended over connections of the Client's own (SEM-9).
/// </content>
internal sealed partial class SimClient
{
    private readonly List<OwnedAt> _owned = [];
    private ManagerIdentity? _manager;
    private bool _enlisted;
    private bool _ending;
    private bool _worked;
    private bool _stopped;

    /// <summary>Its session stands, and nobody on its side has begun to undo or to leave its branches.</summary>
    internal bool WorksAtDatabasesWith(SimManager manager) =>
        Session is { Peer.IsClosed: false } session && ReferenceEquals(session.Peer.Owner, manager)
        && IsAlive && _enlisted && !_ending && !IsDone && !RollsBack && !_gaveUp;

    private bool _gaveUp;

    /// <summary>Opened by an identifier that was leased to this session.</summary>
    private void UseLease(Leased leased)
    {
        Action = new AtomicActionId(
            AeTitle.Of(_manager!.Node), Suffix.OfCounter(leased.Epoch, (ulong)leased.First));
        World.Truth.Opened(this);
        World.Counters.Opened++;
        Next();
    }

    /// <summary>True when there is work at databases that goes before the end.</summary>
    private bool WorkAtDatabases()
    {
        if (_item.Databases is not { } work || _worked)
        {
            return false;
        }

        _worked = true;
        int asked = work.Steps.Count;
        bool all = true;
        for (int i = 0; i < work.Steps.Count; i++)
        {
            (string name, IReadOnlyList<Effect> effects) = work.Steps[i];
            if (World.DatabaseAt(name) is not { } database)
            {
                Rollback();
                return true;
            }

            BranchOf branch = new(Action!, new BranchId(AeTitle.Of(Node.Name), Suffix.OfOctets([7, (byte)i])));
            OwnedAt owned = new(this, database, branch);
            _owned.Add(owned);
            owned.Send((at, answer) => answer(at.OwnerWorks(branch, effects)), got =>
            {
                all &= got;
                if (--asked == 0 && !_closing && !IsDone)
                {
                    Then(all, EnlistAndPrepare);
                }
            });
        }

        In(StepUs, () => Then(_enlisted || _closing || IsDone, () => { }));
        return true;
    }

    private void Then(bool well, Action next)
    {
        if (well)
        {
            next();
        }
        else
        {
            Rollback();
        }
    }

    private void EnlistAndPrepare()
    {
        if (At(OwnerMoment.BeforeEnlist) || Session is null)
        {
            return;
        }

        _enlisted = true;
        World.Counters.Enlisted += _owned.Count;
        Send(new Enlist(Action!, null, _item.TimeoutMs,
            [.. _owned.Select(o => new ApplicationBranch(o.Database, o.Branch.Branch, "pid=1"))]));
        int asked = _owned.Count;
        foreach (OwnedAt owned in _owned.ToArray())
        {
            owned.Send((at, answer) => at.OwnerPrepares(owned.Branch, _manager!, answer), prepared =>
            {
                owned.IsPrepared = prepared;
                asked--;
                if (!_closing && !IsDone && !At(OwnerMoment.FirstPrepared))
                {
                    Prepared(prepared, asked);
                }
            });
        }

        _ = At(OwnerMoment.PreparesSent);
        In(StepUs, () =>
        {
            if (asked > 0 && !_closing && !IsDone)
            {
                Rollback(); // an unknown answer is no vote
            }
        });
    }

    private void Prepared(bool well, int asked)
    {
        if (!well)
        {
            Rollback();
        }
        else if (asked == 0 && _owned.TrueForAll(o => o.IsPrepared) && !At(OwnerMoment.BeforeClose))
        {
            foreach ((OwnedAt owned, DatabaseStepOf step) in _owned.Zip(Steps()))
            {
                _done.Add((owned.Database, new WorkRequest(owned.Branch, 0, step.Effects, null)));
            }

            Send(new Prepared(Action!, null,
                [.. _owned.Select(o => new ApplicationBranch(o.Database, o.Branch.Branch,
                    SimServer.NoteOf(o.Branch.Branch)))]));
            Finish();
            _ = At(OwnerMoment.Closed);
        }
    }

    private IEnumerable<DatabaseStepOf> Steps() => _item.Databases!.Steps.Select(s => new DatabaseStepOf(s.Effects));

    /// <summary>DoneCommit or RolledBack came: its order for what it owns. False when it owns nothing.</summary>
    private bool EndOwned(bool commit, Told told)
    {
        if (_owned.Count == 0 || _ending || IsDone)
        {
            return _ending;
        }

        _ending = true;
        Told = told;
        if (At(OwnerMoment.Decided))
        {
            return true;
        }

        if (commit && _item.Databases!.AcknowledgesEarly && _item.Acknowledges)
        {
            HasAcknowledged = true;
            Send(new Acknowledge([Action!]));
        }

        EndEach(commit, () => End(told));
        return true;
    }

    private void EndEach(bool commit, Action then)
    {
        int open = _owned.Count(o => !o.IsOver);
        foreach (OwnedAt owned in _owned.Where(o => !o.IsOver).ToArray())
        {
            if (_item.Databases!.HandsOver && ReferenceEquals(owned, _owned[^1]))
            {
                Over(owned, DoneOutcome.HandedOver);
                continue;
            }

            owned.Send((at, answer) => at.OwnerEnds(owned.Branch, commit, answer), was =>
            {
                if (!owned.IsOver && !IsDone)
                {
                    // Nothing there to commit: somebody else did, or it was never so; it cannot know.
                    DoneOutcome plain = commit ? DoneOutcome.Committed : DoneOutcome.RolledBack;
                    Over(owned, was || !commit ? plain : DoneOutcome.HandedOver);
                }
            });
            In(StepUs, () => Over(owned, DoneOutcome.HandedOver));
        }

        _ = At(OwnerMoment.EndsSent);

        void Over(OwnedAt owned, DoneOutcome outcome)
        {
            if (owned.IsOver)
            {
                return;
            }

            owned.IsOver = true;
            if (_enlisted)
            {
                Send(new Done(owned.Database, Action!, owned.Branch.Branch, outcome, ""));
            }

            if (--open == 0)
            {
                then();
            }
            else
            {
                _ = At(OwnerMoment.FirstEnded);
            }
        }
    }

    /// <summary>It undoes all by itself: before TransClose it may.</summary>
    private void UndoOwned()
    {
        if (_owned.Count > 0 && !_ending)
        {
            _gaveUp = true;
            EndEach(commit: false, () => { });
        }
    }

    /// <summary>Its connections end: the databases undo what was not prepared.</summary>
    private void CloseConnections() => _owned.ForEach(o => o.Close());

    /// <summary>True when it was killed there.</summary>
    private bool At(OwnerMoment moment)
    {
        if (IsDone || _item.Databases is not { } work)
        {
            return false;
        }

        if (work.StopsAt == moment && !_stopped)
        {
            _stopped = true;
            World.Counters.OwnersStopped++;
            World.Transcript.Say(Name, $"stands still at {moment}");
            Pause(World.Clock.NowUs + work.StopsForUs);
        }

        if (work.DiesAt == moment)
        {
            World.Counters.OwnersKilled++;
            World.Transcript.Say(Name, $"is killed at {moment}");
            Vanish();
            return true;
        }

        return false;
    }

    private readonly record struct DatabaseStepOf(IReadOnlyList<Effect> Effects);
}
