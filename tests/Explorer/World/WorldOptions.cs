using Ccr.AtomicActions;
using Ccr.Explorer.Nodes;

namespace Ccr.Explorer.World;

/// <summary>What is explored.</summary>
public sealed record WorldOptions
{
    /// <summary>Its name in the ledger.</summary>
    public required string Name { get; init; }

    /// <summary>Nodes, the root among them.</summary>
    public int Nodes { get; init; } = 2;

    /// <summary>The second node is an intermediate: its Server extends the branch to the third.</summary>
    public bool IsChain { get; init; }

    /// <summary>The root has a Server in the action too.</summary>
    public bool RootServes { get; init; } = true;

    /// <summary>
    /// Crashes, losses, refusals, decisions by hand, deadlines and retries before their time, and whatever is later
    /// than what comes after it: together.
    /// </summary>
    public int Faults { get; init; } = 3;

    /// <summary>
    /// Associations of one link: a node that tries again while another's deadline is pending does so up to here.
    /// </summary>
    public int AssociationsMax { get; init; } = 4;

    /// <summary>What nodes may do beyond.</summary>
    public Variants Variants { get; init; } = new();

    /// <summary>Damage that is told to the Client without a decision by hand is a fault of ours.</summary>
    public bool DamageIsByHand { get; init; } = true;

    /// <summary>One order of steps that commute is enough; false: all orders.</summary>
    public bool Reduced { get; init; } = true;

    /// <summary>The lanes' options.</summary>
    public LaneOptions Lanes { get; init; } = new();
}
