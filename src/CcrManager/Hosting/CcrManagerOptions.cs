using Ccr.Protocol.Names;

namespace Ccr.CcrManager;

/// <summary>
/// What an operator may set of a CCR Manager: the configuration section "Ccr". Times in milliseconds.
/// </summary>
public sealed class CcrManagerOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Ccr";

    /// <summary>
    /// The node's name: 1 to 24 characters of a-z, 0-9 and '-'. It stays for the life of the log (SEM-6).
    /// </summary>
    public string Node { get; set; } = "";

    /// <summary>The node's folder: sockets, log, peers, trace.</summary>
    public string Data { get; set; } = "";

    /// <summary>Where to listen for peers, "HOST:PORT": loopback only until mutual TLS is there (SEM-23).</summary>
    public string Listen { get; set; } = "127.0.0.1:0";

    /// <summary>How many lanes; 0: one for each processor. At most 256.</summary>
    public int Lanes { get; set; }

    /// <summary>Nodes to begin with, name to HOST:PORT; more are learned from announcements (SEM-7).</summary>
    public Dictionary<string, string> Peers { get; } = new(StringComparer.Ordinal);

    /// <summary>Octets that the log may have on disk (SEM-19).</summary>
    public long LogLimitBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Accept a data directory in memory, where nothing survives the machine: for tests and benchmarks.
    /// </summary>
    public bool AllowVolatileDirectory { get; set; }

    /// <summary>An action whose Client gave no limit is rolled back when it is not closed by then.</summary>
    public int ActionTimeoutMs { get; set; } = 60_000;

    /// <summary>Begin at a Server or a node that is not answered by then is refused.</summary>
    public int BeginTimeoutMs { get; set; } = 10_000;

    /// <summary>Prepare that is not answered by then counts as no.</summary>
    public int VoteTimeoutMs { get; set; } = 30_000;

    /// <summary>
    /// An application branch that its owner has not ended so long after the decision is ended by its database's Server.
    /// </summary>
    public int OwnerTimeoutMs { get; set; } = 15_000;

    /// <summary>First wait between two tries of recovery; it doubles.</summary>
    public int RecoverBackoffMsMin { get; set; } = 1_000;

    /// <summary>Longest wait between two tries of recovery.</summary>
    public int RecoverBackoffMsMax { get; set; } = 60_000;

    /// <summary>How long an outcome is kept for a Client that has not acknowledged it (SEM-1).</summary>
    public long OutcomeRetentionMs { get; set; } = 24L * 60 * 60 * 1000;

    /// <summary>One-phase commitment of an action with a single Server, on this node (SEM-5).</summary>
    public bool OnePhaseLocally { get; set; } = true;

    /// <summary>A session or link that has not said hello by then is closed.</summary>
    public int HelloTimeoutMs { get; set; } = 5_000;

    /// <summary>A Client that has opened no action by then is closed; it may connect again.</summary>
    public int OpenTimeoutMs { get; set; } = 600_000;

    /// <summary>How long a question where a Server is may wait for the Location Server.</summary>
    public int LocateTimeoutMs { get; set; } = 3_000;

    /// <summary>How long one attempt to open a link may take, the hellos included.</summary>
    public int ConnectTimeoutMs { get; set; } = 3_000;

    /// <summary>How often an attempt to open a link is repeated before it counts as failed.</summary>
    public int ConnectRetries { get; set; } = 3;

    /// <summary>First wait between two attempts to open a link; it doubles, with jitter.</summary>
    public int ConnectRetryDelayMs { get; set; } = 50;

    /// <summary>Longest wait between two attempts to find a known node again.</summary>
    public int ReconnectMsMax { get; set; } = 5_000;

    /// <summary>A link that was silent for so long is pinged.</summary>
    public int PingIntervalMs { get; set; } = 5_000;

    /// <summary>A link that was silent for so long is closed.</summary>
    public int PingTimeoutMs { get; set; } = 15_000;

    /// <summary>How long a clean stop waits for actions to end.</summary>
    public int StopTimeoutMs { get; set; } = 5_000;

    /// <summary>How long a trace waits for other nodes.</summary>
    public int TraceTimeoutMs { get; set; } = 2_000;

    /// <summary>Record events for sequence charts.</summary>
    public bool Trace { get; set; } = true;

    /// <summary>Octets that recorded events may have on disk.</summary>
    public long TraceLimitBytes { get; set; } = 32L << 20;

    /// <summary>
    /// On a failure that the manager cannot go on from: true ends the process at once, with an exit code that is not
    /// zero (the stand-alone executable); false asks the application's host to stop, and answers nobody (SEM-17).
    /// </summary>
    public bool ExitOnFailure { get; set; }

    /// <summary>The configured peers by name; what is no peer is left out (validation has said so).</summary>
    internal Dictionary<NodeName, string> PeerAddresses()
    {
        Dictionary<NodeName, string> addresses = [];
        foreach ((string name, string address) in Peers)
        {
            if (NodeName.TryParse(name, out NodeName node))
            {
                addresses[node] = address;
            }
        }

        return addresses;
    }
}
