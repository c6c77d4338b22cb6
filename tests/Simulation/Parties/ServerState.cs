using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>A branch of an action at a Server.</summary>
internal readonly record struct BranchOf(AtomicActionId Action, BranchId Branch);

/// <summary>What a branch is to change: money on an account, or one more item on a list.</summary>
/// <param name="Cell">The account or list, from 0.</param>
/// <param name="IsList">True for a list.</param>
/// <param name="Value">The change of the balance, or the item.</param>
internal readonly record struct Effect(int Cell, bool IsList, long Value);

/// <summary>What a Server has promised and not yet been told about.</summary>
internal sealed record Promise(ManagerIdentity Manager, IReadOnlyList<Effect> Effects);

/// <summary>A Server's own durable state.</summary>
internal sealed class ServerState
{
    internal const int Accounts = 8;
    internal const int Lists = 4;
    internal const long OpeningBalance = 300;

    internal ServerState()
    {
        Array.Fill(Balances, OpeningBalance);
        for (int i = 0; i < Lists; i++)
        {
            Items[i] = [];
        }
    }

    internal long[] Balances { get; } = new long[Accounts];

    internal List<long>[] Items { get; } = new List<long>[Lists];

    internal Dictionary<BranchOf, Promise> Promised { get; } = [];

    /// <summary>One-phase outcomes that the manager has not let go (SEM-5).</summary>
    internal Dictionary<BranchOf, (bool Committed, ManagerIdentity Manager)> Kept { get; } = [];

    /// <summary>What was decided by hand, until the manager has noted the damage.</summary>
    internal Dictionary<BranchOf, (bool Committed, ManagerIdentity Manager)> ByHand { get; } = [];

    internal long Incarnation { get; set; }

    internal void Apply(IReadOnlyList<Effect> effects)
    {
        foreach (Effect effect in effects)
        {
            if (effect.IsList)
            {
                Items[effect.Cell].Add(effect.Value);
            }
            else
            {
                Balances[effect.Cell] += effect.Value;
            }
        }
    }
}
