using Ccr.AtomicActions.Contract;
using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <content>Clients, Servers and operators of this node.</content>
public sealed partial class Lane
{
    private readonly Dictionary<SessionId, Dictionary<AtomicActionId, Coordinator>> _clients = [];
    private readonly HashSet<string> _onePhaseNoted = new(StringComparer.Ordinal);
    private Refusal? _closed;

    /// <summary>
    /// A Server may from now on hold outcomes that it decided alone: noted once an epoch, so that after a restart
    /// nobody is told "rolled back" before that Server has reported (SEM-5).
    /// </summary>
    internal long NoteOnePhase(string server) =>
        _onePhaseNoted.Add(server) ? Append(new OnePhaseServer(server), forced: true) : ForcedPosition;

    private void TransOpen(TransOpenReceived open)
    {
        long reference = open.Message.Reference;
        if (WhyNotOpened() is { } why)
        {
            Refuse(open.Session, reference, why.Code, why.Text);
            return;
        }

        Trace(open.Action, "client", SelfLabel, "TransOpen");
        Owned(open.Session, Coordinator.Open(this, open.Session, open.Message, open.Action));
    }

    private void Owned(SessionId session, Coordinator opened)
    {
        Ended.DropOld();
        Counters.Opened++;
        if (!_clients.TryGetValue(session, out Dictionary<AtomicActionId, Coordinator>? owned))
        {
            _clients.Add(session, owned = []);
        }

        owned.Add(opened.Action, opened);
    }

    /// <summary>The action of a Client, opened now where its identifier was leased to it and not used.</summary>
    private Coordinator? RootOrLeased(SessionId session, AtomicActionId action, int timeoutMs)
    {
        if (Actions.Root(action) is { } root)
        {
            return root;
        }

        // Used up even where it is refused: what its session prepares all the same is to be rolled back.
        if (!action.Owner.Equals(SelfTitle) || !Leases.Use(session, Self.Epoch, action) || WhyNotOpened() is not null)
        {
            return null;
        }

        Coordinator opened = Coordinator.OpenLeased(this, session, timeoutMs, action);
        Owned(session, opened);
        return opened;
    }

    private Refusal? WhyNotOpened() => _closed ?? (Actions.Count < Limits.OpenActionsPerLaneMax ? null : new Refusal(
        RefusalCode.Limit, $"{Limits.OpenActionsPerLaneMax} actions are open here; try again when some have ended."));

    private void FromSession(SessionId session, SessionMessage message)
    {
        if (message is IActionMessage about && _held.ContainsKey(about.Action))
        {
            ToHeld(session, message, about.Action);
            return;
        }

        switch (message)
        {
            case BranchMessage answer:
                Answered(session, answer);
                break;
            case TransClose close:
                Trace(close.Action, "client", SelfLabel, "TransClose");
                Close(session, close);
                break;
            case Enlist enlist:
                Trace(enlist.Action, enlist.Branch is null ? "client" : "server", SelfLabel, "Enlist");
                EnlistBranches(session, enlist);
                break;
            case Prepared prepared:
                Trace(prepared.Action, prepared.Branch is null ? "client" : "server", SelfLabel, "Prepared");
                CoordinatorOf(session, prepared.Action, prepared.Branch)?.Prepared(session, prepared);
                break;
            case TransOpenSub sub:
                Trace(sub.Action, sub.Branch is null ? "client" : "server", SelfLabel, "TransOpenSub");
                OpenSub(session, sub);
                break;
            case TransRollback rollback:
                Trace(rollback.Action, "client", SelfLabel, "Rollback");
                Rollback(session, rollback);
                break;
            case AskOutcome ask:
                TellOutcome(session, ask);
                break;
            case Acknowledge acknowledge:
                foreach (AtomicActionId action in acknowledge.Actions)
                {
                    Coordinator? live = Actions.Root(action);
                    live?.Acknowledged();
                    Ended.Acknowledge(action);
                    if (live is not { HasOwned: true })
                    {
                        Disown(session, action); // one that owns branches stays known until they are ended
                    }
                }

                break;
            case Found found:
                ServerFound(session, found);
                break;
            case Resolve order:
                Resolve(session, order);
                break;
            case ForgetDamage order:
                Damages.Forget(session, order);
                break;
            default:
                throw new InvariantException($"the lane takes no {message.GetType().Name} from a session");
        }
    }

