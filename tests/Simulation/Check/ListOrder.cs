namespace Ccr.Simulation;

/// <summary>A2: items appended to several lists stand in one order in all of them.</summary>
internal static class ListOrder
{
    internal static void Check(IReadOnlyList<IReadOnlyList<long>> lists)
    {
        Dictionary<long, HashSet<long>> after = [];
        foreach (IReadOnlyList<long> list in lists)
        {
            if (list.Distinct().Count() != list.Count)
            {
                throw new SimulationException($"A2: a list holds an item twice: {string.Join(", ", list)}.");
            }

            for (int i = 1; i < list.Count; i++)
            {
                if (!after.TryGetValue(list[i - 1], out HashSet<long>? next))
                {
                    after.Add(list[i - 1], next = []);
                }

                next.Add(list[i]);
            }
        }

        HashSet<long> done = [];
        HashSet<long> under = [];
        foreach (long item in after.Keys.Order().ToArray())
        {
            Visit(item, after, done, under);
        }
    }

    private static void Visit(
        long item, Dictionary<long, HashSet<long>> after, HashSet<long> done, HashSet<long> under)
    {
        if (done.Contains(item))
        {
            return;
        }

        if (!under.Add(item))
        {
            throw new SimulationException(
                $"A2: the appends of actions {string.Join(", ", under.Order())} form a cycle.");
        }

        foreach (long next in after.GetValueOrDefault(item, []))
        {
            Visit(next, after, done, under);
        }

        under.Remove(item);
        done.Add(item);
    }
}
