using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Logging;

namespace Ccr.LocationServer;

/// <summary>
/// The Location Servers of the other nodes: those configured, and those that this node's manager announces. What is
/// announced is newer than what was configured.
/// </summary>
internal sealed class PeerSet : IAsyncDisposable
{
    private readonly NodeName _node;
    private readonly Dictionary<NodeName, string> _configured;
    private readonly PeerDialer _dialer;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private Dictionary<NodeName, Peer> _peers = [];
    private NodeName[] _unplaced = [];
    private bool _closed;

    public PeerSet(NodeName node, Dictionary<NodeName, string> configured, PeerDialer dialer, ILogger log)
    {
        _node = node;
        _configured = configured;
        _dialer = dialer;
        _log = log;
        Announced([]);
    }

    public Peer[] All()
    {
        lock (_lock)
        {
            return [.. _peers.Values];
        }
    }

    /// <summary>Peers that cannot be asked: nobody has said yet where their Location Servers are.</summary>
    public NodeName[] Unplaced()
    {
        lock (_lock)
        {
            return _unplaced;
        }
    }

    /// <summary>The manager's whole list of peers; it takes the place of the one before.</summary>
    public void Announced(IReadOnlyList<Announcement> nodes)
    {
        Dictionary<NodeName, string> addresses = new(_configured);
        foreach (Announcement announced in nodes)
        {
            if (announced.LocationAddress.Length is > 0 and <= Limits.AddressOctetsMax)
            {
                addresses[announced.Identity.Node] = announced.LocationAddress;
            }
        }

        addresses.Remove(_node);
        NodeName[] unplaced = [.. nodes.Select(announced => announced.Identity.Node)
            .Where(node => node != _node && !addresses.ContainsKey(node))];
        List<Peer> gone;
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            gone = Replace(addresses);
            _unplaced = unplaced;
        }

        foreach (Peer peer in gone)
        {
            peer.Close($"Peer {peer.Node} is not reached at {peer.Address} any more.");
        }

        if (addresses.Count > Limits.LocationPeersMax)
        {
            _log.LogWarning(
                "{Count} peers are announced; look-ups ask the first {Most} of them, in order of names.",
                addresses.Count, Limits.LocationPeersMax);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Peer[] all;
        lock (_lock)
        {
            _closed = true;
            all = [.. _peers.Values];
            _peers = [];
        }

        foreach (Peer peer in all)
        {
            await peer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private List<Peer> Replace(Dictionary<NodeName, string> addresses)
    {
        Dictionary<NodeName, Peer> next = [];
        foreach ((NodeName node, string address) in addresses.OrderBy(a => a.Key).Take(Limits.LocationPeersMax))
        {
            next[node] = _peers.TryGetValue(node, out Peer? known) && known.Address == address
                ? known
                : new Peer(node, address, _dialer, _log);
        }

        List<Peer> gone = [.. _peers.Values.Where(peer => !next.ContainsValue(peer))];
        _peers = next;
        return gone;
    }
}
