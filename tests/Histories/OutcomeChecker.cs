namespace Ccr.Histories;

/// <summary>What a manager says, afterwards, became of an atomic action.</summary>
public enum SettledOutcome
{
    /// <summary>It committed.</summary>
    Committed,

    /// <summary>It rolled back, or there is no record, which means the same to a branch.</summary>
    RolledBack,

    /// <summary>Its outcome was acknowledged and may be forgotten (SEM-1): it says nothing.</summary>
    Forgotten,
}

/// <summary>
/// What a client was told agrees with what the manager says afterwards, and that with what is there at the end.
/// </summary>
public static class OutcomeChecker
{
    /// <summary>Checks every call whose action is among the outcomes.</summary>
    /// <param name="calls">With the names of their actions.</param>
    /// <param name="outcomes">What the managers said when everything was recovered.</param>
    /// <param name="final">The lists at the end; null where nobody looked.</param>
    public static Verdict Check(
        IEnumerable<Call> calls, IReadOnlyDictionary<string, SettledOutcome> outcomes,
        IReadOnlyDictionary<int, int[]>? final = null)
    {
        ArgumentNullException.ThrowIfNull(calls);
        ArgumentNullException.ThrowIfNull(outcomes);
        List<Anomaly> anomalies = [];
        HashSet<(int, int)>? there = final?.SelectMany(l => l.Value.Select(v => (l.Key, v))).ToHashSet();
        long compared = 0;
        foreach (Call call in calls)
        {
            if (call.Action is null || !outcomes.TryGetValue(call.Action, out SettledOutcome outcome)
                || outcome == SettledOutcome.Forgotten)
            {
                continue;
            }

            compared++;
            bool committed = outcome == SettledOutcome.Committed;
            if ((call.Type == EventType.Ok && !committed) || (call.Type == EventType.Fail && committed))
            {
                anomalies.Add(new Anomaly("contradicted outcome", $"{call.Name} of the action {call.Action} was told "
                    + $"{call.Type}, and the manager says {outcome}."));
            }

            if (there is not null && call.Operation is ListTransaction { Micros: var micros }
                && micros.FirstOrDefault(m => m.IsAppend && there.Contains((m.Key, m.Value)) != committed) is
                { IsAppend: true } wrong)
            {
                anomalies.Add(new Anomaly("outcome without effect", $"The manager says {outcome} of the action "
                    + $"{call.Action}, {call.Name}, and at the end '{wrong}' is {(committed ? "not " : "")}there."));
            }
        }

        return new Verdict(anomalies, new Dictionary<string, long> { ["outcomes compared"] = compared });
    }
}
