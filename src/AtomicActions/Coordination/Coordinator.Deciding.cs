using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Machine;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActions;

/// <content>Commit and rollback, down the tree.</content>
internal sealed partial class Coordinator
{
    /// <summary>A branch cannot commit: before the decision that means rollback.</summary>
    internal void Failed(Refusal why)
    {
        if (Phase is ActionPhase.Active or ActionPhase.Preparing)
        {
            StartRollback(why);
        }
        else
        {
            Settled();
        }
    }

    /// <summary>The Client, or an operator, asks for rollback.</summary>
    internal bool RollbackAsked(Refusal why)
    {
        if (Phase is not (ActionPhase.Active or ActionPhase.Preparing) || Up is not null)
        {
            return false;
        }

        StartRollback(why);
        return true;
    }

    /// <summary>The Client's session ended: before TransClose that is a rollback, after it nothing (SEM-9).</summary>
    internal void ClientLost()
    {
        SessionId? lost = Client;
        Client = null;
        foreach (OwnedBranch branch in _locals.OfType<OwnedBranch>().Where(b => b.OwnedBy(lost)).ToArray())
        {
            branch.SessionLost();
        }

        if (Phase == ActionPhase.Active && Up is null)
        {
            StartRollback(new Refusal(RefusalCode.Asked, "The Client's session ended before TransClose."));
        }
    }

    /// <summary>A branch has nothing more to say: ends the action when it was the last.</summary>
    internal void Settled()
    {
        bool all = _locals.TrueForAll(b => b.Settled) && _remotes.TrueForAll(b => b.Settled);
        if (all && Phase == ActionPhase.Committing)
        {
            CommitEnded();
        }
        else if (all && Phase == ActionPhase.RollingBack && Up?.State != SubordinateState.UB)
        {
            RollbackEnded();
        }
    }

    /// <summary>The one Server of a one-phase action has decided.</summary>
    internal void OnePhaseDone(LocalBranch branch, bool committed, string text)
    {
        if (committed)
        {
            Phase = ActionPhase.Committing;
            _lane.Ended.Keep(new EndedAction(Action, Outcome.Committed, [], null, false, branch));
            AnswerCommitted(0);
        }
        else
        {
            Phase = ActionPhase.RollingBack;
            Why ??= new Refusal(RefusalCode.Resource, text.Length > 0 ? text : $"Server {branch.Server} rolled back.");
            _lane.Ended.Keep(new EndedAction(Action, Outcome.RolledBack, [], Why, false, branch));
            AnswerRolledBack(0);
        }

        Retire();
    }

    /// <summary>The decision is durable at <paramref name="decided"/>: orders leave behind it.</summary>
    private void Commit(long decided)
    {
        Phase = ActionPhase.Committing;
        DecidedAt = decided;
        foreach (LocalBranch branch in _locals.Where(b => b.State == LocalState.Ready).ToArray())
        {
            branch.Commit(decided);
        }

        foreach (RemoteBranch branch in _remotes.Where(b => b.IsReady || b.State == SuperiorState.SN).ToArray())
        {
            branch.Commit(decided);
        }

        if (HasOwned)
        {
            _lane.Deadlines.Set(this, DeadlineKind.Owner, _lane.Options.OwnerTimeoutMs);
        }

        AnswerDecided();
        Settled();
    }

    private void StartRollback(Refusal why)
    {
        Why = why;
        Phase = ActionPhase.RollingBack;
        _lane.Deadlines.Clear(this, DeadlineKind.Action);
        _lane.Deadlines.Clear(this, DeadlineKind.Vote);
        _lane.Deadlines.Set(this, DeadlineKind.Rollback, _lane.Options.RollbackTimeoutMs);
        foreach (OpenRequest request in _requests.ToArray())
        {
            request.Abandon(_lane.Self.Node, why);
        }

        Up?.Rollback();
        TellOwner();
        RollBackBranches(0);
        Settled();
    }

    private void RollBackBranches(long after)
    {
        foreach (LocalBranch branch in _locals.ToArray())
        {
            branch.Rollback(after);
        }

        foreach (RemoteBranch branch in _remotes.ToArray())
        {
            branch.Rollback(after);
        }
    }

    private void PresumeRolledBack()
    {
        foreach (LocalBranch branch in _locals)
        {
            branch.PresumeRolledBack();
        }

        foreach (RemoteBranch branch in _remotes.ToArray())
        {
            branch.PresumeRolledBack();
        }

        Up?.PresumeRolledBack();
        Settled();
    }
}
