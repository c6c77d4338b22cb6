namespace Ccr.Simulation;

/// <summary>What a simulation may do to its nodes, Servers and network.</summary>
public enum FaultKind
{
    /// <summary>A manager is killed; its machine goes on.</summary>
    KillManager,

    /// <summary>A machine stops with all that runs on it, and what was not forced may be lost.</summary>
    CrashMachine,

    /// <summary>A manager is killed between two of its outputs.</summary>
    CrashAtOutput,

    /// <summary>A manager is killed again and again, while it starts too.</summary>
    RestartStorm,

    /// <summary>All of a node stands still for a while.</summary>
    PauseNode,

    /// <summary>A Server stands still for a while.</summary>
    PauseServer,

    /// <summary>The connections between two nodes are lost, octets on their way with them.</summary>
    CutLinks,

    /// <summary>Nothing passes from one node to another.</summary>
    PartitionOneWay,

    /// <summary>Nothing passes between two nodes.</summary>
    PartitionBothWays,

    /// <summary>A node is alone.</summary>
    Isolate,

    /// <summary>The ways between nodes are stopped and restored one by one.</summary>
    Swizzle,

    /// <summary>Everything takes longer.</summary>
    SlowNetwork,

    /// <summary>Forces take long.</summary>
    SlowDisk,

    /// <summary>No file can grow.</summary>
    DiskFull,

    /// <summary>A write or a force fails.</summary>
    DiskFails,

    /// <summary>Somebody sets the date.</summary>
    ClockJump,

    /// <summary>A Location Server is gone for a while.</summary>
    LocationDown,

    /// <summary>A Server is killed.</summary>
    KillServer,

    /// <summary>A Server comes back without its data.</summary>
    WipeServer,

    /// <summary>An operator decides a branch in doubt.</summary>
    Resolve,

    /// <summary>An operator of a Server decides what it has promised.</summary>
    DecideByHand,

    /// <summary>An operator forgets damage.</summary>
    ForgetDamage,

    /// <summary>A node comes back at another address.</summary>
    MoveNode,

    /// <summary>A Server goes to another node with its data and its promises, and comes back later (SEM-3).</summary>
    MoveServer,

    /// <summary>An action makes the core throw: it is set aside, all others go on (SEM-16).</summary>
    Poison,

    /// <summary>A copy of a node's disk from an earlier time is started beside the node (SEM-6).</summary>
    OldCopy,
}

/// <summary>One fault of a plan.</summary>
/// <param name="AtUs">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Node">Where.</param>
/// <param name="Other">Another node, a Server's number, or a count, as the kind needs it.</param>
/// <param name="LengthUs">How long.</param>
internal sealed record FaultEvent(long AtUs, FaultKind Kind, int Node, int Other, long LengthUs)
{
    public override string ToString() => $"{Kind} node {Node}, {Other}, {LengthUs / 1000} ms";
}
