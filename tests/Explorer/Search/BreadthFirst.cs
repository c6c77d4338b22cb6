namespace Ccr.Explorer.Search;

/// <summary>What a search found and counted.</summary>
public sealed class SearchResult
{
    /// <summary>Different states.</summary>
    public int Distinct { get; internal set; }

    /// <summary>Successors made, the initial states among them.</summary>
    public long Generated { get; internal set; }

    /// <summary>The longest of the shortest ways to a state.</summary>
    public int Deepest { get; internal set; }

    /// <summary>True when all states were expanded.</summary>
    public bool Complete { get; internal set; }

    /// <summary>What is wrong, or null.</summary>
    public string? Wrong { get; internal set; }

    /// <summary>The shortest way to it, a step a line.</summary>
    public IReadOnlyList<string> Way { get; internal set; } = [];

    /// <summary>Throws what was found, to be read by people.</summary>
    public override string ToString() => Wrong is null
        ? $"{Distinct} distinct, {Generated} generated, deepest level {Deepest}"
        : $"{Wrong}\n  {string.Join("\n  ", Way)}";
}

/// <summary>Explores a space breadth first, so that the first thing found wrong has the shortest way to it.</summary>
public sealed class BreadthFirst(StateSpace space) : ISuccessors
{
    private readonly StateTable _states = new(space.Width);
    private readonly List<int> _parents = [];
    private readonly SearchResult _result = new();
    private int _from = -1;

    /// <summary>All states found.</summary>
    public StateTable States => _states;

    /// <summary>Successors of each state, in the order of the states; a negative one (its complement) is by fault.
    /// </summary>
    public Edges? Edges { get; init; }

    /// <summary>Explores until all is seen, something is wrong, or there are too many states.</summary>
    public SearchResult Run(int statesMax = int.MaxValue)
    {
        space.Initial(this);
        int levelEnd = _states.Count;
        for (_from = 0; _from < _states.Count && _result.Wrong is null; _from++)
        {
            if (_states.Count > statesMax)
            {
                break;
            }

            if (_from == levelEnd)
            {
                _result.Deepest++;
                levelEnd = _states.Count;
            }

            Edges?.Begin();
            space.Expand(_states[_from], this);
        }

        _result.Complete = _from == _states.Count && _result.Wrong is null;
        _result.Distinct = _states.Count;
        return _result;
    }

    void ISuccessors.Add(ReadOnlySpan<int> state, Step step, bool fault)
    {
        _result.Generated++;
        int number = _states.Add(state, out bool isNew);
        Edges?.Add(fault ? ~number : number);
        if (!isNew)
        {
            return;
        }

        _parents.Add(_from);
        if (_result.Wrong is null && space.Wrong(state) is { } wrong)
        {
            _result.Wrong = wrong;
            _result.Way = WayTo(number);
        }
    }

    void ISuccessors.Broken(string what, Step step)
    {
        if (_result.Wrong is null)
        {
            _result.Wrong = what;
            _result.Way = [.. WayTo(_from), space.Describe(_states[_from], step)];
        }
    }

    /// <summary>The shortest way to a state, a step a line.</summary>
    public IReadOnlyList<string> WayTo(int number)
    {
        List<string> way = [];
        for (int at = number; _parents[at] >= 0; at = _parents[at])
        {
            int[] from = _states[_parents[at]].ToArray();
            var finder = new StepFinder(_states[at].ToArray());
            space.Expand(from, finder);
            way.Add(space.Describe(from, finder.Found));
        }

        way.Reverse();
        return way;
    }

    private sealed class StepFinder(int[] to) : ISuccessors
    {
        private bool _found;

        internal Step Found { get; private set; }

        public void Add(ReadOnlySpan<int> state, Step step, bool fault = false)
        {
            if (!_found && state.SequenceEqual(to))
            {
                _found = true;
                Found = step;
            }
        }

        public void Broken(string what, Step step)
        {
        }
    }
}
