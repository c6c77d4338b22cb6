using Ccr.Explorer.Lanes;
using Ccr.Explorer.Nodes;
using Ccr.Explorer.Search;

namespace Ccr.Explorer.World;

/// <summary>What can happen between nodes.</summary>
internal enum WorldStepKind
{
    /// <summary>A: node; B: which of its own steps; C: 0, or which crash behind an output + 1.</summary>
    Local,

    /// <summary>A: link; B: end that gets its next frame; C as above.</summary>
    Deliver,

    /// <summary>A: link; B: end that learns that it is over; C as above.</summary>
    Down,

    /// <summary>A: link that breaks.</summary>
    Lose,

    /// <summary>A: node; B: peer that it reaches.</summary>
    Connect,

    /// <summary>A: node; B: peer that it does not reach; C as above.</summary>
    NoConnect,

    /// <summary>A: which loose message arrives; C as above.</summary>
    LooseArrives,

    /// <summary>A: which loose message is lost.</summary>
    LooseLost,

    /// <summary>A: node that is late: all others go on until they can do no more.</summary>
    Late,
}

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
    private readonly List<Network> _decoded = [];
    private readonly int[] _next;
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
        _next = new int[options.Nodes + 3];
    }

    /// <summary>Lane states found.</summary>
    public int LaneStates => _lanes.Count;

    /// <summary>Inputs that real lanes were stepped with.</summary>
    public long LaneSteps => _lanes.Steps;

    /// <summary>Different inputs in different lane states.</summary>
    public int LaneMoves => _lanes.Moves;

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
    public override int Width => _nodes.Length + 3;

    private int Net => _nodes.Length;

    private int FaultsAt => _nodes.Length + 1;

    private int LateAt => _nodes.Length + 2;

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

    private void Connects(ReadOnlySpan<int> state, Network network, ISuccessors into, int node, NodeFacts facts)
    {
        foreach (int peer in facts.Connecting)
        {
            NodeFacts there = _nodes[peer].FactsOf(state[peer]);
            if (there.IsUp && MayReach(state, node))
            {
                _quiet = false;
                Connect(state, network, into, node, peer);
            }

            if (!there.IsUp || state[FaultsAt] > 0)
            {
                _quiet &= there.IsUp;
                if (MayReach(state, node))
                {
                    NoConnect(state, network, into, node, peer, there.IsUp || IsLate);
                }
            }
        }
    }

    // Both ends hear of it at once: between the two nothing could be told apart. The acceptor's lane says nothing.
    private void Connect(ReadOnlySpan<int> state, Network network, ISuccessors into, int node, int peer)
    {
        Network after = network.With(-1);
        var link = new Link { Node = [node, peer], Slot = [network.FreeSlot(node), network.FreeSlot(peer)] };
        after.Links.Add(link);
        int accepted = Up(state, peer, state[peer], link, 1);
        int waiting = _nodes[node].Move(state[node], new NodeStep(NodeStepKind.Connected, peer)).Next;
        var up = new NodeStep(NodeStepKind.Arrival, 0, UpInput(state, link, 0));
        _accepted = (peer, accepted);
        Apply(state, after, into, node, up, new Step((int)WorldStepKind.Connect, node, peer), IsLate,
            from: waiting);
        _accepted = (-1, 0);
    }

    private int Up(ReadOnlySpan<int> state, int node, int from, Link link, int end) =>
        _nodes[node].Move(from, new NodeStep(NodeStepKind.Arrival, 0, UpInput(state, link, end))).Next;

    private LaneInput UpInput(ReadOnlySpan<int> state, Link link, int end)
    {
        int other = link.Node[1 - end];
        int epoch = _nodes[other].FactsOf(state[other]).Epoch;
        return new LaneInput(LaneInputKind.LinkUp, link.Slot[end], other, (epoch * 2) + 1 - end);
    }

    private void NoConnect(
        ReadOnlySpan<int> state, Network network, ISuccessors into, int node, int peer, bool fault)
    {
        NodeAutomaton automaton = _nodes[node];
        int waiting = automaton.Move(state[node], new NodeStep(NodeStepKind.Connected, peer)).Next;
        var step = new NodeStep(NodeStepKind.Arrival, 0, new LaneInput(LaneInputKind.ConnectFailed, peer));
        Apply(state, network, into, node, step, new Step((int)WorldStepKind.NoConnect, node, peer), fault,
            from: waiting);
    }

    private void Links(ReadOnlySpan<int> state, Network network, ISuccessors into)
    {
        for (int l = 0; l < network.Links.Count; l++)
        {
            Link link = network.Links[l];
            for (int end = 0; end < 2; end++)
            {
                if (link.Slot[end] == Link.Gone || !MayReach(state, link.Node[end]))
                {
                    continue;
                }

                if (link.To[end].Count > 0)
                {
                    _quiet = false;
                    Deliver(state, network, into, l, end);
                }

                if (link.IsBroken)
                {
                    _quiet = false;
                    Down(state, network, into, l, end);
                }
            }

            bool touches = IsTurnOf(link.Node[0]) || IsTurnOf(link.Node[1]);
            if (!link.IsBroken && state[FaultsAt] > 0 && _busy < 0 && touches)
            {
                Network after = network.With(l);
                after.Links[l].IsBroken = true;
                Add(state, into, -1, 0, after, new Step((int)WorldStepKind.Lose, l), fault: true);
            }
        }
    }

    private void Deliver(ReadOnlySpan<int> state, Network network, ISuccessors into, int l, int end)
    {
        Link link = network.Links[l];
        int frame = link.To[end][0];
        Network after = network.With(l);
        after.Links[l].To[end].RemoveAt(0);
        var input = new LaneInput(LaneInputKind.Frame, link.Slot[end], frame);
        Apply(state, after, into, link.Node[end], new NodeStep(NodeStepKind.Arrival, 0, input),
            new Step((int)WorldStepKind.Deliver, l, end), IsLate);
    }

    private void Down(ReadOnlySpan<int> state, Network network, ISuccessors into, int l, int end)
    {
        Link link = network.Links[l];
        Network after = network.With(l);
        after.Links[l].Slot[end] = Link.Gone;
        after.Links[l].To[end].Clear();
        var input = new LaneInput(LaneInputKind.LinkDown, link.Slot[end]);
        Apply(state, after, into, link.Node[end], new NodeStep(NodeStepKind.Arrival, 0, input),
            new Step((int)WorldStepKind.Down, l, end), IsLate);
    }

    private void LooseMessages(ReadOnlySpan<int> state, Network network, ISuccessors into)
    {
        for (int m = 0; m < network.Loose.Count; m++)
        {
            (int from, int to, int frame) = network.Loose[m];
            if (!MayReach(state, to))
            {
                continue;
            }

            Network after = network.With(-1);
            after.Loose.RemoveAt(m);
            bool isUp = _nodes[to].FactsOf(state[to]).IsUp;
            _quiet = false;
            if (isUp)
            {
                var input = new LaneInput(LaneInputKind.FromNode, from, frame);
                Apply(state, after, into, to, new NodeStep(NodeStepKind.Arrival, 0, input),
                    new Step((int)WorldStepKind.LooseArrives, m), IsLate);
            }

            if (!isUp || state[FaultsAt] > 0)
            {
                Add(state, into, -1, 0, after, new Step((int)WorldStepKind.LooseLost, m), fault: isUp || IsLate);
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

        bool fault = !_quiet;
        for (int node = 0; node < _nodes.Length; node++)
        {
            NodeFacts facts = _nodes[node].FactsOf(state[node]);
            for (int i = 0; i < facts.Steps.Length && IsTurnOf(node); i++)
            {
                if (facts.Steps[i].When is When.Deadline or When.Retry)
                {
                    Apply(state, network, into, node, facts.Steps[i].Step,
                        new Step((int)WorldStepKind.Local, node, i), fault);
                }
            }
        }
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

        Add(state, into, node, move.Next, After(network, node, move, dies), step, fault);
        int left = state[FaultsAt] - (fault ? 1 : 0);
        for (int i = 0; left > 0 && i < move.Crashes.Length; i++)
        {
            NodeMove crash = move.Crashes[i];
            _extraFaults = fault ? 1 : 0;
            Add(state, into, node, crash.Next, After(network, node, crash, true), step with { C = i + 1 },
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
        ReadOnlySpan<int> state, ISuccessors into, int node, int moved, Network after, Step step, bool fault)
    {
        state.CopyTo(_next);
        if (node >= 0)
        {
            _next[node] = moved;
        }

        if (_accepted.Node >= 0)
        {
            _next[_accepted.Node] = _accepted.State;
        }

        _next[Net] = after.Number(_links, _networks);
        _next[FaultsAt] = state[FaultsAt] - (fault ? 1 : 0) - _extraFaults;
        _next[LateAt] = _late;
        into.Add(_next, step, fault);
    }

    private Network NetworkOf(int number)
    {
        while (_decoded.Count <= number)
        {
            _decoded.Add(Network.Of(_networks[_decoded.Count], _links));
        }

        return _decoded[number];
    }

    /// <inheritdoc/>
    public override string? Wrong(ReadOnlySpan<int> state)
    {
        Seen all = Seen.None;
        bool ready = false;
        for (int n = 0; n < _nodes.Length; n++)
        {
            NodeState node = _nodes[n][state[n]];
            all |= node.Seen;
            ready |= n > 0 && (node.Branch == AtServer.Prepared);
        }

        if (all.HasFlag(Seen.Heuristic))
        {
            return null;
        }

        return all switch
        {
            _ when all.HasFlag(Seen.Committed | Seen.RolledBack) => "I1: one branch committed, another rolled back",
            _ when all.HasFlag(Seen.Decided | Seen.RolledBack) => "I2: decided commit, and a branch is rolled back",
            _ when all.HasFlag(Seen.ToldCommitted | Seen.RolledBack) =>
                "I9: the Client was told committed, and a branch is rolled back",
            _ when all.HasFlag(Seen.ToldRolledBack | Seen.Committed) =>
                "I9: the Client was told rolled back, and a branch committed",
            _ when all.HasFlag(Seen.ToldRolledBack | Seen.Decided) =>
                "I9: the Client was told rolled back, and commit is decided",
            _ when _options.DamageIsByHand && all.HasFlag(Seen.ToldDamage) =>
                "I10: damage was told, and nobody decided by hand",
            _ when ready && all.HasFlag(Seen.Forgot) => "I7: forgotten while a Server still holds its promise",
            _ => null,
        };
    }

    /// <inheritdoc/>
    public override bool IsClean(ReadOnlySpan<int> state)
    {
        Network network = NetworkOf(state[Net]);
        if (network.Loose.Count > 0 || network.Links.Exists(l => l.IsBroken || l.To[0].Count + l.To[1].Count > 0))
        {
            return false;
        }

        for (int n = 0; n < _nodes.Length; n++)
        {
            if (!_nodes[n].FactsOf(state[n]).Clean)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>How everything ended, in words: equal for equal ends, whatever the way; null before the end.</summary>
    public string? EndOf(ReadOnlySpan<int> state)
    {
        if (!IsClean(state))
        {
            return null;
        }

        string all = "";
        for (int n = 0; n < _nodes.Length; n++)
        {
            all += _nodes[n].EndOf(state[n]) + "; ";
        }

        return all;
    }

    /// <inheritdoc/>
    public override string Describe(ReadOnlySpan<int> from, Step step) =>
        new WorldWords(_cast, _lanes, _nodes, NetworkOf(from[Net])).Of(from, step);
}
