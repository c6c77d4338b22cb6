using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <content>Restart: the log's records, what Servers find, and actions that are set aside.</content>
public sealed partial class Lane
{
    private readonly Dictionary<AtomicActionId, List<LogContent>> _held = [];

    /// <summary>Servers that may hold one-phase outcomes of earlier epochs and have not reported yet.</summary>
    private readonly HashSet<string> _unreported = new(StringComparer.Ordinal);

    /// <summary>What Servers were told and have not answered, and which of them still report.</summary>
    internal OwedAnswers Owed { get; } = new();

    private readonly Dictionary<(SessionId, string), HashSet<(AtomicActionId, BranchId)>> _finding = [];

    private void Restart(Restarted restarted)
    {
        Self = restarted.Self;
        SelfTitle = AeTitle.Of(Self.Node);
        SelfLabel = "manager " + Self.Node.Value;
        foreach (AtomicActionId action in restarted.Held)
        {
            _held.TryAdd(action, []);
        }

        List<Coordinator> recovered = [];
        foreach (LogContent record in restarted.Live)
        {
            if (ActionOf(record) is { } action && _held.TryGetValue(action, out List<LogContent>? aside))
            {
                aside.Add(record);
            }
            else if (Adopt(record) is { } coordinator)
            {
                recovered.Add(coordinator);
            }
        }

        foreach (Coordinator coordinator in recovered)
        {
            Counters.Recovered += coordinator.Phase == ActionPhase.Committing ? 1 : 0;
            Trace(coordinator.Action, SelfLabel, SelfLabel, $"restart: {coordinator.Phase}");
            coordinator.Recover();
        }
    }

    private Coordinator? Adopt(LogContent record)
    {
        switch (record)
        {
            case LogReady ready:
                return Coordinator.Recovered(this, ready);
            case LogCommit commit:
                return Coordinator.Recovered(this, commit);
            case Heuristic heuristic:
                Actions.Find(heuristic.Action, heuristic.Branch)?.RecoveredHeuristic(heuristic);
                return null;
            case LogDamage damage:
                Damages.Recovered(damage);
                if (damage.Branch is null && damage.Outcome == Outcome.Committed)
                {
                    Ended.Keep(new EndedAction(damage.Action, Outcome.Committed, damage.Damages, null, false, null));
                }

                return null;
            case OnePhaseServer onePhase:
                _unreported.Add(onePhase.Server);
                return null;
            case OutcomeHorizon horizon:
                Ended.Recovered(horizon);
                return null;
            default:
                return null;
        }
    }

    private static AtomicActionId? ActionOf(LogContent record) => record switch
    {
        LogReady r => r.Action,
        LogCommit r => r.Action,
        Heuristic r => r.Action,
        LogDamage r => r.Action,
        _ => null,
    };

    private void ServerFound(SessionId session, Found found)
    {
        if (Servers.Find(found.Server) is not { } server || server.Session != session)
        {
            return;
        }

        if (!_finding.TryGetValue((session, found.Server), out HashSet<(AtomicActionId, BranchId)>? seen))
        {
            _finding.Add((session, found.Server), seen = []);
        }

        foreach (FoundBranch branch in found.Branches)
        {
            seen.Add((branch.Action, branch.Branch));
            ServerFound(server, branch);
        }

        if (found.Last)
        {
            _finding.Remove((session, found.Server));
            Owed.HasReported(session, found.Server);
            _unreported.Remove(found.Server);
            LocalBranch[] missing = [.. Actions.All.SelectMany(c => c.Locals.Where(b =>
                b.Server == found.Server && b.BegunIn != session && !seen.Contains((c.Action, b.Id))))];
            foreach (LocalBranch branch in missing)
            {
                branch.Found(null);
            }
        }
    }

