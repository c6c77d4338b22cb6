using Ccr.Protocol.Names;

namespace Ccr.Artemis;

/// <summary>What a checkpoint has come to.</summary>
public enum CheckpointStatus
{
    /// <summary>Stored, and nothing promised: as good as rolled back.</summary>
    Taken,

    /// <summary>Promised, and not decided: in doubt.</summary>
    Ready,

    /// <summary>It may be restarted from.</summary>
    Committed,

    /// <summary>It may not; its pages are a link of the chain.</summary>
    RolledBack,
}

/// <summary>One checkpoint, as the journal tells it.</summary>
internal sealed record CheckpointRecord(long Number, long Previous, CheckpointFigures Figures)
{
    internal CheckpointStatus Status { get; init; }

    /// <summary>The action, where one was promised or decided.</summary>
    internal AtomicActionId? Action { get; init; }

    internal BranchId? Branch { get; init; }

    internal ManagerIdentity? Manager { get; init; }

    /// <summary>Committed in one phase, and the manager may still ask.</summary>
    internal bool IsKept { get; init; }
}

/// <summary>A journal folded into what is true now.</summary>
internal sealed class GroupState
{
    private readonly SortedDictionary<long, CheckpointRecord> _checkpoints = [];

    internal long Incarnation { get; private set; }

    internal ManagerIdentity? Manager { get; private set; }

    /// <summary>The highest number that was ever stored.</summary>
    internal long LastNumber { get; private set; }

    /// <summary>The checkpoint of the last restart; 0: there was none.</summary>
    internal long RestartedFrom { get; private set; }

    /// <summary>The highest number at the last restart: those up to it belong to a past that never was.</summary>
    internal long RestartedAfter { get; private set; }

    internal IReadOnlyCollection<CheckpointRecord> Checkpoints => _checkpoints.Values;

    internal CheckpointRecord? this[long number] => _checkpoints.GetValueOrDefault(number);

    /// <summary>Those in doubt.</summary>
    internal IEnumerable<CheckpointRecord> Doubtful =>
        _checkpoints.Values.Where(c => c.Status == CheckpointStatus.Ready);

    /// <summary>Those that a restart may take without being told which: SEM-21.</summary>
    internal IEnumerable<CheckpointRecord> Candidates => _checkpoints.Values.Where(
        c => c.Status == CheckpointStatus.Committed && (c.Number > RestartedAfter || c.Number == RestartedFrom));

    /// <summary>Takes one more record.</summary>
    internal void Apply(JournalRecord record)
    {
        switch (record)
        {
            case Started started:
                Incarnation = started.Incarnation;
                break;
            case ManagerMet met:
                Manager = met.Manager;
                break;
            case Taken taken:
                LastNumber = Math.Max(LastNumber, taken.Number);
                _checkpoints[taken.Number] = new CheckpointRecord(taken.Number, taken.Previous, taken.Figures);
                break;
            case ReadySaid ready:
                Change(ready.Number, c => Promised(c, ready.Action, ready.Branch, ready.Manager) with
                {
                    Status = CheckpointStatus.Ready,
                });
                break;
            case CommittedNow committed:
                Change(committed.Number, c => c with { Status = CheckpointStatus.Committed });
                break;
            case CommittedAlone alone:
                Change(alone.Number, c => Promised(c, alone.Action, alone.Branch, alone.Manager) with
                {
                    Status = CheckpointStatus.Committed,
                    IsKept = true,
                });
                break;
            case RolledBackNow rolledBack:
                Change(rolledBack.Number, c => c with { Status = CheckpointStatus.RolledBack });
                break;
            case Forgotten forgotten:
                Change(forgotten.Number, c => c with { IsKept = false });
                break;
            case RestartedFrom restarted:
                RestartedFrom = restarted.Number;
                RestartedAfter = restarted.LastNumber;
                LastNumber = Math.Max(LastNumber, restarted.LastNumber);
                break;
            case Dropped dropped:
                dropped.Numbers.ToList().ForEach(number => _checkpoints.Remove(number));
                break;
        }
    }

    /// <summary>The fewest records that fold into the same.</summary>
    internal JournalRecord[] ToRecords()
    {
        List<JournalRecord> records = [new Started(Incarnation)];
        if (Manager is { } manager)
        {
            records.Add(new ManagerMet(manager));
        }

        records.Add(new RestartedFrom(RestartedFrom, RestartedAfter));
        foreach (CheckpointRecord c in _checkpoints.Values)
        {
            records.Add(new Taken(c.Number, c.Previous, c.Figures));
            if (c.IsKept)
            {
                records.Add(new CommittedAlone(c.Number, c.Action!, c.Branch!, c.Manager!));
            }
            else
            {
                if (c.Action is not null)
                {
                    records.Add(new ReadySaid(c.Number, c.Action, c.Branch!, c.Manager!));
                }

                records.AddRange(EndOf(c));
            }
        }

        if (!_checkpoints.ContainsKey(LastNumber) && LastNumber > 0)
        {
            // The highest number has to survive its checkpoint: numbers are never given twice.
            records.Add(new Taken(LastNumber, 0, new CheckpointFigures(0, 0, 0, 0, 0, false)));
            records.Add(new Dropped([LastNumber]));
        }

        return [.. records];
    }

    private static IEnumerable<JournalRecord> EndOf(CheckpointRecord c) => c.Status switch
    {
        CheckpointStatus.Committed => [new CommittedNow(c.Number)],
        CheckpointStatus.RolledBack => [new RolledBackNow(c.Number)],
        _ => [],
    };

    private static CheckpointRecord Promised(
        CheckpointRecord c, AtomicActionId action, BranchId branch, ManagerIdentity manager) =>
        c with { Action = action, Branch = branch, Manager = manager };

    private void Change(long number, Func<CheckpointRecord, CheckpointRecord> change)
    {
        if (_checkpoints.TryGetValue(number, out CheckpointRecord? c))
        {
            _checkpoints[number] = change(c);
        }
    }
}
