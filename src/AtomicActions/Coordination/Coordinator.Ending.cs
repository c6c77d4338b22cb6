using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActions;

/// <content>Answers to the Client, records of the end, and forgetting.</content>
internal sealed partial class Coordinator
{
    private static readonly DeadlineKind[] OwnDeadlines =
        [DeadlineKind.Action, DeadlineKind.Begin, DeadlineKind.Vote, DeadlineKind.Rollback, DeadlineKind.Owner];

    private bool _acknowledged;
    private bool _toldRolledBack;

    /// <summary>TransRollback from the Client.</summary>
    internal void ClientRollsBack(SessionId session, TransRollback message)
    {
        if (AnsweredRolledBack(session, message.Reference))
        {
            return;
        }

        _waiters.Add((session, null, message.Reference));
        bool taken = Phase == ActionPhase.RollingBack
            || RollbackAsked(new Refusal(RefusalCode.Asked, "The Client asked for rollback."));
        if (!taken)
        {
            _waiters.RemoveAll(w => w.Session == session && w.Reference == message.Reference);
            _lane.Refuse(session, message.Reference, RefusalCode.WrongState,
                $"{Action} is {Phase}: it cannot be rolled back by its Client any more.");
        }
    }

    /// <summary>
    /// The Client has the outcome already: it asked for the decision alone, or was told before a restart (SEM-1).
    /// </summary>
    internal void Acknowledged() => _acknowledged = true;

    private void AnswerDecided()
    {
        // Who owns branches here is told now, whatever it asked for: DoneCommit is its order to commit them.
        foreach ((SessionId session, TransClose? close, long reference) in _waiters
            .Where(w => w.Close?.Answer == CloseAnswer.Decided || Owns(w.Session)).ToArray())
        {
            _lane.Reply(Action, session, new DoneCommit(reference, Action, []), DecidedAt);
            _waiters.RemoveAll(w => w.Session == session && w.Reference == reference);
        }
    }

    private void AnswerCommitted(long after)
    {
        foreach ((SessionId session, _, long reference) in _waiters)
        {
            // A Done that came unasked can be older than the decision is durable.
            _lane.Reply(Action, session,
                new DoneCommit(reference, Action, [.. _damages]), Math.Max(after, DecidedAt));
        }

        _lane.Counters.Committed++;
    }

    private void AnswerRolledBack(long after)
    {
        TellRolledBack(after);
        _lane.Counters.RolledBack++;
    }

    /// <summary>
    /// The answer is the order to roll back for a Client that owns branches: it cannot wait for their end.
    /// </summary>
    private void TellOwner()
    {
        if (!_toldRolledBack && (_clientEnlists || Owns(Client)))
        {
            TellRolledBack(0);
            _waiters.Clear();
            _toldRolledBack = true;
        }
    }

    /// <summary>An owner was told already, when the rollback began: who asks after that is told at once.</summary>
    private bool AnsweredRolledBack(SessionId session, long reference)
    {
        if (_toldRolledBack)
        {
            _lane.Reply(Action, session, new RolledBack(reference, Action, Why!, [.. _damages]));
        }

        return _toldRolledBack;
    }

    private void TellRolledBack(long after)
    {
        Refusal why = Why ?? new Refusal(RefusalCode.Unspecified, "Rolled back.");
        foreach ((SessionId session, _, long reference) in _waiters)
        {
            _lane.Reply(Action, session, new RolledBack(reference, Action, why, [.. _damages]), after);
        }

        if (!_toldRolledBack && Client is { } client && !_waiters.Exists(w => w.Session == client))
        {
            _lane.Reply(Action, client, new RolledBack(0, Action, why, [.. _damages]), after);
        }
    }

    private void CommitEnded()
    {
        if (Up is null)
        {
            long noted = NoteDamage(Outcome.Committed, reported: true);
            _lane.Ended.Keep(new EndedAction(
                Action, Outcome.Committed, [.. _damages], null, _logged && _damages.Count == 0, null));
            AnswerCommitted(noted);
            if (_acknowledged)
            {
                _lane.Ended.Acknowledge(Action);
                DisownLeft();
            }

            Retire();
            return;
        }

        // Forced at a leaf: were the record lost, recovery would ask a superior that has forgotten
        // (ccr-standard.md 5). An intermediate's log-commit needs no such care: it would only confirm again. A decision
        // by hand has no log-commit, whatever is below (docs/adr/0006).
        bool isForced = DecidedAt == 0 || _heuristic is not null;
        long after = _damages.Count > 0
            ? NoteDamage(Outcome.Committed, reported: true)
            : _lane.Append(new Forget(Action, Up.Id, Outcome.Committed), isForced);
        _lane.Counters.Committed++;
        Up.Committed(_damages.Count > 0 || isForced ? after : 0);
        Retire();
    }

    private void RollbackEnded()
    {
        long noted = NoteDamage(Outcome.RolledBack, reported: Up is null);
        if (Up is null)
        {
            _lane.Ended.Keep(new EndedAction(Action, Outcome.RolledBack, [.. _damages], Why, false, null));
            AnswerRolledBack(noted);
            if (_acknowledged)
            {
                _lane.Ended.Acknowledge(Action);
                DisownLeft();
            }
        }
        else
        {
            if (_logged && _damages.Count == 0)
            {
                _lane.Append(new Forget(Action, Up.Id, Outcome.RolledBack), forced: false);
            }

            _lane.Counters.RolledBack++;
            Up.RolledBack();
        }

        Retire();
    }

    /// <summary>Damage outlives the action: log-damage stays until an operator forgets it (SEM-4).</summary>
    private long NoteDamage(Outcome outcome, bool reported)
    {
        // What a damage-report brought before the end is not put out by what the confirms bring (I10, docs/adr/0006).
        foreach (Damage known in _lane.Damages.Find(Action, Up?.Id)?.Damages ?? [])
        {
            Damaged(known);
        }

        if (_damages.Count == 0)
        {
            return 0;
        }

        var record = new LogDamage(Action, Up?.Id, Up?.Superior, outcome, [.. _damages], reported);
        long noted = _lane.Damages.Note(record);
        foreach (LocalBranch branch in _locals.Where(b => b.ReportedDamage))
        {
            branch.ForgetOutcome(noted);
        }

        return noted;
    }

    private void DisownLeft()
    {
        if (Client is { } client)
        {
            _lane.Disown(client, Action);
        }
    }

    private void Retire()
    {
        Phase = ActionPhase.Ended;
        foreach (DeadlineKind kind in OwnDeadlines)
        {
            _lane.Deadlines.Clear(this, kind);
        }

        _lane.Actions.Remove(this);
    }
}
