using System.Net.Sockets;

namespace Ccr.Transport;

/// <summary>What carries the octets of a connection, in both directions: a socket, or memory of this process.</summary>
internal abstract class Carrier
{
    /// <summary>The user id of the process at the other end, where the system tells it.</summary>
    internal abstract int? PeerUserId { get; }

    /// <summary>For people.</summary>
    internal abstract string Description { get; }

    /// <summary>Takes octets as far as there is room now, on the caller's thread.</summary>
    /// <param name="octets">The octets.</param>
    /// <param name="sent">How many of them, from the first on, were taken.</param>
    /// <returns>Success or WouldBlock; anything else: the connection is broken.</returns>
    internal abstract SocketError TrySend(ReadOnlySpan<byte> octets, out int sent);

    /// <summary>Takes at least one of the octets, as soon as there is room; how many.</summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">This side closed it.</exception>
    internal abstract ValueTask<int> SendAsync(ReadOnlyMemory<byte> octets);

    /// <summary>How many octets were put into the room; 0: the peer has ended.</summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">This side closed it.</exception>
    internal abstract ValueTask<int> ReceiveAsync(Memory<byte> room);

    /// <summary>Ends both directions. What was taken to be sent still reaches a peer that reads.</summary>
    internal abstract void Close();
}
