namespace Ccr.CcrManager;

/// <summary>The limits of the manager's host, in one place. Past a limit the caller is told; others go on.</summary>
public static class ManagerLimits
{
    /// <summary>Version of CCR-Link and CCR-Session that this manager speaks.</summary>
    public const int ProtocolVersion = 1;

    /// <summary>Inputs that a lane takes in one turn.</summary>
    public const int InputsPerTurnMax = 256;

    /// <summary>With more live actions than these a lane's turns wait until more inputs have come together.</summary>
    public const int LiveActionsInlineMax = 6;

    /// <summary>
    /// Turns that a thread which only came to post something does for its lane before a pool thread goes on.
    /// </summary>
    public const int InlineTurnsMax = 4;

    /// <summary>Turns that a pool thread does before it queues for its next share.</summary>
    public const int PoolTurnsMax = 64;

    /// <summary>Inputs of one session that may wait in the lanes; past it the session is closed.</summary>
    public const int SessionInputsMax = 16_384;

    /// <summary>Inputs of one link that may wait in the lanes; past it the link is closed.</summary>
    public const int LinkInputsMax = 65_536;

    /// <summary>
    /// Octets of one connection's inputs that may wait in the lanes; past it the connection is closed.
    /// </summary>
    public const long InputOctetsMax = 64L << 20;

    /// <summary>Inputs that may wait in one lane before new actions are refused.</summary>
    public const int LaneInputsHighWater = 100_000;

    /// <summary>Sessions at a time.</summary>
    public const int SessionsMax = 10_000;

    /// <summary>Sessions that have not said or opened anything yet.</summary>
    public const int WaitQueueMax = 4_096;

    /// <summary>Links at a time, accepted and opened together.</summary>
    public const int LinksMax = 1_024;

    /// <summary>Nodes in the peer table.</summary>
    public const int PeersMax = 1_000;

    /// <summary>Logs of a node that were set aside by reset-node and are remembered.</summary>
    public const int LogsSetAsideMax = 16;

    /// <summary>Management messages that wait for a link to one node.</summary>
    public const int MessagesForNodeMax = 256;

    /// <summary>Servers that may be registered at one node.</summary>
    public const int ServersMax = 1_000;

    /// <summary>Questions to the Location Server that wait for an answer.</summary>
    public const int LookUpsMax = 10_000;

    /// <summary>Trace events in one reply.</summary>
    public const int TraceEventsPerReplyMax = 5_000;

    /// <summary>Operator questions under way at a time.</summary>
    public const int QuestionsMax = 64;

    /// <summary>Octets of a reply to an operator, less than a frame may have.</summary>
    public const int ReplyOctetsMax = 900_000;

    /// <summary>What the kind of a Server begins with that ends application branches by name: a database.</summary>
    public const string DatabaseKind = "database/";
}
