namespace Ccr.Resources.Databases;

/// <summary>The limits and waits of a node's databases, in one place.</summary>
public static class DatabaseLimits
{
    /// <summary>Databases of one node.</summary>
    public const int DatabasesMax = 256;

    /// <summary>Connections that the manager opens to one database at a time.</summary>
    public const int ConnectionsMax = 4;

    /// <summary>How long one attempt to connect may take.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The first pause after a failed connect or scan; each later one is longer.</summary>
    public static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause after a failed connect or scan.</summary>
    public static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);

    /// <summary>The first wait for an owner whose PREPARE may be on its way, or that is just being ended.</summary>
    public const int WatchMsMin = 20;

    /// <summary>The longest wait between two looks at such an owner.</summary>
    public const int WatchMsMax = 1_000;

    /// <summary>The next scan, at the latest, while branches of this node are prepared.</summary>
    public const int BusyScanMs = 5_000;

    /// <summary>The next scan after the first that shows no branch of this node.</summary>
    public const int SecondLookMs = 1_000;

    /// <summary>Scans in a row that show nothing, before a database counts as settled.</summary>
    public const int CleanScans = 2;

    /// <summary>Between the end of a scan and the next one that only orders ask for.</summary>
    public const int OrdersGapMs = 25;

    /// <summary>Transactions whose fates are asked for in one question.</summary>
    public const int SettledAtOnce = 1_000;

    /// <summary>Answers sent to the manager at a time.</summary>
    public const int AnswersPerFlush = 64;

    /// <summary>How long somebody who asks waits for a scan, an order, or a registration at the manager.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    /// <summary>Prepared branches for which max_prepared_transactions is checked by default.</summary>
    public const int BranchesExpected = 64;

    /// <summary>Branches that one answer about orphans shows; the notes say how many more there are.</summary>
    public const int OrphansShownMax = 1_500;
}
