namespace Ccr.Protocol.Messages;

/// <summary>
/// Why something was refused (CCR-Profile Refusal-code). A number of a later version is kept as it is.
/// </summary>
public enum RefusalCode
{
    /// <summary>No reason was given.</summary>
    Unspecified = 0,

    /// <summary>The Client, or the superior, asked for rollback.</summary>
    Asked = 1,

    /// <summary>The time of the action, or of the wait, ran out.</summary>
    Timeout = 2,

    /// <summary>A wait limit ran out; retry as a new action.</summary>
    Deadlock = 3,

    /// <summary>Nobody knows a Server of this name.</summary>
    NoSuchServer = 4,

    /// <summary>The Server's session ended, or it was restarted, before it was ready.</summary>
    ServerLost = 5,

    /// <summary>The node cannot be reached now.</summary>
    NodeUnreachable = 6,

    /// <summary>The connection to the node broke.</summary>
    AssociationLost = 7,

    /// <summary>This incarnation of the Server never began the branch (SEM-8).</summary>
    NotBegun = 8,

    /// <summary>The action is past the state in which this is possible.</summary>
    WrongState = 9,

    /// <summary>No record of the action: final (SEM-1).</summary>
    UnknownAction = 10,

    /// <summary>The outcome was known and has been forgotten (SEM-1).</summary>
    OutcomeForgotten = 11,

    /// <summary>The node is among its own ancestors (SEM-11).</summary>
    Cycle = 12,

    /// <summary>The tree would be deeper than the limit.</summary>
    TooDeep = 13,

    /// <summary>A stated limit is reached; the text names it.</summary>
    Limit = 14,

    /// <summary>The log is near its limit (SEM-19).</summary>
    LogFull = 15,

    /// <summary>A lower epoch, or another log (SEM-6).</summary>
    StaleIdentity = 16,

    /// <summary>Another manager promised this branch (SEM-3).</summary>
    NotMine = 17,

    /// <summary>Not now; ask again.</summary>
    RetryLater = 18,

    /// <summary>The other side broke the protocol.</summary>
    ProtocolError = 19,

    /// <summary>The asker has no right to this.</summary>
    NotPermitted = 20,

    /// <summary>The Server's own reason: no such file, not enough money.</summary>
    Resource = 21,

    /// <summary>The action is set aside for the operator (SEM-16).</summary>
    Held = 22,

    /// <summary>The node is stopping.</summary>
    Stopping = 23,
}

/// <summary>What became of an atomic action.</summary>
public enum Outcome
{
    /// <summary>It is committed.</summary>
    Committed = 0,

    /// <summary>It is rolled back.</summary>
    RolledBack = 1,

    /// <summary>Ready, and the decision is not known here.</summary>
    InDoubt = 2,

    /// <summary>It has not been decided.</summary>
    Active = 3,

    /// <summary>It was known and has been forgotten (SEM-1).</summary>
    Forgotten = 4,
}

/// <summary>Which heuristic damage.</summary>
public enum DamageKind
{
    /// <summary>Some of the branch went the other way.</summary>
    Mix = 0,

    /// <summary>What became of the branch cannot be known.</summary>
    Hazard = 1,
}

/// <summary>Which way a heuristic decision went.</summary>
public enum DamageTaken
{
    /// <summary>It was committed.</summary>
    Committed = 0,

    /// <summary>It was rolled back.</summary>
    RolledBack = 1,

    /// <summary>It cannot be known.</summary>
    Unknown = 2,
}
