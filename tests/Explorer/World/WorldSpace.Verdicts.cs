using Ccr.Explorer.Nodes;

namespace Ccr.Explorer.World;

/// <content>What must hold of a whole state, and of the end.</content>
public sealed partial class WorldSpace
{
    // Nothing is left that could still be forced, retried or told; what stands must be what may stay (V1, V2, I10).
    private string? WrongAtEnd(ReadOnlySpan<int> state)
    {
        int watch = state[WatchAt];
        string? broken = null;
        for (int n = 0; n < _nodes.Length; n++)
        {
            foreach (int record in _nodes[n][state[n]].Written)
            {
                watch = _watch.See(watch, new Observed(n, new Sight(SightKind.Durable, record)), ref broken);
            }
        }

        return broken ?? _watch.Quiet(watch);
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

        if (IsClean(state) && WrongAtEnd(state) is { } wrong)
        {
            return wrong;
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
}
