using Ccr.Explorer.Lanes;
using Ccr.Explorer.Nodes;
using Ccr.Explorer.Search;

namespace Ccr.Explorer.World;

/// <content>What nodes do to each other: connections, frames, losses.</content>
public sealed partial class WorldSpace
{
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
        (int mine, int theirs) = (network.FreeSlot(node), network.FreeSlot(peer));
        var link = new Link { Node = [node, peer], Slot = [mine, theirs], Name = (mine * 16) + theirs };
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
                Add(state, into, -1, null, after, new Step((int)WorldStepKind.Lose, l), fault: true);
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
                Add(state, into, -1, null, after, new Step((int)WorldStepKind.LooseLost, m), isUp || IsLate);
            }
        }
    }
}
