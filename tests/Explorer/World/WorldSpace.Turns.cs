using Ccr.Explorer.Nodes;
using Ccr.Explorer.Search;

namespace Ccr.Explorer.World;

/// <content>
/// Whose turn it is. Steps of two nodes commute unless one of them connects to the other: a frame that one sends goes
/// behind those that wait for the other on the same link, and what a node does before the other's frame reaches it
/// does not depend on that frame. A crash of a node, its deadlines and its Server's death commute with what others do
/// meanwhile in the same way: what others sent to it is lost in both orders, and what it had sent stays on its way. So
/// one order is enough: the steps of one node, with all faults that touch it, until it can do no more. Nodes of which
/// one wants to reach the other have their turn together. What does not commute and is not tried so (a message on a
/// second link that overtakes one on the first, a node's return that overtakes a frame) needs a node that is slower
/// than the others, and that is a fault like any other: while it is late everything else happens first.
/// </content>
public sealed partial class WorldSpace
{
    private const int Busy = 3, Reached = 2, Moves = 1;

    private int _busy = -1;
    private int _late = -1;
    private int _turn;
    private int _waiting;

    private bool IsTurnOf(int node) => ((_turn >> node) & 1) == 1;

    private void FindTurn(ReadOnlySpan<int> state, Network network)
    {
        _busy = -1;
        _late = state[LateAt];
        _waiting = 0;
        int best = -1, bestLevel = 0;
        for (int node = 0; node < _nodes.Length; node++)
        {
            int level = LevelOf(state, network, node);
            _waiting |= level > 0 ? 1 << node : 0;
            if (level > bestLevel && node != _late)
            {
                (best, bestLevel) = (node, level);
            }
        }

        if (best < 0 && _late >= 0)
        {
            best = _late;
            bestLevel = LevelOf(state, network, best);
            _late = -1;
        }

        int all = (1 << _nodes.Length) - 1;
        _busy = bestLevel == Busy ? best : -1;
        _turn = _busy >= 0 ? 1 << _busy
            : bestLevel == 0 || !_options.Reduced ? all
            : Together(state, 1 << best);
        if (bestLevel == 0 || (_waiting & ~_turn) == 0)
        {
            _late = -1;
        }
    }

    private int LevelOf(ReadOnlySpan<int> state, Network network, int node)
    {
        NodeFacts facts = _nodes[node].FactsOf(state[node]);
        if (facts.IsBusy)
        {
            return Busy;
        }

        foreach (Link link in network.Links)
        {
            for (int end = 0; end < 2; end++)
            {
                if (link.Node[end] == node && link.Slot[end] != Link.Gone
                    && (link.IsBroken || link.To[end].Count > 0))
                {
                    return Reached;
                }
            }
        }

        return network.Loose.Exists(m => m.To == node) || facts.Acts ? Reached
            : facts.Moves || facts.Connecting.Length > 0 ? Moves : 0;
    }

    private int Together(ReadOnlySpan<int> state, int turn)
    {
        for (int before = 0; before != turn;)
        {
            before = turn;
            for (int node = 0; node < _nodes.Length; node++)
            {
                foreach (int peer in _nodes[node].FactsOf(state[node]).Connecting)
                {
                    int both = (1 << node) | (1 << peer);
                    turn |= (turn & both) != 0 && node != _late && peer != _late ? both : 0;
                }
            }
        }

        return turn;
    }

    private void BecomesLate(ReadOnlySpan<int> state, ISuccessors into)
    {
        if (!_options.Reduced || state[FaultsAt] == 0 || _late >= 0)
        {
            return;
        }

        for (int node = 0; node < _nodes.Length; node++)
        {
            if (IsTurnOf(node) && (_waiting >> node & 1) == 1 && (_waiting & ~(1 << node)) != 0)
            {
                state.CopyTo(_next);
                _next[FaultsAt]--;
                _next[LateAt] = node;
                into.Add(_next, new Step((int)WorldStepKind.Late, node), fault: true);
            }
        }
    }
}
