namespace Ccr.AtomicActions;

/// <summary>What a lane has done since its start.</summary>
public sealed class LaneCounters
{
    /// <summary>Actions opened here as their root.</summary>
    public long Opened { get; internal set; }

    /// <summary>Branches begun here for superiors.</summary>
    public long BegunBelow { get; internal set; }

    /// <summary>Actions and branches that ended committed.</summary>
    public long Committed { get; internal set; }

    /// <summary>Actions and branches that ended rolled back.</summary>
    public long RolledBack { get; internal set; }

    /// <summary>Branches whose outcome came by C-RECOVER, and decisions carried on after a restart.</summary>
    public long Recovered { get; internal set; }

    /// <summary>Heuristic damages noted.</summary>
    public long Damaged { get; internal set; }

    /// <summary>Records appended.</summary>
    public long Records { get; internal set; }

    /// <summary>Records that had to be forced before something could leave.</summary>
    public long ForcedRecords { get; internal set; }
}
