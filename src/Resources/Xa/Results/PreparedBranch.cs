namespace Ccr.Resources.Xa;

/// <summary>A prepared branch that a scan found, ours or anybody's.</summary>
/// <param name="NativeName">What the methods of <see cref="XaDialect"/> take as its name.</param>
/// <param name="Managed">Its name, when managed mode gave it.</param>
/// <param name="Assisted">Its name, when it can be one of assisted mode; ask <see cref="AssistedName.IsOf"/>.</param>
/// <param name="Xid">PostgreSQL's 64-bit transaction number; 0 elsewhere.</param>
/// <param name="Owner">The role that prepared it; empty when the database does not say.</param>
/// <param name="Database">The database it belongs to; empty when the database does not say.</param>
/// <param name="IsHere">False when it can only be finished through a connection to another database.</param>
/// <param name="Age">Time since it was prepared, by the database's clock; null when it does not say.</param>
public sealed record PreparedBranch(
    string NativeName, XaName? Managed, AssistedName? Assisted, ulong Xid, string Owner, string Database, bool IsHere,
    TimeSpan? Age)
{
    /// <summary>True when no manager of Ccr can have named it: it is shown and never touched.</summary>
    public bool IsForeign => Managed is null && Assisted is null;
}

/// <summary>What a prepared branch costs those who still work.</summary>
/// <param name="NativeName">The branch.</param>
/// <param name="LocksHeld">Locks that it holds; null when the database does not say for one branch.</param>
/// <param name="SessionsBlocked">Sessions that wait for it, directly or behind another that does.</param>
/// <param name="XidAge">
/// PostgreSQL: transactions begun since its own; vacuum cleans nothing that is younger. Null elsewhere.
/// </param>
public sealed record OrphanDetails(string NativeName, int? LocksHeld, int? SessionsBlocked, long? XidAge);
