using System.Buffers.Binary;
using System.Net.Sockets;

namespace Ccr.Transport;

/// <summary>
/// Lets the kernel notice that the machine at the other end of a TCP connection has vanished: one that lost its power,
/// or a firewall that forgot the connection, says nothing, and who only waits for an answer would wait for ever.
/// </summary>
internal static class VanishedPeer
{
    private const int LevelTcp = 6; // IPPROTO_TCP
    private const int UserTimeout = 18; // TCP_USER_TIMEOUT, of Linux

    /// <summary>For connections over TCP; those of a Unix socket end with their process.</summary>
    internal static void Watch(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(
            SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, TransportLimits.KeepAliveAfterSeconds);
        socket.SetSocketOption(
            SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, TransportLimits.KeepAliveEverySeconds);
        socket.SetSocketOption(
            SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, TransportLimits.KeepAliveQuestions);
        if (OperatingSystem.IsLinux())
        {
            Span<byte> limitMs = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(limitMs, TransportLimits.UnacknowledgedMsMax);
            socket.SetRawSocketOption(LevelTcp, UserTimeout, limitMs);
        }
    }
}
