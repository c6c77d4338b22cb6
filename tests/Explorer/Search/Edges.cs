namespace Ccr.Explorer.Search;

/// <summary>The steps between the states of a search, and which states can come to a good end without faults.</summary>
public sealed class Edges
{
    private readonly List<int> _to = [];
    private readonly List<int> _begins = [];

    internal void Begin() => _begins.Add(_to.Count);

    internal void Add(int to) => _to.Add(to);

    /// <summary>
    /// V1 on the finite graph: states from which no fault-free way leads to a clean state. With fair steps every
    /// way from any other state ends well.
    /// </summary>
    public List<int> Doomed(StateTable states, StateSpace space)
    {
        int count = _begins.Count;
        int[] heads = new int[count + 1];
        for (int from = 0; from < count; from++)
        {
            foreach (int to in Of(from))
            {
                if (to >= 0 && to < count)
                {
                    heads[to + 1]++;
                }
            }
        }

        for (int i = 0; i < count; i++)
        {
            heads[i + 1] += heads[i];
        }

        int[] into = new int[heads[count]];
        int[] filled = heads[..count];
        for (int from = 0; from < count; from++)
        {
            foreach (int to in Of(from))
            {
                if (to >= 0 && to < count)
                {
                    into[filled[to]++] = from;
                }
            }
        }

        return Unreached(states, space, count, heads, into);
    }

    private static List<int> Unreached(StateTable states, StateSpace space, int count, int[] heads, int[] into)
    {
        bool[] good = new bool[count];
        Stack<int> open = new();
        for (int state = 0; state < count; state++)
        {
            if (space.IsClean(states[state]))
            {
                good[state] = true;
                open.Push(state);
            }
        }

        while (open.TryPop(out int state))
        {
            for (int i = heads[state]; i < heads[state + 1]; i++)
            {
                if (!good[into[i]])
                {
                    good[into[i]] = true;
                    open.Push(into[i]);
                }
            }
        }

        return [.. Enumerable.Range(0, count).Where(state => !good[state])];
    }

    private Span<int> Of(int from)
    {
        int end = from + 1 < _begins.Count ? _begins[from + 1] : _to.Count;
        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_to)[_begins[from]..end];
    }
}
