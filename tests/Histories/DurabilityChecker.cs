namespace Ccr.Histories;

/// <summary>
/// Compares what clients were told with what is there at the end: every acknowledged append, none that failed, none
/// twice, none that nobody asked for, and all or nothing of what is in doubt.
/// </summary>
public static class DurabilityChecker
{
    private const int AnomaliesMax = 50;

    /// <summary>Checks the list transactions among the calls against the lists at the end.</summary>
    public static Verdict Check(IEnumerable<Call> calls, IReadOnlyDictionary<int, int[]> final)
    {
        ArgumentNullException.ThrowIfNull(calls);
        ArgumentNullException.ThrowIfNull(final);
        List<Anomaly> anomalies = [];
        HashSet<(int, int)> there = [];
        foreach ((int key, int[] list) in final)
        {
            foreach (int value in list.Where(v => !there.Add((key, v))))
            {
                anomalies.Add(new Anomaly("duplicate element", $"At the end list {key} has {value} twice."));
            }
        }

        HashSet<(int, int)> asked = [];
        long appends = 0;
        foreach (Call call in calls)
        {
            if (call.Operation is ListTransaction transaction)
            {
                Micro[] made = [.. transaction.Micros.Where(m => m.IsAppend)];
                appends += made.Length;
                asked.UnionWith(made.Select(m => (m.Key, m.Value)));
                Add(anomalies, CheckCall(call, made, there));
            }
        }

        foreach ((int key, int value) in there.Where(t => !asked.Contains(t)))
        {
            Add(anomalies, new Anomaly(
                "invented element", $"At the end list {key} has {value}, and nobody appended it."));
        }

        return new Verdict(anomalies, new Dictionary<string, long>
        {
            ["appends"] = appends,
            ["elements at the end"] = there.Count,
        });
    }

    private static Anomaly? CheckCall(Call call, Micro[] made, HashSet<(int, int)> there)
    {
        int found = made.Count(m => there.Contains((m.Key, m.Value)));
        return call.Type switch
        {
            EventType.Ok when found < made.Length => new Anomaly("lost append",
                $"{call.Name} was told ok, and at the end {made.Length - found} of its {made.Length} appends are not "
                + $"there: [{string.Join(", ", made)}]."),
            EventType.Fail when found > 0 => new Anomaly("failed append",
                $"{call.Name} was told that it failed, and at the end {found} of its {made.Length} appends are there: "
                + $"[{string.Join(", ", made)}]."),
            EventType.Info when found > 0 && found < made.Length => new Anomaly("torn transaction",
                $"{call.Name} is in doubt, and at the end {found} of its {made.Length} appends are there: "
                + $"[{string.Join(", ", made)}]."),
            _ => null,
        };
    }

    private static void Add(List<Anomaly> anomalies, Anomaly? anomaly)
    {
        if (anomaly is not null && anomalies.Count < AnomaliesMax)
        {
            anomalies.Add(anomaly);
        }
    }
}
