using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Ccr.Transport;

/// <summary>Who is at the other end of a socket.</summary>
internal static partial class SocketPeer
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17; // struct ucred { pid_t pid; uid_t uid; gid_t gid; }, see unix(7)

    /// <summary>The effective user id of this process; 0 where there is none (Windows).</summary>
    public static int OwnUserId => OperatingSystem.IsLinux() ? (int)GetEffectiveUserId() : 0;

    /// <summary>The user id of the peer of a Unix socket, as the kernel tells it; null for anything else.</summary>
    public static int? UserIdOf(Socket socket) => Credentials(socket) is { } peer ? peer.UserId : null;

    public static string Describe(Socket socket, int? userId)
    {
        try
        {
            if (socket.AddressFamily != AddressFamily.Unix)
            {
                return $"tcp:{socket.RemoteEndPoint}";
            }

            string path = socket.LocalEndPoint?.ToString() is { Length: > 0 } own ? own : $"{socket.RemoteEndPoint}";
            return userId is null
                ? $"unix:{path}"
                : $"unix:{path} (uid {userId}, pid {Credentials(socket)?.ProcessId})";
        }
        catch (SocketException)
        {
            return "a connection that is gone already";
        }
    }

    private static (int ProcessId, int UserId)? Credentials(Socket socket)
    {
        if (socket.AddressFamily != AddressFamily.Unix || !OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> ucred = stackalloc byte[12];
        try
        {
            int length = socket.GetRawSocketOption(SolSocket, SoPeerCred, ucred);
            return length < 12
                ? null
                : (BinaryPrimitives.ReadInt32LittleEndian(ucred), BinaryPrimitives.ReadInt32LittleEndian(ucred[4..]));
        }
        catch (SocketException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