    private void Answered(SessionId session, BranchMessage answer)
    {
        if (answer is Done done)
        {
            Owed.Ended(session, done);
        }

        foreach (Coordinator coordinator in Actions.Of(answer.Action))
        {
            if (coordinator.FindLocal(answer.Branch) is { } branch)
            {
                branch.Answered(session, answer);
                return;
            }
        }

        AnsweredPresumed(session, answer);
    }

    private void Close(SessionId session, TransClose close)
    {
        if (RootOrLeased(session, close.Action, 0) is { } coordinator)
        {
            coordinator.Close(session, close);
        }
        else if (Ended.Find(close.Action) is { } ended)
        {
            SessionMessage answer = ended.Outcome == Outcome.Committed
                ? new DoneCommit(close.Reference, close.Action, ended.Damages)
                : new RolledBack(close.Reference, close.Action, WhyOf(ended), ended.Damages);
            Reply(close.Action, session, answer, ForcedPosition);
        }
        else
        {
            RefuseUnknown(session, close.Reference, close.Action);
        }
    }

    private void OpenSub(SessionId session, TransOpenSub sub)
    {
        Coordinator? coordinator = sub.Branch is null
            ? RootOrLeased(session, sub.Action, 0)
            : CoordinatorOf(session, sub.Action, sub.Branch);
        if (coordinator is null)
        {
            Refuse(session, sub.Reference, RefusalCode.UnknownAction,
                $"{sub.Action} is not open here{(sub.Branch is null ? "" : " for that branch")}.");
            return;
        }

        coordinator.OpenSub(session, sub);
    }

    /// <summary>The root, for a Client; the coordinator of a Server's own branch, for that Server.</summary>
    private Coordinator? CoordinatorOf(SessionId session, AtomicActionId action, BranchId? branch) => branch is null
        ? Actions.Root(action)
        : Actions.Of(action).FirstOrDefault(c => c.FindLocal(branch) is { At: { } at } && at.Session == session);

    private void EnlistBranches(SessionId session, Enlist enlist)
    {
        Coordinator? coordinator = enlist.Branch is null
            ? RootOrLeased(session, enlist.Action, enlist.TimeoutMs)
            : CoordinatorOf(session, enlist.Action, enlist.Branch);
        if (coordinator is not null)
        {
            coordinator.Enlist(session, enlist);
        }
        else
        {
            NotEnlisted(session, enlist);
        }
    }

    private void NotEnlisted(SessionId session, Enlist enlist)
    {
        Refusal why = WhyNotOpened() ?? (Ended.Find(enlist.Action) is { Outcome: Outcome.RolledBack } ended
            ? WhyOf(ended)
            : new Refusal(RefusalCode.UnknownAction,
                $"{enlist.Action} is not open here, and its identifier is not leased to this session."));
        bool mayCommit = enlist.Branch is null && (IsLeased(enlist.Action) || !enlist.Action.Owner.Equals(SelfTitle)
            || (Ended.Find(enlist.Action)?.Outcome ?? OutcomeWithoutRecord(enlist.Action)) != Outcome.RolledBack);
        if (mayCommit)
        {
            Refuse(session, 0, why.Code, why.Text); // another's action: this session has no part in it
        }
        else
        {
            // Not answered by a refusal, for nobody asked: the owner is told that it may not go on.
            Reply(enlist.Action, session, new RolledBack(0, enlist.Action, why, []));
        }
    }

    private void Rollback(SessionId session, TransRollback rollback)
    {
        if (RootOrLeased(session, rollback.Action, 0) is { } coordinator)
        {
            coordinator.ClientRollsBack(session, rollback);
        }
        else if (Ended.Find(rollback.Action) is { Outcome: Outcome.RolledBack } ended)
        {
            Reply(rollback.Action, session,
                new RolledBack(rollback.Reference, rollback.Action, WhyOf(ended), ended.Damages));
        }
        else
        {
            RefuseUnknown(session, rollback.Reference, rollback.Action);
        }
    }

