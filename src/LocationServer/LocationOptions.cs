using Ccr.Protocol;
using Ccr.Protocol.Names;

namespace Ccr.LocationServer;

/// <summary>How a node's Location Server is set up.</summary>
public sealed class LocationOptions
{
    /// <summary>The node's name.</summary>
    public string Node { get; set; } = "";

    /// <summary>The node's folder, laid out as <see cref="Ccr.Client.NodeLayout"/> says.</summary>
    public string Data { get; set; } = "";

    /// <summary>Where other Location Servers reach this one, HOST:PORT of the loopback; port 0: any free one.</summary>
    public string Listen { get; set; } = "127.0.0.1:0";

    /// <summary>
    /// Location Servers that are known from the start, node name to HOST:PORT. The node's CCR Manager announces others,
    /// and newer addresses of these (SEM-7).
    /// </summary>
    public Dictionary<string, string> Peers { get; } = new(StringComparer.Ordinal);

    /// <summary>How long a peer's answer is believed.</summary>
    public int CacheMs { get; set; } = 5_000;

    /// <summary>How long "nobody has it" is believed.</summary>
    public int RefusalCacheMs { get; set; } = 500;

    /// <summary>
    /// So long after its start nobody is told that there is no such Server: registrations live in memory alone, and
    /// the node's Servers are coming back with them.
    /// </summary>
    public int SettleMs { get; set; } = 3_000;

    /// <summary>How long one look-up waits for the slowest peer.</summary>
    public int LookUpMs { get; set; } = 1_000;

    /// <summary>What is wrong with these options, in a sentence that says what to do; null when nothing is.</summary>
    public string? Complaint()
    {
        if (!NodeName.TryParse(Node, out _))
        {
            return $"'{Node}' is not a node name: use 1 to {Limits.NodeNameOctetsMax} characters of a-z, 0-9 and '-'.";
        }

        if (string.IsNullOrWhiteSpace(Data))
        {
            return "The node has no data directory: name one with --data DIRECTORY.";
        }

        if (CacheMs < 0 || RefusalCacheMs < 0 || SettleMs < 0 || LookUpMs < 1)
        {
            return "CacheMs, RefusalCacheMs and SettleMs are 0 or more, LookUpMs is 1 or more: correct the one that is "
                + "not.";
        }

        foreach ((string peer, string address) in Peers)
        {
            if (!NodeName.TryParse(peer, out _) || !HasPort(address))
            {
                return $"'{peer}={address}' is no peer: write NAME=HOST:PORT, for example osaka=127.0.0.1:7412.";
            }
        }

        return Peers.Count > Limits.LocationPeersMax
            ? $"{Peers.Count} peers are configured; {Limits.LocationPeersMax} are the most allowed."
            : null;
    }

    private static bool HasPort(string address)
    {
        int colon = address.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(address.AsSpan(colon + 1), out ushort port) && port > 0;
    }
}
