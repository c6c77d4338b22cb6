namespace Ccr.Protocol.Messages;

/// <summary>What a session's opener is.</summary>
public enum SessionRole
{
    Client = 0,
    Server = 1,
    Location = 2,
    Operator = 3,
}

/// <summary>When TransClose is to be answered (SEM-2).</summary>
public enum CloseAnswer
{
    /// <summary>When every branch has confirmed.</summary>
    Done = 0,

    /// <summary>When the decision is durable.</summary>
    Decided = 1,
}

/// <summary>What a starting Server found of a branch.</summary>
public enum FoundState
{
    /// <summary>Prepared, and undecided.</summary>
    Ready = 0,

    /// <summary>Committed in one phase.</summary>
    Committed = 1,

    /// <summary>Rolled back in one phase.</summary>
    RolledBack = 2,
}

/// <summary>How a Server finished its branch.</summary>
public enum DoneOutcome
{
    /// <summary>Committed.</summary>
    Committed = 0,

    /// <summary>Rolled back.</summary>
    RolledBack = 1,

    /// <summary>Some of it went the other way.</summary>
    Mix = 2,

    /// <summary>It cannot be known.</summary>
    Hazard = 3,

    /// <summary>The owner of an application branch leaves it to the database's Server (SEM-10).</summary>
    HandedOver = 4,
}

/// <summary>A heuristic decision.</summary>
public enum Decision
{
    /// <summary>Commit.</summary>
    Commit = 0,

    /// <summary>Roll back.</summary>
    Rollback = 1,
}

/// <summary>What an operator wants done with a prepared branch of a database.</summary>
public enum OrphanDecision
{
    /// <summary>What the log says.</summary>
    AsLogged = 0,

    /// <summary>Commit it by hand.</summary>
    Commit = 1,

    /// <summary>Roll it back by hand.</summary>
    Rollback = 2,
}