    private void TellOutcome(SessionId session, AskOutcome ask)
    {
        if (Actions.Root(ask.Action) is { } live)
        {
            Outcome now = live.Phase switch
            {
                ActionPhase.Committing => Outcome.Committed,
                ActionPhase.RollingBack => Outcome.RolledBack,
                ActionPhase.OnePhase => Outcome.InDoubt,
                _ => Outcome.Active,
            };
            Reply(ask.Action, session, new OutcomeIs(ask.Reference, ask.Action, now, live.Damages), ForcedPosition);
        }
        else if (Ended.Find(ask.Action) is { } ended)
        {
            Reply(ask.Action, session,
                new OutcomeIs(ask.Reference, ask.Action, ended.Outcome, ended.Damages), ForcedPosition);
        }
        else if (!ask.Action.Owner.Equals(SelfTitle))
        {
            Refuse(session, ask.Reference, RefusalCode.NotMine,
                $"{ask.Action} was opened at {ask.Action.Owner}: ask there.");
        }
        else if (IsLeased(ask.Action))
        {
            Reply(ask.Action, session, new OutcomeIs(ask.Reference, ask.Action, Outcome.Active, []));
        }
        else if (_unreported.Count > 0)
        {
            RefuseUnknown(session, ask.Reference, ask.Action);
        }
        else
        {
            Reply(ask.Action, session,
                new OutcomeIs(ask.Reference, ask.Action, OutcomeWithoutRecord(ask.Action), []), ForcedPosition);
        }
    }

    /// <summary>
    /// Rolled back by presumption, unless a committed outcome of that age was dropped unacknowledged, or the action is
    /// one of the last whose commit was acknowledged.
    /// </summary>
    private Outcome OutcomeWithoutRecord(AtomicActionId action) =>
        action.Suffix.TryGetCounter(out uint epoch, out ulong counter)
        && (epoch, counter).CompareTo(Ended.Horizon) > 0
        && !Ended.WasAcknowledged(action)
            ? Outcome.RolledBack
            : Outcome.Forgotten;

    private void RefuseUnknown(SessionId session, long reference, AtomicActionId action)
    {
        if (IsLeased(action))
        {
            Refuse(session, reference, RefusalCode.NotPermitted, $"Another session may open {action}.");
        }
        else if (_unreported.Count > 0)
        {
            Refuse(session, reference, RefusalCode.RetryLater,
                $"{_unreported.Order(StringComparer.Ordinal).First()} may know {action} and has not reported yet.");
        }
        else if (OutcomeWithoutRecord(action) == Outcome.Forgotten)
        {
            Refuse(session, reference, RefusalCode.OutcomeForgotten, $"The outcome of {action} has been forgotten.");
        }
        else
        {
            Refuse(session, reference, RefusalCode.UnknownAction,
                $"There is no record of {action}: it was rolled back, and stays so.");
        }
    }

    private void Resolve(SessionId session, Resolve order)
    {
        Coordinator[] candidates =
            [.. Actions.Of(order.Action).Where(c => order.Branch is null || Equals(c.Up?.Id, order.Branch))];
        if (candidates.Length == 1)
        {
            candidates[0].Resolve(session, order);
        }
        else
        {
            Refuse(session, order.Reference, RefusalCode.UnknownAction, candidates.Length == 0
                ? $"{order.Action} is not live here."
                : $"{order.Action} has {candidates.Length} branches here: name one.");
        }
    }

    private void ServerIsUp(LocalServer server)
    {
        Owed.Reports(server);
        Servers.Up(server);
        foreach (Coordinator coordinator in Actions.All.ToArray())
        {
            foreach (LocalBranch branch in coordinator.Locals.Where(b => b.Server == server.Server).ToArray())
            {
                branch.ServerBack(server);
            }
        }
    }

    private void SessionIsDown(SessionId session)
    {
        Owed.Drop(session);
        Leases.Drop(session);
        if (Servers.Down(session).Count > 0)
        {
            LocalBranch[] bound = [.. Actions.All.SelectMany(c => c.Locals).Where(b => b.At?.Session == session)];
            foreach (LocalBranch branch in bound)
            {
                branch.SessionLost();
            }
        }

        if (_clients.Remove(session, out Dictionary<AtomicActionId, Coordinator>? owned))
        {
            foreach (Coordinator coordinator in owned.Values.ToArray())
            {
                coordinator.ClientLost();
            }
        }
    }

    internal void Disown(SessionId session, AtomicActionId action)
    {
        if (_clients.TryGetValue(session, out Dictionary<AtomicActionId, Coordinator>? owned))
        {
            owned.Remove(action);
        }
    }

    private static Refusal WhyOf(EndedAction ended) =>
        ended.Why ?? new Refusal(RefusalCode.Unspecified, "Rolled back.");
}
