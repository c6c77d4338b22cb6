using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Machine;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <content>As subordinate: C-BEGIN, the superior's orders, heuristic decisions.</content>
internal sealed partial class Coordinator
{
    private Decision? _heuristic;
    private string _heuristicBy = "";

    /// <summary>C-BEGIN-RI came.</summary>
    internal static void BeginBelow(
        Lane lane, Association association, AtomicActionId action, BranchId branch, BeginData data, Refusal? why)
    {
        var coordinator = new Coordinator(lane, action, data.Path, data.TimeoutMs);
        Peer peer = association.Peer;
        coordinator.Up = new Upward(lane, coordinator, peer.Identity, branch, peer.Address);
        lane.Actions.Add(coordinator);
        coordinator.Up.Begin(association);
        if (data.TimeoutMs > 0)
        {
            lane.Deadlines.Set(coordinator, DeadlineKind.Action, data.TimeoutMs);
        }

        if (why is not null)
        {
            coordinator.Up.Begun([.. data.Servers.Select(s => new ServerPlace(s, lane.Self.Node, null, why))]);
            return;
        }

        coordinator.Let(data.Servers, coordinator.Up.Begun);
    }

    /// <summary>C-COMMIT-RI, or C-RECOVER(commit), came.</summary>
    internal void CommitOrdered()
    {
        _lane.Counters.Recovered += Up!.State == SubordinateState.UQ ? 1 : 0;
        if (_heuristic is { } decision)
        {
            Compare(decision, Decision.Commit);
            Phase = ActionPhase.Committing;
            Settled();
            return;
        }

        List<Subordinate> below =
            [.. _remotes.Where(b => b.IsReady).Select(b => new Subordinate(b.Node, b.Id, b.Address))];
        long decided = 0;
        if (below.Count > 0)
        {
            decided = _lane.Append(new LogCommit(Action, Up.Id, Up.Superior, below, ReadyServers()), forced: true);
            _lane.Trace(Action, _lane.SelfLabel, _lane.SelfLabel, "log-commit", decided);
        }

        Commit(decided);
    }

    /// <summary>C-ROLLBACK-RI or C-RECOVER(unknown) came, or the superior was lost before we were ready.</summary>
    internal void RollbackOrdered(Refusal why)
    {
        Why ??= why;
        switch (Phase)
        {
            case ActionPhase.Active or ActionPhase.Preparing:
                StartRollback(why);
                break;
            case ActionPhase.Ready when _heuristic is { } decision:
                Compare(decision, Decision.Rollback);
                Phase = ActionPhase.RollingBack;
                Settled();
                break;
            case ActionPhase.Ready:
                _lane.Counters.Recovered += Up!.State == SubordinateState.I ? 1 : 0;
                StartRollback(why);
                break;
            default:
                Settled();
                break;
        }
    }

    /// <summary>An operator decides for a branch in doubt: recorded and forced before it is acted upon.</summary>
    internal void Resolve(SessionId session, Resolve order)
    {
        if (Up is not { InDoubt: true } up || Phase != ActionPhase.Ready)
        {
            _lane.Refuse(session, order.Reference, RefusalCode.WrongState, Phase == ActionPhase.Committing
                ? $"{Action} is decided: commit. It ends when every branch can be reached."
                : $"{Action} is not in doubt here: only a branch that said READY can be resolved by hand.");
            return;
        }

        if (_heuristic is { } earlier)
        {
            _lane.Refuse(session, order.Reference, RefusalCode.WrongState,
                $"{Action} was resolved already: {earlier}.");
            return;
        }

        up.Heuristic();
        long noted = _lane.Append(
            new Heuristic(Action, up.Id, order.Decision, _lane.UtcUs, order.Operator), forced: true);
        _lane.Trace(Action, "operator", _lane.SelfLabel, $"heuristic {order.Decision}", noted);
        CarryOut(order.Decision, order.Operator, noted);
        _lane.Reply(Action, session, new Accomplished(order.Reference,
            $"{Action} is resolved here by hand: {order.Decision}. If its superior decides otherwise, that is damage "
            + "and will be reported."), noted);
    }

    private void CarryOut(Decision decision, string by, long after)
    {
        _heuristic = decision;
        _heuristicBy = by;
        DecidedAt = after;
        if (decision == Decision.Rollback)
        {
            RollBackBranches(after);
            return;
        }

        foreach (LocalBranch branch in _locals.Where(b => b.State == LocalState.Ready).ToArray())
        {
            branch.Commit(after);
        }

        foreach (RemoteBranch branch in _remotes.Where(b => b.IsReady || b.State == SuperiorState.SN).ToArray())
        {
            branch.Commit(after);
        }
    }

    private void Compare(Decision taken, Decision ordered)
    {
        if (taken == ordered)
        {
            return;
        }

        Damaged(new Damage(
            _lane.Self.Node,
            Up!.Id,
            DamageKind.Mix,
            taken == Decision.Commit ? DamageTaken.Committed : DamageTaken.RolledBack,
            $"{_heuristicBy} decided {taken}; the superior {Up.Superior.Node} decided {ordered}."));
    }
}
