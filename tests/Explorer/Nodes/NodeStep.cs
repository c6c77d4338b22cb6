using Ccr.Explorer.Lanes;

namespace Ccr.Explorer.Nodes;

/// <summary>What can happen at a node.</summary>
internal enum NodeStepKind
{
    /// <summary>Something from outside: a frame, a link up or down, a connect that failed, a node message.</summary>
    Arrival,

    /// <summary>The manager dies; A: how many of the unforced records are on the disk all the same.</summary>
    Crash,
    Restart,
    Force,

    /// <summary>A: which deadline.</summary>
    Deadline,

    /// <summary>The lane takes the Server's next answer.</summary>
    Answer,

    /// <summary>A: 0 ready, 1 no change, 2 no.</summary>
    Vote,
    ServerDies,
    SessionDown,
    ServerBack,

    /// <summary>A: a <see cref="ClientAct"/>.</summary>
    Client,

    /// <summary>A: 0 commit, 1 rollback.</summary>
    ByHand,

    /// <summary>An operator has dealt with the damage.</summary>
    ForgetDamage,

    /// <summary>The connection that was asked for is on its way. A: the peer.</summary>
    Connected,
}

/// <summary>What a Client may do.</summary>
internal enum ClientAct
{
    Open,
    Close,
    RollBack,
    Leave,
    Repeat,
    Acknowledge,
}

/// <summary>One step of a node.</summary>
internal readonly record struct NodeStep(NodeStepKind Kind, int A = 0, LaneInput Input = default);

/// <summary>Something that left a node for another one.</summary>
/// <param name="Link">The link; -1 for a message to a node over any link.</param>
/// <param name="To">That node, where the link is -1.</param>
/// <param name="Frame">The frame.</param>
internal readonly record struct Emission(int Link, int To, int Frame);

/// <summary>How a step ends: well, or with the node's crash behind one of its outputs.</summary>
/// <param name="Next">The node's state after it.</param>
/// <param name="Left">What left the node.</param>
/// <param name="Broken">A rule that does not hold.</param>
internal sealed record NodeMove(int Next, Emission[] Left, string? Broken)
{
    /// <summary>The same step, cut off by a crash: behind each output but the last.</summary>
    internal NodeMove[] Crashes { get; set; } = [];

    /// <summary>What was seen of it, in order.</summary>
    internal Sight[] Seen { get; init; } = [];
}
