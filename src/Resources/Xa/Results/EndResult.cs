using Ccr.Protocol.Messages;

namespace Ccr.Resources.Xa;

/// <summary>What a database answered to COMMIT PREPARED, ROLLBACK PREPARED or ROLLBACK.</summary>
public enum BranchEnd
{
    /// <summary>The database confirms it.</summary>
    Done,

    /// <summary>
    /// The database has no branch of this name (in MySQL and MariaDB: or its owner is still connected). That is no
    /// success, unless the branch is known to have been finished before.
    /// </summary>
    Absent,

    /// <summary>The branch may be finished or not: ask again, by a scan.</summary>
    Unknown,
}

/// <summary>The answer to an order that ends a branch.</summary>
/// <param name="End">The answer.</param>
/// <param name="Refusal">Why not, unless it is Done.</param>
/// <param name="Exception">What the driver threw.</param>
public readonly record struct EndResult(BranchEnd End, Refusal Refusal, Exception? Exception)
{
    internal static readonly EndResult Done = new(BranchEnd.Done, Refusal.None, null);

    internal static EndResult Absent(Refusal why, Exception exception) => new(BranchEnd.Absent, why, exception);

    internal static EndResult Unknown(Refusal why, Exception exception) => new(BranchEnd.Unknown, why, exception);
}
