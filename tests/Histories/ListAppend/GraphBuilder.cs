namespace Ccr.Histories.ListAppend;

/// <summary>
/// Infers who stands before whom from the orders of the lists, and from real time where that is asked for.
/// </summary>
internal sealed class GraphBuilder(IReadOnlyList<Call> calls, VersionOrders orders, bool strict)
{
    private const int UnseenMax = 64;

    private readonly DependencyGraph.Builder _graph = new(calls.Count);

    public DependencyGraph Build()
    {
        foreach ((int key, VersionOrders.Version version) in orders.Versions)
        {
            AddVersions(key, version);
        }

        for (int i = 0; i < calls.Count; i++)
        {
            if (calls[i].Type == EventType.Ok)
            {
                foreach (Micro micro in ((ListTransaction)calls[i].Operation).Micros)
                {
                    if (!micro.IsAppend)
                    {
                        AddRead(i, micro.Key, micro.List!, orders.VersionOf(micro.Key));
                    }
                }
            }
        }

        if (strict)
        {
            AddRealTime();
        }

        return _graph.Build();
    }

    private void AddVersions(int key, VersionOrders.Version version)
    {
        int last = -1;
        foreach (int writer in version.Writers)
        {
            if (last >= 0 && writer >= 0)
            {
                _graph.Add(last, writer, EdgeKinds.WriteWrite, key);
            }

            last = writer;
        }

        // An acknowledged append that the longest read does not show stands behind all that it shows.
        if (last >= 0)
        {
            foreach ((int call, _) in version.Unseen.Take(UnseenMax))
            {
                _graph.Add(last, call, EdgeKinds.WriteWrite, key);
            }
        }
    }

    private void AddRead(int reader, int key, int[] list, VersionOrders.Version version)
    {
        if (!version.Longest.AsSpan().StartsWith(list))
        {
            return; // an anomaly of its own; no place in the order is known for it
        }

        if (list.Length > 0)
        {
            int writer = version.Writers[list.Length - 1];
            if (writer == reader)
            {
                return; // it ends with an append of its own, and that one's place says more
            }

            if (writer >= 0)
            {
                _graph.Add(writer, reader, EdgeKinds.WriteRead, key);
            }
        }

        if (list.Length < version.Longest.Length)
        {
            int next = version.Writers[list.Length];
            if (next >= 0)
            {
                _graph.Add(reader, next, EdgeKinds.ReadWrite, key);
            }
        }
        else
        {
            foreach ((int call, _) in version.Unseen.Take(UnseenMax))
            {
                _graph.Add(reader, call, EdgeKinds.ReadWrite, key);
            }
        }
    }

    private void AddRealTime()
    {
        int[] byEnd = [.. Enumerable.Range(0, calls.Count).Where(i => calls[i].Type == EventType.Ok)];
        long[] ends = [.. byEnd.Select(i => calls[i].EndedAt)];
        Array.Sort(ends, byEnd);
        int ended = 0;
        int moment = -1;
        for (int i = 0; i < calls.Count; i++)
        {
            if (ended < ends.Length && ends[ended] < calls[i].InvokedAt)
            {
                int next = _graph.AddMoment();
                if (moment >= 0)
                {
                    _graph.Add(moment, next, EdgeKinds.RealTime);
                }

                moment = next;
                while (ended < ends.Length && ends[ended] < calls[i].InvokedAt)
                {
                    _graph.Add(byEnd[ended++], moment, EdgeKinds.RealTime);
                }
            }

            if (moment >= 0)
            {
                _graph.Add(moment, i, EdgeKinds.RealTime);
            }
        }
    }
}
