namespace Ccr.Resources.Xa;

/// <summary>What the connection that worked for a branch is doing.</summary>
public enum BackendState
{
    /// <summary>It has ended. Its number may be somebody else's later.</summary>
    Gone,

    /// <summary>No transaction is open in it: no PREPARE can come from what it did before.</summary>
    Idle,

    /// <summary>A transaction is open in it, or a statement is running.</summary>
    InTransaction,

    /// <summary>This role may not see what it is doing.</summary>
    Hidden,
}

/// <summary>What became of a transaction, asked for by its number.</summary>
public enum TransactionFate
{
    /// <summary>The database does not know, or no longer.</summary>
    Unknown,

    /// <summary>It is committed.</summary>
    Committed,

    /// <summary>It is rolled back.</summary>
    RolledBack,

    /// <summary>It is open, or prepared.</summary>
    InProgress,

    /// <summary>The database has never given this number: it is an older copy, or another database.</summary>
    NeverGiven,
}

/// <summary>Whether a branch may write.</summary>
public enum BranchMode
{
    /// <summary>It may; whether it did, the database says when it is prepared.</summary>
    ReadWrite,

    /// <summary>It may not: it is never prepared, and always drops out.</summary>
    ReadOnly,
}

/// <summary>What a database's settings say against distributed work.</summary>
/// <param name="Blocks">True when no branch can be prepared, or recovered, like this.</param>
/// <param name="Sentence">What is wrong and what to do.</param>
public sealed record RegistrationFinding(bool Blocks, string Sentence);
