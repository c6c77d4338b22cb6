using Ccr.Explorer.Lanes;
using Ccr.Explorer.Nodes;
using Ccr.Explorer.Search;
using Ccr.Protocol.Messages;

namespace Ccr.Explorer.World;

/// <summary>
/// The whole: nodes around real lanes, the connections between them, and the faults that are left. A state is a number
/// for each node, one for the network, and the faults.
/// </summary>
public sealed partial class WorldSpace : StateSpace
{
    private readonly WorldOptions _options;
    private readonly Cast _cast;
    private readonly LaneAutomaton _lanes;
    private readonly NodeAutomaton[] _nodes;
    private readonly RowInterner _links = new();
    private readonly RowInterner _networks = new();
    private readonly RowInterner _open = new();
    private readonly List<(Network Network, int Open)> _decoded = [];
    private readonly int[] _next;
    private readonly Watch _watch;
    private bool _quiet;
    private (int Node, int State) _accepted = (-1, 0);
    private int _extraFaults;

    /// <summary>Sets the nodes up.</summary>
    public WorldSpace(WorldOptions options)
    {
        _options = options;
        int[] opened = [.. Enumerable.Range(0, options.Nodes)
            .Where(n => (n > 0 || options.RootServes) && !(options.IsChain && n == 2))];
        _cast = new Cast(options.Nodes) { Opened = opened };
        _lanes = new LaneAutomaton(_cast, options.Lanes);
        _nodes = [.. Enumerable.Range(0, options.Nodes).Select(n => new NodeAutomaton(
            _cast, _lanes, n, options.Variants, options.IsChain && n == 1 ? 2 : -1))];
        _next = new int[options.Nodes + 4];
        _watch = new Watch(_cast);
    }

    /// <summary>Lane states found.</summary>
    public int LaneStates => _lanes.Count;

    /// <summary>Inputs that real lanes were stepped with.</summary>
    public long LaneSteps => _lanes.Steps;

    /// <summary>Different inputs in different lane states.</summary>
    public int LaneMoves => _lanes.Moves;

    /// <summary>Different states of what the invariants know.</summary>
    public int WatchStates => _watch.Count;

    /// <summary>Node states found.</summary>
    public int NodeStates => _nodes.Sum(n => n.Count);

    /// <summary>Different steps in different node states.</summary>
    public int NodeMoves => _nodes.Sum(n => n.Moves);

    /// <summary>
    /// Holds a sample of the lanes that were taken for equal against it: the first difference, or null.
    /// </summary>
    public string? CompareMerges(out int compared)
    {
        var guard = new MergeGuard(_lanes);
        string? difference = guard.Compare();
        compared = guard.Compared;
        return difference;
    }

    /// <inheritdoc/>
    public override int Width => _nodes.Length + 4;

    private int Net => _nodes.Length;

    private int FaultsAt => _nodes.Length + 1;

    private int LateAt => _nodes.Length + 2;

    private int WatchAt => _nodes.Length + 3;

    /// <inheritdoc/>
    public override void Initial(ISuccessors into)
    {
        for (int n = 0; n < _nodes.Length; n++)
        {
            _next[n] = _nodes[n].Initial;
        }

        _next[Net] = new Network().Number(_links, _networks);
        _next[FaultsAt] = _options.Faults;
        _next[LateAt] = -1;
        into.Add(_next, default);
    }

    /// <inheritdoc/>
    public override void Expand(ReadOnlySpan<int> state, ISuccessors into)
    {
        Network network = NetworkOf(state[Net]);
        if (IsClean(state) && state[0] != _nodes[0].Initial)
        {
            return; // all is over
        }

        _quiet = true;
        FindTurn(state, network);
        for (int node = 0; node < _nodes.Length; node++)
        {
            if (IsTurnOf(node))
            {
                NodeFacts facts = _nodes[node].FactsOf(state[node]);
                Locals(state, network, into, node, facts);
                Connects(state, network, into, node, facts);
            }
        }

        Links(state, network, into);
        LooseMessages(state, network, into);
        Deadlines(state, network, into);
        BecomesLate(state, into);
    }

    // While a node is busy with its own work, all that reaches it is late by a fault, and other nodes wait.
    private bool IsLate => _busy >= 0;

    private bool MayReach(ReadOnlySpan<int> state, int node) =>
        IsTurnOf(node) && (_busy < 0 || state[FaultsAt] > 0);

    private void Locals(
        ReadOnlySpan<int> state, Network network, ISuccessors into, int node, NodeFacts facts)
    {
        for (int i = 0; i < facts.Steps.Length; i++)
        {
            (NodeStep step, When when) = facts.Steps[i];
            bool fault = when == When.Fault || (when != When.Prompt && IsLate);
            bool waits = when is When.Deadline or When.Retry;
            if (!waits && (!fault || state[FaultsAt] > 0))
            {
                _quiet &= when is not (When.Always or When.Prompt);
                Apply(state, network, into, node, step, new Step((int)WorldStepKind.Local, node, i), fault,
                    step.Kind == NodeStepKind.Crash);
            }
        }
    }

