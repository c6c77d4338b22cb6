namespace Ccr.Histories.ListAppend;

/// <summary>One step of a cycle.</summary>
internal readonly record struct Step(int From, int To, EdgeKinds Kind, int Key);

/// <summary>
/// The shortest cycle of the strongest kind in each component: the fewer and the weaker edges it needs, the worse the
/// anomaly (Adya's G0, G1c, G-single, G2; with real time where only that closes it).
/// </summary>
internal sealed class CycleSearch
{
    private const long VisitsMax = 200_000_000;
    private const int ComponentsMax = 20;

    private static readonly (string Name, EdgeKinds Closing, EdgeKinds Path)[] Classes =
    [
        ("G0", EdgeKinds.WriteWrite, EdgeKinds.WriteWrite),
        ("G1c", EdgeKinds.WriteRead, EdgeKinds.Dependencies),
        ("G-single", EdgeKinds.ReadWrite, EdgeKinds.Dependencies),
        ("G2", EdgeKinds.ReadWrite, EdgeKinds.Dependencies | EdgeKinds.ReadWrite),
        ("G0-realtime", EdgeKinds.WriteWrite, EdgeKinds.WriteWrite | EdgeKinds.RealTime),
        ("G1c-realtime", EdgeKinds.WriteRead, EdgeKinds.Dependencies | EdgeKinds.RealTime),
        ("G-single-realtime", EdgeKinds.ReadWrite, EdgeKinds.Dependencies | EdgeKinds.RealTime),
        ("G2-realtime", EdgeKinds.ReadWrite, EdgeKinds.All),
    ];

    private readonly DependencyGraph _graph;
    private readonly int[] _component;
    private readonly int[] _seenIn;
    private readonly (int From, Edge Edge)[] _cameBy;
    private readonly int[] _distance;
    private readonly LinkedList<int> _due = [];
    private int _search;
    private long _visits;

    private CycleSearch(DependencyGraph graph)
    {
        _graph = graph;
        _component = new int[graph.Nodes];
        _seenIn = new int[graph.Nodes];
        _cameBy = new (int, Edge)[graph.Nodes];
        _distance = new int[graph.Nodes];
    }

    /// <summary>One cycle for each component that has any, at most 20.</summary>
    public static List<(string Name, List<Step> Cycle)> Find(DependencyGraph graph)
    {
        List<int[]> all = Components.WithCycles(graph, EdgeKinds.All);
        List<(string, List<Step>)> found = [];
        if (all.Count == 0)
        {
            return found;
        }

        CycleSearch search = new(graph);
        int number = 0;
        foreach (int[] component in all.Take(ComponentsMax))
        {
            found.Add(search.WorstOf(component, ref number));
        }

        return found;
    }

    private (string, List<Step>) WorstOf(int[] component, ref int number)
    {
        foreach ((string name, EdgeKinds closing, EdgeKinds path) in Classes)
        {
            _visits = 0;
            List<Step>? best = null;
            foreach (int[] part in Components.WithCycles(_graph, closing | path, component))
            {
                number++;
                foreach (int node in part)
                {
                    _component[node] = number;
                }

                best = Shorter(best, ShortestIn(part, number, closing, path, best?.Count ?? int.MaxValue));
            }

            if (best is not null)
            {
                return (name, best);
            }
        }

        throw new InvalidOperationException(
            "A component of the graph has a cycle and none was found: the limit of the search is too low.");
    }

    private List<Step>? ShortestIn(int[] part, int number, EdgeKinds closing, EdgeKinds path, int shorterThan)
    {
        List<Step>? best = null;
        foreach (int node in part)
        {
            foreach (Edge edge in _graph.From(node))
            {
                if ((edge.Kind & closing) == 0 || _component[edge.To] != number)
                {
                    continue;
                }

                int limit = best?.Count ?? shorterThan;
                if (limit > 2 && _visits < VisitsMax && Reach(edge.To, node, number, path))
                {
                    best = Shorter(best, Walk(node, edge));
                }
            }
        }

        return best is not null && best.Count < shorterThan ? best : null;
    }

    /// <summary>A shortest path within the component; a step to a moment of real time costs nothing.</summary>
    private bool Reach(int from, int to, int number, EdgeKinds kinds)
    {
        _search++;
        _due.Clear();
        _due.AddLast(from);
        _seenIn[from] = _search;
        _distance[from] = 0;
        _cameBy[from] = (-1, default);
        while (_due.First is { } first)
        {
            int node = first.Value;
            _due.RemoveFirst();
            if (node == to)
            {
                return true;
            }

            _visits++;
            foreach (Edge edge in _graph.From(node))
            {
                if ((edge.Kind & kinds) == 0 || _component[edge.To] != number)
                {
                    continue;
                }

                bool isMoment = edge.To >= _graph.Transactions;
                int distance = _distance[node] + (isMoment ? 0 : 1);
                if (_seenIn[edge.To] == _search && _distance[edge.To] <= distance)
                {
                    continue;
                }

                _seenIn[edge.To] = _search;
                _distance[edge.To] = distance;
                _cameBy[edge.To] = (node, edge);
                if (isMoment)
                {
                    _due.AddFirst(edge.To);
                }
                else
                {
                    _due.AddLast(edge.To);
                }
            }
        }

        return false;
    }

    /// <summary>The cycle: the closing edge, then the path that was found; moments are left out.</summary>
    private List<Step> Walk(int closingFrom, Edge closing)
    {
        List<(int From, Edge Edge)> back = [];
        for (int at = closingFrom; _cameBy[at].From >= 0; at = _cameBy[at].From)
        {
            back.Add(_cameBy[at]);
        }

        back.Reverse();
        List<Step> cycle = [new Step(closingFrom, closing.To, closing.Kind, closing.Key)];
        int origin = closing.To;
        foreach ((int _, Edge edge) in back)
        {
            if (edge.To < _graph.Transactions)
            {
                cycle.Add(new Step(origin, edge.To, edge.Kind, edge.Key));
                origin = edge.To;
            }
        }

        return cycle;
    }

    private static List<Step>? Shorter(List<Step>? a, List<Step>? b) =>
        a is null || (b is not null && b.Count < a.Count) ? b : a;
}
