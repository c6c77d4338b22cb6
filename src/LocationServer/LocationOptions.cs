using Ccr.Protocol;
using Ccr.Protocol.Names;

namespace Ccr.LocationServer;

/// <summary>How a node's Location Server is set up.</summary>
public sealed class LocationOptions
{
    /// <summary>The node's name.</summary>
    public string Node { get; set; } = "";

    /// <summary>The node's folder, laid out as <see cref="Ccr.Client.NodeLayout"/> says.</summary>
    public string DataDirectory { get; set; } = "";

    /// <summary>Where other Location Servers reach this one, HOST:PORT of the loopback; port 0: any free one.</summary>
    public string Listen { get; set; } = "127.0.0.1:0";

    /// <summary>
    /// Location Servers that are known from the start, each "NAME=HOST:PORT". The node's CCR Manager announces others,
    /// and newer addresses of these (SEM-7).
    /// </summary>
    public IList<string> Peers { get; } = [];

    /// <summary>How long a peer's answer is believed.</summary>
    public int CacheMs { get; set; } = 5_000;

    /// <summary>How long "nobody has it" is believed.</summary>
    public int RefusalCacheMs { get; set; } = 500;

    /// <summary>How long one look-up waits for the slowest peer.</summary>
    public int LookUpMs { get; set; } = 1_000;

    /// <summary>What is wrong with these options, in a sentence that says what to do; null when nothing is.</summary>
    public string? Complaint()
    {
        if (!NodeName.TryParse(Node, out _))
        {
            return $"'{Node}' is not a node name: use 1 to {Limits.NodeNameOctetsMax} characters of a-z, 0-9 and '-'.";
        }

        if (string.IsNullOrWhiteSpace(DataDirectory))
        {
            return "The node has no data directory: name one with --data DIRECTORY.";
        }

        if (CacheMs < 0 || RefusalCacheMs < 0 || LookUpMs < 1)
        {
            return "CacheMs and RefusalCacheMs are 0 or more, LookUpMs is 1 or more: correct the one that is not.";
        }

        foreach (string peer in Peers)
        {
            if (!TryParsePeer(peer, out _, out _))
            {
                return $"'{peer}' is no peer: write NAME=HOST:PORT, for example osaka=127.0.0.1:7412.";
            }
        }

        return Peers.Count > Limits.LocationPeersMax
            ? $"{Peers.Count} peers are configured; {Limits.LocationPeersMax} are the most allowed."
            : null;
    }

    /// <summary>The peers by name; of two for one name the later.</summary>
    internal Dictionary<NodeName, string> PeerAddresses()
    {
        Dictionary<NodeName, string> addresses = [];
        foreach (string peer in Peers)
        {
            if (TryParsePeer(peer, out NodeName node, out string address))
            {
                addresses[node] = address;
            }
        }

        return addresses;
    }

    private static bool TryParsePeer(string text, out NodeName node, out string address)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        address = text[(equals + 1)..];
        node = default;
        int colon = address.LastIndexOf(':');
        return equals > 0 && NodeName.TryParse(text[..equals], out node)
            && colon > 0 && ushort.TryParse(address.AsSpan(colon + 1), out ushort port) && port > 0;
    }
}
