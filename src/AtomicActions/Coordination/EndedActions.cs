using Ccr.AtomicActions.Contract;
using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>An action that ended here as its root: what its Client may still ask for (SEM-1).</summary>
/// <param name="Action">The action.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Damages">Heuristic damage below.</param>
/// <param name="Why">Why it was rolled back.</param>
/// <param name="HasRecord">A log-commit is live for it: forgotten with it.</param>
/// <param name="OnePhase">The Server that decided alone, and keeps the outcome until we forget it.</param>
internal sealed record EndedAction(
    AtomicActionId Action,
    Outcome Outcome,
    IReadOnlyList<Damage> Damages,
    Refusal? Why,
    bool HasRecord,
    LocalBranch? OnePhase)
{
    /// <summary>A log-commit is live for it: forgotten with it.</summary>
    internal bool HasRecord { get; set; } = HasRecord;

    /// <summary>A Server's one-phase outcome that it reported after our restart.</summary>
    internal FoundOutcome? Found { get; init; }

    /// <summary>When it ended, by the host's clock.</summary>
    internal long EndedMs { get; init; }
}

/// <summary>What a Server found that it had decided alone.</summary>
internal sealed record FoundOutcome(string Server, BranchId Branch);

/// <summary>
/// Outcomes kept for Clients until acknowledged, or until retention ends, bounded by count (SEM-1). What is dropped
/// without an acknowledgement moves the horizon, so that nobody is told "rolled back" of what was forgotten.
/// </summary>
internal sealed class EndedActions(Lane lane)
{
    private readonly Dictionary<AtomicActionId, LinkedListNode<EndedAction>> _kept = [];
    private readonly LinkedList<EndedAction> _oldestFirst = [];
    private long _horizonAt;
    private readonly AcknowledgedCommits _acknowledged = new(Limits.AcknowledgedPerLaneMax);

    internal int Count => _kept.Count;

    /// <summary>The last action of ours (epoch, counter) whose unacknowledged outcome was dropped.</summary>
    internal (uint Epoch, ulong Counter) Horizon { get; private set; }

    internal EndedAction? Find(AtomicActionId action) => _kept.GetValueOrDefault(action)?.Value;

    internal IEnumerable<EndedAction> All => _oldestFirst;

    /// <summary>It committed, its Client has said that it knows, and nothing else is known of it any more.</summary>
    internal bool WasAcknowledged(AtomicActionId action) => _acknowledged.Contains(action);

    internal void Keep(EndedAction ended)
    {
        if (_kept.Remove(ended.Action, out LinkedListNode<EndedAction>? before))
        {
            _oldestFirst.Remove(before);
        }

        _kept.Add(ended.Action, _oldestFirst.AddLast(ended with { EndedMs = lane.NowMs }));
        DropOld();
    }

    /// <summary>The Client has the outcome: nothing more is kept but that a commit was acknowledged.</summary>
    internal void Acknowledge(AtomicActionId action)
    {
        if (_kept.Remove(action, out LinkedListNode<EndedAction>? ended))
        {
            _oldestFirst.Remove(ended);
            if (ended.Value.Outcome == Outcome.Committed)
            {
                _acknowledged.Add(action);
            }

            Forget(ended.Value);
        }
    }

    /// <summary>
    /// The log's record of a committed outcome has gone with its damage, and its Client has not acknowledged: the
    /// outcome is recorded anew (SEM-1). Returns the position to wait for, or null where nothing need be kept.
    /// </summary>
    internal long? KeepRecord(AtomicActionId action)
    {
        if (Find(action) is not { HasRecord: false, OnePhase: null } ended)
        {
            return null;
        }

        // The same entry goes on: a copy in its place would be dropped before its time.
        ended.HasRecord = true;
        return lane.Append(new LogCommit(action, null, null, [], []), forced: true);
    }

    /// <summary>Drops what is past retention or over the count.</summary>
    internal void DropOld()
    {
        while (_oldestFirst.First is { Value: var oldest })
        {
            bool old = lane.NowMs - oldest.EndedMs >= lane.Options.OutcomeRetentionMs;
            if (!old && _kept.Count <= Limits.OutcomesPerLaneMax)
            {
                return;
            }

            _oldestFirst.RemoveFirst();
            _kept.Remove(oldest.Action);
            MoveHorizon(oldest);
            Forget(oldest, _horizonAt);
        }
    }

    /// <summary>From the log, after a restart.</summary>
    internal void Recovered(OutcomeHorizon horizon)
    {
        if ((horizon.Epoch, (ulong)horizon.Counter).CompareTo(Horizon) > 0)
        {
            Horizon = (horizon.Epoch, (ulong)horizon.Counter);
        }
    }

    /// <summary>A rolled-back outcome may be dropped freely: without a record the answer is the same.</summary>
    private void MoveHorizon(EndedAction dropped)
    {
        if (dropped.Outcome == Outcome.Committed
            && dropped.Action.Suffix.TryGetCounter(out uint epoch, out ulong counter)
            && (epoch, counter).CompareTo(Horizon) > 0)
        {
            Horizon = (epoch, counter);
            bool awaited = dropped.OnePhase is not null || dropped.Found is not null;
            _horizonAt = lane.Append(new OutcomeHorizon(epoch, (long)counter), forced: awaited);
        }
    }

    // What a Server alone keeps is let go only when the horizon is durable: a crash between them would leave neither,
    // and its Client would be told "rolled back" (SEM-1, SEM-5).
    private void Forget(EndedAction ended, long after = 0)
    {
        if (ended.HasRecord)
        {
            lane.Append(new Forget(ended.Action, null, ended.Outcome), forced: false);
        }

        ended.OnePhase?.ForgetOutcome(after);
        if (ended.Found is { } found && lane.Servers.Find(found.Server) is { } server)
        {
            lane.Emit(new SendToSession(
                server.Session, new ForgetBranch(found.Server, ended.Action, found.Branch), after));
        }
    }
}
