using System.Net;
using System.Net.Sockets;

namespace Ccr.Transport;

/// <summary>Connects to a <see cref="FrameListener"/>. It tries once: repeat it from outside.</summary>
public static class FrameDialer
{
    /// <summary>Connects.</summary>
    /// <param name="address">"unix:PATH" or "tcp:HOST:PORT".</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="IOException">Nobody could be reached there; the message says where and why.</exception>
    /// <exception cref="FormatException">The address is none.</exception>
    public static async Task<Socket> ConnectAsync(string address, CancellationToken cancellation)
    {
        FrameAddress target = FrameAddress.Parse(address);
        SocketException? last = null;
        try
        {
            foreach (EndPoint endPoint in await target.ResolveAsync(cancellation).ConfigureAwait(false))
            {
                Socket socket = NewSocket(endPoint.AddressFamily);
                try
                {
                    await socket.ConnectAsync(endPoint, cancellation).ConfigureAwait(false);
                    return socket;
                }
                catch (SocketException e)
                {
                    last = e;
                    socket.Dispose();
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            }
        }
        catch (SocketException e)
        {
            last = e;
        }

        throw new IOException($"Nobody answers at {target}: {Reason(target, last)}", last);
    }

    /// <summary>
    /// Connects and begins to receive; past the socket where this process itself listens there
    /// (<see cref="FrameListenerOptions.TakesOwnProcess"/>).
    /// </summary>
    /// <inheritdoc cref="ConnectAsync"/>
    public static async Task<FramedConnection> DialAsync(
        string address, IFrameSink sink, CancellationToken cancellation)
    {
        FrameAddress target = FrameAddress.Parse(address);
        return target.IsUnix && OwnListeners.Find(target.Path)?.TryTake(sink) is { } own
            ? own
            : FramedConnection.Start(await ConnectAsync(address, cancellation).ConfigureAwait(false), sink);
    }

    internal static Socket NewSocket(AddressFamily family)
    {
        bool isUnix = family == AddressFamily.Unix;
        Socket socket = new(family, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        if (!isUnix)
        {
            socket.NoDelay = true;
            VanishedPeer.Watch(socket);
        }

        return socket;
    }

    private static string Reason(FrameAddress target, SocketException? e)
    {
        if (target.IsUnix && !File.Exists(target.Path))
        {
            return "there is no such socket. Is the service started, and is this its data folder?";
        }

        return e?.SocketErrorCode switch
        {
            null => "the host has no address.",
            SocketError.ConnectionRefused => "the connection was refused. Is the service started?",
            SocketError.AccessDenied => "this user may not connect to it. Run as the user who started the service.",
            _ => $"{e.Message} ({e.SocketErrorCode}).",
        };
    }
}
