using System.Runtime.InteropServices;

namespace Ccr.Histories.ListAppend;

/// <summary>
/// A graph of many millions of edges in a few arrays. Nodes up to <see cref="Transactions"/> are transactions, those
/// behind are moments of real time: whatever had ended leads to a moment, the moment to whatever began after it, and
/// each moment to the next, so that real time costs three edges a transaction and not one for each pair.
/// </summary>
internal sealed class DependencyGraph
{
    private readonly int[] _starts;
    private readonly Edge[] _edges;

    private DependencyGraph(int transactions, int nodes, int[] starts, Edge[] edges)
    {
        Transactions = transactions;
        Nodes = nodes;
        _starts = starts;
        _edges = edges;
    }

    public int Transactions { get; }

    public int Nodes { get; }

    public long Edges => _edges.Length;

    public ReadOnlySpan<Edge> From(int node) => _edges.AsSpan(_starts[node].._starts[node + 1]);

    internal sealed class Builder(int transactions)
    {
        private readonly List<int> _from = [];
        private readonly List<Edge> _edges = [];
        private int _moments;

        public int AddMoment() => transactions + _moments++;

        public void Add(int from, int to, EdgeKinds kind, int key = 0)
        {
            if (from != to)
            {
                _from.Add(from);
                _edges.Add(new Edge(to, kind, key));
            }
        }

        public DependencyGraph Build()
        {
            int nodes = transactions + _moments;
            int[] starts = new int[nodes + 1];
            foreach (int from in CollectionsMarshal.AsSpan(_from))
            {
                starts[from + 1]++;
            }

            for (int i = 0; i < nodes; i++)
            {
                starts[i + 1] += starts[i];
            }

            int[] next = starts[..nodes];
            var sorted = new Edge[_edges.Count];
            for (int i = 0; i < sorted.Length; i++)
            {
                sorted[next[_from[i]]++] = _edges[i];
            }

            return new DependencyGraph(transactions, nodes, starts, sorted);
        }
    }
}