    private void ServerFound(LocalServer server, FoundBranch found)
    {
        if (_held.ContainsKey(found.Action))
        {
            return;
        }

        LocalBranch? known = null;
        foreach (Coordinator coordinator in Actions.Of(found.Action))
        {
            known ??= coordinator.FindLocal(found.Branch);
        }

        if (found.State == FoundState.Ready && Owed.EndedWhileReporting(server, found))
        {
            return; // it was found, then ended by an order of this session, then reported
        }

        ManagerIdentity promised = found.Promised;
        if (promised.Node != Self.Node || promised.Log != Self.Log || promised.Epoch > Self.Epoch)
        {
            // Only the manager that was promised may say "unknown" (SEM-3).
            Order(server, new NotMine(server.Server, found.Action, found.Branch));
        }
        else if (found.State != FoundState.Ready)
        {
            FoundOutcome(server, found, known);
        }
        else if (known is OwnedBranch owned && (owned.IsToCommit || !owned.Settled))
        {
            owned.FoundPrepared(server, Owed.IsReporting(server));
        }
        else if (known is { State: LocalState.Ended, IsToCommit: true })
        {
            // It answered, and reports the promise again (decided by hand, or moved): the order stays what it was.
            Order(server, new Commit(server.Server, found.Action, found.Branch, known.Note));
        }
        else if (known is null && server.IsDatabase && Ended.WasAcknowledged(found.Action))
        {
            // It was committed, and is forgotten: what was seen is older than that, or an operator's to judge (SEM-10).
        }
        else if (known is null && server.IsDatabase && Ended.Find(found.Action) is { Outcome: Outcome.Committed })
        {
            Order(server, new Commit(server.Server, found.Action, found.Branch));
        }
        else if (known is null && server.IsDatabase && MayBeLive(found.Action))
        {
            // Its Enlist may still be on its way: recovery never races with live work (SEM-9). A later scan tells.
        }
        else if ((known is null || known.State is LocalState.Ended or LocalState.NoChange)
            && (Owed.Objection(server) is null || Owed.IsOwed(server.Session, found)))
        {
            // A Server that owes too many answers goes on holding this one, until it reports it again (I12).
            Presumed(server.Session, found.Action, found.Branch);
            Order(server, new RollbackBranch(server.Server, found.Action, found.Branch));
        }
    }

    /// <summary>It is not open yet, and the session that has its identifier may still open it.</summary>
    private bool IsLeased(AtomicActionId action) =>
        action.Owner.Equals(SelfTitle) && Leases.MayOpen(Self.Epoch, action);

    private bool MayBeLive(AtomicActionId action) =>
        IsLeased(action) || Actions.Of(action).Any(c => c.IsUndecided);

    private void FoundOutcome(LocalServer server, FoundBranch found, LocalBranch? known)
    {
        if (known is { State: LocalState.CommittingOnePhase })
        {
            known.Found(found.State);
        }
        else if (Ended.Find(found.Action) is null)
        {
            Outcome outcome = found.State == FoundState.Committed ? Outcome.Committed : Outcome.RolledBack;
            Ended.Keep(new EndedAction(found.Action, outcome, [], null, false, null)
            {
                Found = new FoundOutcome(server.Server, found.Branch),
            });
        }
    }

    /// <summary>A Server was told to roll back, and its answer is not waited for.</summary>
    internal void Presumed(SessionId session, AtomicActionId action, BranchId branch) =>
        Owed.Presumed(session, action, branch);

    /// <summary>
    /// The answer to a rollback that was ordered and not waited for, or is unknown by now: a Server that did otherwise
    /// by hand has done damage, and it is recorded although the action is long gone (SEM-4).
    /// </summary>
    internal void AnsweredPresumed(SessionId session, BranchMessage answer)
    {
        if (answer is not Done done || !Owed.Answered(session, done)
            || done.Outcome == DoneOutcome.RolledBack || Servers.Find(done.Server) is not { } server)
        {
            return;
        }

        long noted = Damages.Reported(LocalBranch.DamageOf(Self.Node, done), done.Action);
        Emit(new SendToSession(server.Session, new ForgetBranch(done.Server, done.Action, done.Branch), noted));
    }

    private void Order(LocalServer server, BranchMessage order)
    {
        Emit(new SendToSession(server.Session, order, ForcedPosition));
        Trace(order.Action, SelfLabel, "server " + server.Server, LocalBranch.NameOf(order));
    }

    private Refusal HeldRefusal(AtomicActionId action) => new(RefusalCode.Held,
        $"{action} stopped an earlier start of {Self.Node} and is set aside for the operator; see ccrctl list --held.");

    private void ToHeld(SessionId session, SessionMessage message, AtomicActionId action)
    {
        if (message is IReferenceMessage asked)
        {
            Refusal why = HeldRefusal(action);
            Refuse(session, asked.Reference, why.Code, why.Text);
        }
    }
}
