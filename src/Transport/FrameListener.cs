using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Ccr.Transport;

/// <summary>
/// Accepts connections on a Unix socket (mode 0600, the peer's user id checked) or on a TCP port of the loopback
/// interface, and gives the frames of all of them to one sink.
/// </summary>
public sealed class FrameListener : IAsyncDisposable
{
    private const string Stopping = "This side stops listening.";

    private readonly Socket _socket;
    private readonly IFrameSink _sink;
    private readonly FrameListenerOptions _options;
    private readonly ConcurrentDictionary<FramedConnection, bool> _connections = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _disposed;

    private FrameListener(Socket socket, FrameAddress address, IFrameSink sink, FrameListenerOptions options)
    {
        _socket = socket;
        _sink = sink;
        _options = options;
        Address = address.IsUnix
            ? address.ToString()
            : $"tcp:{(IPEndPoint)socket.LocalEndPoint!}";
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where it listens, with the port that the system chose: "unix:PATH" or "tcp:HOST:PORT".</summary>
    public string Address { get; }

    /// <summary>How many connections are open now.</summary>
    public int Connections => _connections.Count;

    /// <summary>Begins to listen.</summary>
    /// <param name="address">"unix:PATH" or "tcp:HOST:PORT"; port 0 lets the system choose.</param>
    /// <param name="sink">Gets <see cref="IFrameSink.OnOpened"/> for each accepted connection, then its frames.</param>
    /// <param name="options">Limits and rights.</param>
    /// <exception cref="IOException">It cannot listen there; the message says why and what to do.</exception>
    /// <exception cref="FormatException">The address is none.</exception>
    public static FrameListener Start(string address, IFrameSink sink, FrameListenerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sink);
        FrameAddress place = FrameAddress.Parse(address);
        Socket socket = place.IsUnix ? UnixSocketFile.Listen(place.Path) : ListenOnLoopback(place);
        FrameListener listener = new(socket, place, sink, options ?? new FrameListenerOptions());
        if (listener._options.TakesOwnProcess && place.IsUnix)
        {
            OwnListeners.Add(place.Path, listener);
        }

        return listener;
    }

    /// <summary>A connection from within this process to this listener; null when it takes none.</summary>
    internal FramedConnection? TryTake(IFrameSink sink)
    {
        if (_stopping.IsCancellationRequested || IsFull)
        {
            return null;
        }

        (MemoryCarrier one, MemoryCarrier other) = MemoryCarrier.NewPair();
        FramedConnection taken = Take(one);
        if (_stopping.IsCancellationRequested)
        {
            taken.Close(Stopping); // it came too late to be among those that the end closes
        }

        return FramedConnection.Start(other, sink, null);
    }

    /// <summary>Stops listening, closes every connection and waits until the sink has been told of each.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (FrameAddress.Parse(Address) is { IsUnix: true } place)
        {
            OwnListeners.Remove(place.Path, this);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        _socket.Dispose(); // removes a Unix socket's file as well
        await _accepting.ConfigureAwait(false);
        foreach (FramedConnection connection in _connections.Keys)
        {
            connection.Close(Stopping);
        }

        foreach (FramedConnection connection in _connections.Keys)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private bool IsFull => _connections.Count >= _options.ConnectionsMax;

    private static Socket ListenOnLoopback(FrameAddress place)
    {
        IPAddress? host = place.Host == "localhost" ? IPAddress.Loopback
            : IPAddress.TryParse(place.Host, out IPAddress? literal) ? literal : null;
        if (host is null || !IPAddress.IsLoopback(host))
        {
            throw new IOException(
                $"Will not listen on {place}: what goes over it is neither encrypted nor proves who sent it, so it "
                + "must not leave this machine. Listen on 127.0.0.1 or [::1] until mutual TLS is there.");
        }

        Socket socket = FrameDialer.NewSocket(host.AddressFamily);
        try
        {
            socket.Bind(new IPEndPoint(host, place.Port));
            socket.Listen(TransportLimits.Backlog);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException(
                e.SocketErrorCode == SocketError.AddressAlreadyInUse
                    ? $"Cannot listen on {place}: another process listens there. Stop it, or choose another port."
                    : $"Cannot listen on {place}: {e.Message} ({e.SocketErrorCode}).", e);
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Admit(await _socket.AcceptAsync(_stopping.Token).ConfigureAwait(false));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e) when (!_stopping.IsCancellationRequested)
            {
                _options.Log?.Invoke(
                    $"{Address}: a connection could not be accepted: {e.Message} ({e.SocketErrorCode}).");
                await PauseAsync().ConfigureAwait(false);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private async Task PauseAsync()
    {
        try
        {
            TimeSpan pause = TimeSpan.FromMilliseconds(TransportLimits.AcceptPauseMs);
            await Task.Delay(pause, _options.Time, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the accept loop sees it next.
        }
    }

    private void Admit(Socket socket)
    {
        if (Objection(socket) is string objection)
        {
            _options.Log?.Invoke($"{Address}: {objection}");
            socket.Dispose();
            return;
        }

        if (socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
            VanishedPeer.Watch(socket);
        }

        Take(new SocketCarrier(socket));
    }

    private FramedConnection Take(Carrier carrier)
    {
        FramedConnection connection = FramedConnection.Start(carrier, _sink, _options.Connection);
        _connections.TryAdd(connection, true);
        connection.Ended.ContinueWith(
            static (_, state) =>
            {
                (FrameListener listener, FramedConnection ended) = ((FrameListener, FramedConnection))state!;
                listener._connections.TryRemove(ended, out bool _);
            },
            (this, connection), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return connection;
    }

    private string? Objection(Socket socket)
    {
        if (IsFull)
        {
            return $"a connection was turned away: {_options.ConnectionsMax} are open, and no more are allowed.";
        }

        if (socket.AddressFamily != AddressFamily.Unix || !OperatingSystem.IsLinux())
        {
            return null;
        }

        int? userId = SocketPeer.UserIdOf(socket);
        bool allowed = userId is int id && (id == SocketPeer.OwnUserId || _options.AllowedUserIds.Contains(id));
        return allowed ? null : $"a connection was turned away: user id {userId} may not connect.";
    }
}
