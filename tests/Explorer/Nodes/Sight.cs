using Ccr.Invariants;

namespace Ccr.Explorer.Nodes;

/// <summary>What the invariants are told of (<see cref="Observation"/>).</summary>
internal enum SightKind
{
    /// <summary>A: record.</summary>
    Durable,

    /// <summary>A: link as the node knows it; B: frame.</summary>
    FrameLeft,

    /// <summary>A: message.</summary>
    ClientTold,

    /// <summary>A: message.</summary>
    ServerOrdered,

    /// <summary>A: message.</summary>
    ServerVoted,

    /// <summary>A: a message that names the branch; B: why * 2, + 1 where it committed.</summary>
    BranchEnded,
}

/// <summary>Something that was seen at a node, in numbers of the cast.</summary>
internal readonly record struct Sight(SightKind Kind, int A, int B = 0);
