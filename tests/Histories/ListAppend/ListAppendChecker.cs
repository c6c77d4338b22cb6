namespace Ccr.Histories.ListAppend;

/// <summary>
/// Finds what no serial execution explains in a history of appends and reads of lists, as Elle does (Kingsbury and
/// Alvaro, "Elle: Inferring Isolation Anomalies from Experimental Observations", 2020): lists that cannot be, aborted
/// and intermediate reads, and cycles of dependencies.
/// </summary>
public sealed class ListAppendChecker
{
    private const int AnomaliesMax = 50;

    private readonly IReadOnlyList<Call> _calls;
    private readonly bool _strict;
    private readonly List<Anomaly> _anomalies = [];
    private readonly VersionOrders _orders;
    private long _reads;

    private ListAppendChecker(IReadOnlyList<Call> calls, bool strict)
    {
        _calls = calls;
        _strict = strict;
        _orders = VersionOrders.Of(calls, (call, micro) => Note(
            "malformed", $"{call.Name} appends {micro.Value} to list {micro.Key}, which another append did before"));
    }

    /// <summary>Checks the list transactions among the calls; other operations are left out.</summary>
    /// <param name="calls">In the order of their invocations.</param>
    /// <param name="strict">Asks for strict serializability: what had ended stands before what then began.</param>
    public static Verdict Check(IEnumerable<Call> calls, bool strict = true)
    {
        ListAppendChecker checker = new([.. calls.Where(c => c.Operation is ListTransaction)], strict);
        checker.CheckReads();
        checker.CheckOrders();
        DependencyGraph graph = new GraphBuilder(checker._calls, checker._orders, strict).Build();
        CycleWords words = new(checker._calls, checker._orders);
        foreach ((string name, List<Step> cycle) in CycleSearch.Find(graph))
        {
            checker._anomalies.Add(words.Describe(name, cycle));
        }

        return new Verdict(checker._anomalies, new Dictionary<string, long>
        {
            ["transactions"] = checker._calls.Count,
            ["appends"] = checker._orders.AppendCount,
            ["reads"] = checker._reads,
            ["lists"] = checker._orders.Versions.Count,
            ["nodes of the graph"] = graph.Nodes,
            ["edges of the graph"] = graph.Edges,
        });
    }

    private void CheckReads()
    {
        for (int number = 0; number < _calls.Count; number++)
        {
            Call call = _calls[number];
            if (call.Type != EventType.Ok)
            {
                continue;
            }

            Micro[] micros = ((ListTransaction)call.Operation).Micros;
            for (int i = 0; i < micros.Length; i++)
            {
                if (!micros[i].IsAppend)
                {
                    _reads++;
                    CheckOwn(call, micros, i);
                    CheckRead(call, number, micros[i]);
                }
            }
        }
    }

    /// <summary>A transaction reads what it read before and appended since.</summary>
    private void CheckOwn(Call call, Micro[] micros, int at)
    {
        int key = micros[at].Key;
        int first = at - 1;
        int appended = 0;
        while (first >= 0 && (micros[first].Key != key || micros[first].IsAppend))
        {
            appended += micros[first].Key == key ? 1 : 0;
            first--;
        }

        ReadOnlySpan<int> list = micros[at].List;
        if (first < 0 && appended == 0)
        {
            return;
        }

        ReadOnlySpan<int> before = first >= 0 ? micros[first].List : [];
        bool agrees = first >= 0
            ? list.Length == before.Length + appended && list.StartsWith(before)
            : list.Length >= appended;
        int next = list.Length - appended;
        for (int i = Math.Max(first, 0); agrees && i < at; i++)
        {
            if (micros[i].IsAppend && micros[i].Key == key)
            {
                agrees = list[next++] == micros[i].Value;
            }
        }

        if (!agrees)
        {
            Note("internal", $"{call.Name} reads list {key} as {Words.Of(list)}, which is not what it read before "
                + $"with its own appends: [{string.Join(", ", micros)}]");
        }
    }

    private void CheckRead(Call call, int number, Micro read)
    {
        int[] list = read.List!;
        VersionOrders.Version version = _orders.VersionOf(read.Key);
        if (!version.Longest.AsSpan().StartsWith(list))
        {
            Note("incompatible order", $"{call.Name} reads list {read.Key} as {Words.Of(list)}, and "
                + $"{_calls[version.LongestReader].Name} as {Words.Of(version.Longest)}: neither begins the other");
            CheckElements(call, read.Key, list);
        }

        if (list.Length > 0 && _orders.TryFind(read.Key, list[^1], out VersionOrders.Append last)
            && last.Call != number && !last.IsLast)
        {
            Note("G1b", $"{call.Name} reads list {read.Key} as {Words.Of(list)}, which ends with an append of "
                + $"{_calls[last.Call].Name} that is not its last to that list: an intermediate read");
        }
    }

    private void CheckOrders()
    {
        foreach ((int key, VersionOrders.Version version) in _orders.Versions)
        {
            if (version.LongestReader >= 0)
            {
                CheckElements(_calls[version.LongestReader], key, version.Longest);
            }

            foreach ((int call, int value) in version.Unseen)
            {
                if (_strict && _calls[call].EndedAt < version.LastReadInvokedAt)
                {
                    Note("lost append", $"{_calls[call].Name} appended {value} to list {key} and was told ok, and "
                        + "no read has it, though one was invoked after that");
                }
            }
        }
    }

    private void CheckElements(Call reader, int key, int[] list)
    {
        HashSet<int> seen = [];
        foreach (int value in list)
        {
            if (!seen.Add(value))
            {
                Note("duplicate element", $"{reader.Name} reads {value} twice in list {key}: {Words.Of(list)}");
            }
            else if (!_orders.TryFind(key, value, out VersionOrders.Append append))
            {
                Note("invented element", $"{reader.Name} reads {value} in list {key}, and nobody appended it");
            }
            else if (_calls[append.Call].Type == EventType.Fail)
            {
                Note("G1a", $"{reader.Name} reads {value} in list {key}, an append of {_calls[append.Call].Name}, "
                    + "which was told that it failed: an aborted read");
            }
        }
    }

    private void Note(string name, string sentence)
    {
        if (_anomalies.Count < AnomaliesMax)
        {
            _anomalies.Add(new Anomaly(name, sentence + "."));
        }
    }
}
