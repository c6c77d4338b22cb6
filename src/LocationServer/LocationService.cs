using Ccr.Client;
using Ccr.Protocol.Names;
using Ccr.Transport;
using Microsoft.Extensions.Logging;

namespace Ccr.LocationServer;

/// <summary>
/// The Location Server of one node: Servers register at its Unix-domain socket, Location Servers of other nodes ask at
/// its TCP port, and the node's CCR Manager asks in a session that this service keeps. A Client names a Server and
/// never sees an address.
/// </summary>
public sealed class LocationService : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly FrameListener _nodeListener;
    private readonly FrameListener _peerListener;
    private readonly PeerSet _peers;
    private readonly Task _managerSession;
    private bool _disposed;

    private LocationService(
        FrameListener nodeListener, FrameListener peerListener, PeerSet peers,
        Func<CancellationToken, Task> managerSession)
    {
        _nodeListener = nodeListener;
        _peerListener = peerListener;
        _peers = peers;
        _managerSession = Task.Run(() => managerSession(_stopping.Token));
    }

    /// <summary>Where other Location Servers reach this one, HOST:PORT.</summary>
    public string Address => HostAndPort(_peerListener);

    /// <summary>Begins to serve.</summary>
    /// <exception cref="ArgumentException">The options are wrong; the message is a sentence for the user.</exception>
    /// <exception cref="IOException">A socket cannot be had; the message is a sentence for the user.</exception>
    public static async Task<LocationService> StartAsync(LocationOptions options, TimeProvider time, ILogger log)
    {
        if (options.Complaint() is { } complaint)
        {
            throw new ArgumentException(complaint);
        }

        NodeName node = NodeName.Parse(options.Node);
        NodeLayout layout = new(options.Data);
        SharedTable table = new(
            new LocationTable(node, options.CacheMs, options.RefusalCacheMs, options.SettleMs), time);
        PeerDialer dialer = new(time);
        PeerSet peers = new(
            node, options.Peers.ToDictionary(peer => NodeName.Parse(peer.Key), peer => peer.Value), dialer, log);
        LookUps lookUps = new(table, peers, time, TimeSpan.FromMilliseconds(options.LookUpMs));
        FrameListenerOptions listening = new() { Log = line => log.LogWarning("{Line}", line), Time = time };

        FrameListener peerListener = FrameListener.Start(
            "tcp:" + options.Listen, new PeerSink(node, table, log), listening);
        try
        {
            FrameListener nodeListener = FrameListener.Start(
                "unix:" + layout.LocationSocket, new NodeSink(table, lookUps, log), listening);
            string address = HostAndPort(peerListener);
            NodeLayout.WriteAddress(layout.LocationAddressFile, address);
            ManagerSession session = new(
                node, layout.ManagerSocket, address, lookUps, peers, dialer, time, log);
            return new LocationService(nodeListener, peerListener, peers, session.RunAsync);
        }
        catch
        {
            await peerListener.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops: closes the session, the connections and the sockets.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _managerSession.ConfigureAwait(false);
        await _nodeListener.DisposeAsync().ConfigureAwait(false);
        await _peerListener.DisposeAsync().ConfigureAwait(false);
        await _peers.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static string HostAndPort(FrameListener listener) => listener.Address["tcp:".Length..];
}
