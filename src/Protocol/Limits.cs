namespace Ccr.Protocol;

/// <summary>
/// Every limit of the protocol and of the core, in one place. Past a limit the caller is told; others go on.
/// </summary>
public static class Limits
{
    /// <summary>Octets of a node's name (SEM-7).</summary>
    public const int NodeNameOctetsMax = 24;

    /// <summary>Octets of a Server's name.</summary>
    public const int ServerNameOctetsMax = 64;

    /// <summary>Octets of a form-1 suffix (ccr-standard.md 2.3).</summary>
    public const int SuffixOctetsMax = 64;

    /// <summary>Octets of an AE title.</summary>
    public const int AeTitleOctetsMax = 256;

    /// <summary>Octets of one frame on any socket; a longer one ends its connection.</summary>
    public const int FrameOctetsMax = 1 << 20;

    /// <summary>Constructed elements inside one another in one frame.</summary>
    public const int BerDepthMax = 24;

    /// <summary>Elements of any SEQUENCE OF.</summary>
    public const int ListItemsMax = 10_000;

    /// <summary>Octets of any text for people.</summary>
    public const int TextOctetsMax = 4_096;

    /// <summary>Nodes from the root of a tree to a leaf (SEM-11).</summary>
    public const int TreeDepthMax = 16;

    /// <summary>Branches that one atomic action may have at one node, Servers and subordinates together.</summary>
    public const int BranchesPerActionMax = 1_000;

    /// <summary>Atomic actions that one lane keeps open at a time.</summary>
    public const int OpenActionsPerLaneMax = 100_000;

    /// <summary>Answers that a connected Server may owe one lane; past it, it gets no new branches (I12).</summary>
    public const int OwedAnswersPerServerMax = 100_000;

    /// <summary>Ended actions whose outcome one lane keeps until a Client acknowledges it (SEM-1).</summary>
    public const int OutcomesPerLaneMax = 100_000;

    /// <summary>Acknowledged commits that one lane remembers, to answer "forgotten" and not "rolled back".</summary>
    public const int AcknowledgedPerLaneMax = 16_384;

    /// <summary>Associations of one lane to one peer.</summary>
    public const int AssociationsPerPeerMax = 10_000;

    /// <summary>Servers that one node's Location Server registers; a list of them fits one frame.</summary>
    public const int RegistrationsMax = 1_000;

    /// <summary>Shortest lease of a registration; a shorter one that is asked for is made this long.</summary>
    public const int LeaseMsMin = 100;

    /// <summary>Longest lease of a registration; a longer one that is asked for is cut to this.</summary>
    public const int LeaseMsMax = 300_000;

    /// <summary>Addresses that one Server may state.</summary>
    public const int AddressesPerPlaceMax = 4;

    /// <summary>Octets of one address.</summary>
    public const int AddressOctetsMax = 128;

    /// <summary>Answers of peers that a Location Server remembers.</summary>
    public const int LocationCacheMax = 10_000;

    /// <summary>
    /// Look-ups that a Location Server has under way with its peers; past it the asker is told to retry.
    /// </summary>
    public const int LookUpsOutstandingMax = 1_000;

    /// <summary>Peers that one Location Server asks.</summary>
    public const int LocationPeersMax = 256;

    /// <summary>Identifiers of actions that one message leases to a session.</summary>
    public const int LeasedActionsMax = 1_024;

    /// <summary>Leases that one session may hold at a time; past it the oldest has to be given up first.</summary>
    public const int LeasesPerSessionMax = 64;

    /// <summary>Octets of the note about an application branch.</summary>
    public const int BranchNoteOctetsMax = 512;
}