    // A deadline before its answer is a fault; when nothing else can happen but retries, time simply passes.
    private void Deadlines(ReadOnlySpan<int> state, Network network, ISuccessors into)
    {
        if (!_quiet && state[FaultsAt] == 0)
        {
            return;
        }

        List<(int Node, int At, bool TooOften)> due = [];
        for (int node = 0; node < _nodes.Length; node++)
        {
            NodeFacts facts = _nodes[node].FactsOf(state[node]);
            for (int i = 0; i < facts.Steps.Length && IsTurnOf(node); i++)
            {
                if (facts.Steps[i].When is When.Deadline or When.Retry)
                {
                    due.Add((node, i, TriesTooOften(state, node, facts.Steps[i].Step)));
                }
            }
        }

        bool allTooOften = due.TrueForAll(one => one.TooOften);
        foreach ((int node, int i, bool tooOften) in due)
        {
            if (!tooOften || allTooOften)
            {
                Apply(state, network, into, node, _nodes[node].FactsOf(state[node]).Steps[i].Step,
                    new Step((int)WorldStepKind.Local, node, i), fault: !_quiet);
            }
        }
    }

    // An association gets a number that was never used: a node that tries for ever while another one's own deadline
    // is pending would have no end of states. Time passes for both, so the other's comes first at last.
    private bool TriesTooOften(ReadOnlySpan<int> state, int node, NodeStep step)
    {
        foreach (Emission left in _nodes[node].Move(state[node], step).Left)
        {
            if (_cast.Frames[left.Frame] is Associate again && again.Association >> 16 > _options.AssociationsMax)
            {
                return true;
            }
        }

        return false;
    }

    private void Apply(
        ReadOnlySpan<int> state,
        Network network,
        ISuccessors into,
        int node,
        NodeStep nodeStep,
        Step step,
        bool fault,
        bool dies = false,
        int from = -1)
    {
        NodeMove move = _nodes[node].Move(from < 0 ? state[node] : from, nodeStep);
        if (move.Broken is { } broken)
        {
            into.Broken(broken, step);
            return;
        }

        Add(state, into, node, move, After(network, node, move, dies), step, fault);
        int left = state[FaultsAt] - (fault ? 1 : 0);
        for (int i = 0; left > 0 && i < move.Crashes.Length; i++)
        {
            NodeMove crash = move.Crashes[i];
            _extraFaults = fault ? 1 : 0;
            Add(state, into, node, crash, After(network, node, crash, true), step with { C = i + 1 },
                fault: true);
            _extraFaults = 0;
        }
    }

    private static Network After(Network network, int node, NodeMove move, bool dies)
    {
        if (move.Left.Length == 0 && !dies)
        {
            return network;
        }

        Network after = network.DeepCopy();
        foreach (Emission left in move.Left)
        {
            if (left.Link >= 0)
            {
                after.Send(node, left.Link, left.Frame);
            }
            else if (!after.Loose.Contains((node, left.To, left.Frame)))
            {
                after.Loose.Add((node, left.To, left.Frame));
            }
        }

        if (dies)
        {
            after.Died(node);
        }

        return after;
    }

    private void Add(
        ReadOnlySpan<int> state, ISuccessors into, int node, NodeMove? move, Network after, Step step, bool fault)
    {
        state.CopyTo(_next);
        string? broken = null;
        if (move is not null)
        {
            _next[node] = move.Next;
            Network before = NetworkOf(state[Net]);
            foreach (Sight sight in move.Seen)
            {
                Observed seen = Observe(before, after, node, sight);
                _next[WatchAt] = _watch.See(_next[WatchAt], seen, ref broken);
            }
        }

        if (_accepted.Node >= 0)
        {
            _next[_accepted.Node] = _accepted.State;
        }

        _next[Net] = after.Number(_links, _networks);
        _next[FaultsAt] = state[FaultsAt] - (fault ? 1 : 0) - _extraFaults;
        _next[LateAt] = _late;
        _next[WatchAt] = _watch.Narrow(_next[WatchAt], Decoded(_next[Net]).Open, after.IsOpen);
        if (broken is null)
        {
            into.Add(_next, step, fault);
        }
        else
        {
            into.Broken(broken, step);
        }
    }

    private Network NetworkOf(int number) => Decoded(number).Network;

    // A network, and a number for the links that are open in it: the same for all networks with the same ones.
    private (Network Network, int Open) Decoded(int number)
    {
        while (_decoded.Count <= number)
        {
            Network network = Network.Of(_networks[_decoded.Count], _links);
            _decoded.Add((network, _open.Of([.. network.Links.Select(l => (int)l.Number).Order()])));
        }

        return _decoded[number];
    }

    private static Observed Observe(Network before, Network after, int node, Sight sight)
    {
        if (sight.Kind != SightKind.FrameLeft)
        {
            return new Observed(node, sight);
        }

        Link link = before.LinkOf(node, sight.A) ?? after.LinkOf(node, sight.A)
            ?? throw new InvalidOperationException("a frame left on no link");
        return new Observed(node, sight with { A = 0 }, link.Number, link.Node[1 - link.EndOf(node, sight.A)]);
    }

    /// <inheritdoc/>
    public override string Describe(ReadOnlySpan<int> from, Step step) =>
        new WorldWords(_cast, _lanes, _nodes, NetworkOf(from[Net])).Of(from, step);
}
