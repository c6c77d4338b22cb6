using Ccr.Protocol.Names;

namespace Ccr.Explorer.Lanes;

/// <summary>What can happen to a lane, in numbers of the <see cref="Cast"/>.</summary>
internal enum LaneInputKind
{
    None,

    /// <summary>A: list of live records; B: epoch; C: node.</summary>
    Restarted,

    /// <summary>A: link; B: peer; C: peer's epoch * 2, + 1 where we opened it.</summary>
    LinkUp,

    /// <summary>A: link.</summary>
    LinkDown,

    /// <summary>A: link; B: frame.</summary>
    Frame,

    /// <summary>A: peer; B: frame.</summary>
    FromNode,

    /// <summary>A: peer.</summary>
    ConnectFailed,

    /// <summary>A: session; B: message.</summary>
    TransOpen,

    /// <summary>A: session; B: message.</summary>
    Session,

    /// <summary>A: session; B: Server.</summary>
    ServerUp,

    /// <summary>A: session.</summary>
    SessionDown,

    /// <summary>A: Server; B: node.</summary>
    Located,

    /// <summary>A: which of the deadlines that are set, in the order of <see cref="LaneFacts.Deadlines"/>.</summary>
    Deadline,
}

/// <summary>One input of a lane.</summary>
internal readonly record struct LaneInput(LaneInputKind Kind, int A = 0, int B = 0, int C = 0);

/// <summary>What a lane asks of its host.</summary>
internal enum EffectKind
{
    /// <summary>A: record; B: 1 where forced.</summary>
    Append,

    /// <summary>A: link; B: frame.</summary>
    Frame,

    /// <summary>A: session; B: message.</summary>
    ToSession,

    /// <summary>A: peer; B: frame.</summary>
    ToNode,

    /// <summary>A: peer.</summary>
    Connect,

    /// <summary>A: Server.</summary>
    Locate,
}

/// <summary>One output of a lane.</summary>
internal readonly record struct Effect(EffectKind Kind, int A, int B = 0, int After = 0);

/// <summary>What one input does to a lane in one state.</summary>
/// <param name="Next">The state after it.</param>
/// <param name="Effects">Its outputs, in order.</param>
/// <param name="Broken">The core found itself in an impossible state.</param>
internal sealed record LaneMove(int Next, Effect[] Effects, string? Broken);

/// <summary>A deadline that a lane has set.</summary>
/// <param name="Id">Its number on the way that first led to this state.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Owner">Whose it is.</param>
internal sealed record LaneDeadline(long Id, string Kind, string Owner);

/// <summary>What is to be known of a lane's state besides its number.</summary>
/// <param name="Deadlines">Those that are set.</param>
/// <param name="Live">Live coordinators.</param>
/// <param name="InDoubt">One of them said READY and does not know the outcome.</param>
/// <param name="Held">In doubt, damaged or set aside.</param>
/// <param name="Unconfirmed">Branches to other nodes that have not ended here.</param>
internal sealed record LaneFacts(LaneDeadline[] Deadlines, int Live, bool InDoubt, int Held, BranchId[] Unconfirmed);
