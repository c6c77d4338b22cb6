using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Machine;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActions;

/// <content>TransClose, C-PREPARE, and the votes.</content>
internal sealed partial class Coordinator
{
    private bool _decidesForSuperior;

    /// <summary>TransClose: joins the wait when it is repeated (SEM-1).</summary>
    internal void Close(SessionId session, TransClose close)
    {
        if (Up is not null)
        {
            _lane.Refuse(session, close.Reference, RefusalCode.NotPermitted,
                $"{Action} is closed where it was opened, at {Action.Owner}.");
        }
        else if (Phase == ActionPhase.Active && Client is { } owner && owner != session)
        {
            _lane.Refuse(session, close.Reference, RefusalCode.NotPermitted, $"Another session opened {Action}.");
        }
        else if (Phase == ActionPhase.Active && _requests.Exists(r => !r.Answered))
        {
            _lane.Refuse(session, close.Reference, RefusalCode.WrongState,
                $"{Action} has a TransOpenSub under way; close it when that is answered.");
        }
        else if (!AnsweredRolledBack(session, close.Reference))
        {
            _waiters.Add((session, close, close.Reference));
            if (Phase == ActionPhase.Active)
            {
                StartVoting();
            }
            else if (Phase == ActionPhase.Committing)
            {
                AnswerDecided();
            }
        }
    }

    /// <summary>C-PREPARE came.</summary>
    internal void PrepareAsked()
    {
        if (_requests.Exists(r => !r.Answered))
        {
            Failed(new Refusal(RefusalCode.WrongState, "A Server of this branch is still being begun."));
            return;
        }

        StartVoting();
    }

    /// <summary>The superior leaves the decision to us (C-NOCHANGE-RI, result requested).</summary>
    internal void OnePhaseAsked()
    {
        _decidesForSuperior = true;
        PrepareAsked();
    }

    /// <summary>A vote arrived; decides when it was the last.</summary>
    internal void VoteArrived()
    {
        if (Phase == ActionPhase.Preparing
            && !_locals.Exists(b => b.VotePending) && !_remotes.Exists(b => b.VotePending))
        {
            AllReady();
        }
    }

    private void StartVoting()
    {
        _lane.Deadlines.Clear(this, DeadlineKind.Action);
        Phase = ActionPhase.Preparing;
        if (GivenUp() is { } givenUp)
        {
            StartRollback(givenUp);
            return;
        }

        LocalBranch[] active = [.. _locals.Where(b => b.State == LocalState.Active && b is not OwnedBranch)];
        if (Up is null && active.Length == 1 && _remotes.Count == 0 && !HasOwned && _lane.Options.OnePhaseLocally)
        {
            Phase = ActionPhase.OnePhase;
            active[0].CommitOnePhase(_lane.NoteOnePhase(active[0].Server));
            return;
        }

        _lane.Deadlines.Set(this, DeadlineKind.Vote, _lane.Options.VoteTimeoutMs);
        foreach (LocalBranch branch in active)
        {
            branch.Prepare();
        }

        foreach (RemoteBranch branch in _remotes.ToArray())
        {
            branch.Prepare();
        }

        VoteArrived();
    }

    private List<ServerBranch> ReadyServers() =>
        [.. _locals.Where(b => b.State == LocalState.Ready).Select(b => new ServerBranch(b.Server, b.Id, b.Note))];

    private void AllReady()
    {
        _lane.Deadlines.Clear(this, DeadlineKind.Vote);
        OverUnlessPrepared();
        List<ServerBranch> servers = ReadyServers();
        List<Subordinate> subordinates =
            [.. _remotes.Where(b => b.IsReady).Select(b => new Subordinate(b.Node, b.Id, b.Address))];
        bool nothingChanged = servers.Count == 0 && subordinates.Count == 0;
        if (Up is null || _decidesForSuperior)
        {
            long decided = 0;
            if (!nothingChanged)
            {
                var record = new LogCommit(Action, Up?.Id, Up?.Superior, subordinates, servers);
                decided = _lane.Append(record, forced: true);
                _logged = true;
                _lane.Trace(Action, _lane.SelfLabel, _lane.SelfLabel, "log-commit", decided);
            }

            Commit(decided);
        }
        else if (nothingChanged && Up.NochangeAllowed && !_remotes.Exists(b => b.State == SuperiorState.SN))
        {
            Up.NoChange();
            Retire();
        }
        else
        {
            Phase = ActionPhase.Ready;
            _logged = true;
            long ready = _lane.Append(
                new LogReady(Action, Up.Id, Up.Superior, Up.Address, subordinates, servers), forced: true);
            _lane.Trace(Action, _lane.SelfLabel, _lane.SelfLabel, "log-ready", ready);
            Up.Ready(ready);
        }
    }
}
