using System.Net.Sockets;

namespace Ccr.Transport;

/// <summary>A connected socket as carrier.</summary>
internal sealed class SocketCarrier : Carrier
{
    private readonly Socket _socket;

    internal SocketCarrier(Socket socket)
    {
        _socket = socket;
        socket.Blocking = false; // so that a flush never waits; asynchronous receives and sends are not touched by it
        PeerUserId = SocketPeer.UserIdOf(socket);
        Description = SocketPeer.Describe(socket, PeerUserId);
    }

    /// <inheritdoc/>
    internal override int? PeerUserId { get; }

    /// <inheritdoc/>
    internal override string Description { get; }

    /// <inheritdoc/>
    internal override SocketError TrySend(ReadOnlySpan<byte> octets, out int sent)
    {
        try
        {
            sent = _socket.Send(octets, SocketFlags.None, out SocketError error);
            return error;
        }
        catch (ObjectDisposedException)
        {
            sent = 0;
            return SocketError.OperationAborted;
        }
    }

    /// <inheritdoc/>
    internal override ValueTask<int> SendAsync(ReadOnlyMemory<byte> octets) =>
        _socket.SendAsync(octets, SocketFlags.None);

    /// <inheritdoc/>
    internal override ValueTask<int> ReceiveAsync(Memory<byte> room) => _socket.ReceiveAsync(room, SocketFlags.None);

    /// <inheritdoc/>
    internal override void Close()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The peer was faster: the socket is no longer connected, and that is all we wanted.
        }
        catch (ObjectDisposedException)
        {
            // The same.
        }

        _socket.Dispose();
    }
}
