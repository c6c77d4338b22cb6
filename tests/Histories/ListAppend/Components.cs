namespace Ccr.Histories.ListAppend;

/// <summary>Strongly connected components by Tarjan's algorithm, without recursion.</summary>
internal sealed class Components
{
    private const int Unseen = -1;

    private readonly DependencyGraph _graph;
    private readonly EdgeKinds _kinds;
    private readonly int[] _order;
    private readonly int[] _low;
    private readonly List<int> _open = [];
    private readonly List<(int Node, int Edge)> _path = [];
    private bool[]? _inside;
    private int _next;

    private Components(DependencyGraph graph, EdgeKinds kinds)
    {
        _graph = graph;
        _kinds = kinds;
        _order = new int[graph.Nodes];
        _low = new int[graph.Nodes];
        Array.Fill(_order, Unseen);
    }

    /// <summary>The nodes of every component that has more than one; such a component has a cycle.</summary>
    public static List<int[]> WithCycles(DependencyGraph graph, EdgeKinds kinds, IReadOnlyList<int>? within = null)
    {
        Components search = new(graph, kinds);
        List<int[]> found = [];
        if (within is null)
        {
            for (int node = 0; node < graph.Nodes; node++)
            {
                search.Visit(node, found);
            }

            return found;
        }

        bool[] inside = new bool[graph.Nodes];
        foreach (int node in within)
        {
            inside[node] = true;
        }

        search._inside = inside;
        foreach (int node in within)
        {
            search.Visit(node, found);
        }

        return found;
    }

    private void Visit(int root, List<int[]> found)
    {
        if (_order[root] != Unseen)
        {
            return;
        }

        Enter(root);
        while (_path.Count > 0)
        {
            (int node, int at) = _path[^1];
            ReadOnlySpan<Edge> edges = _graph.From(node);
            int child = Unseen;
            while (at < edges.Length && child == Unseen)
            {
                Edge edge = edges[at++];
                if ((edge.Kind & _kinds) == 0 || _inside is not null && !_inside[edge.To])
                {
                    continue;
                }

                if (_order[edge.To] == Unseen)
                {
                    child = edge.To;
                }
                else if (_order[edge.To] != int.MaxValue)
                {
                    _low[node] = Math.Min(_low[node], _order[edge.To]);
                }
            }

            _path[^1] = (node, at);
            if (child != Unseen)
            {
                Enter(child);
                continue;
            }

            Leave(node, found);
        }
    }

    private void Enter(int node)
    {
        _order[node] = _low[node] = _next++;
        _open.Add(node);
        _path.Add((node, 0));
    }

    private void Leave(int node, List<int[]> found)
    {
        _path.RemoveAt(_path.Count - 1);
        if (_path.Count > 0)
        {
            int parent = _path[^1].Node;
            _low[parent] = Math.Min(_low[parent], _low[node]);
        }

        if (_low[node] != _order[node])
        {
            return;
        }

        int first = _open.LastIndexOf(node);
        if (_open.Count - first > 1)
        {
            found.Add([.. _open[first..]]);
        }

        for (int i = first; i < _open.Count; i++)
        {
            _order[_open[i]] = int.MaxValue; // closed
        }

        _open.RemoveRange(first, _open.Count - first);
    }
}
