using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Ccr.Transport;

/// <summary>The file of a listening Unix socket: its mode, and what to do when there is one already.</summary>
internal static partial class UnixSocketFile
{
    private const int AtFdCwd = -100;
    private const int AtSymlinkNoFollow = 0x100;
    private const uint StatxType = 1;
    private const int StatxModeOffset = 28; // stx_mode, the same on every architecture: see statx(2)
    private const int TypeMask = 0xF000;
    private const int TypeSocket = 0xC000;

    /// <summary>Binds, sets mode 0600 and only then listens: nobody else can connect in between.</summary>
    public static Socket Listen(string path)
    {
        RemoveStale(path);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            socket.Listen(TransportLimits.Backlog);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException(
                $"Cannot listen on unix:{path}: {e.Message} ({e.SocketErrorCode}). "
                + "The folder has to exist and to be writable for this user.", e);
        }
    }

    private static void RemoveStale(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        if (OperatingSystem.IsLinux() && !IsSocket(path))
        {
            throw new IOException(
                $"Cannot listen on unix:{path}: there is a file of that name which is no socket. Move it away.");
        }

        if (SomebodyAnswers(path))
        {
            throw new IOException(
                $"Cannot listen on unix:{path}: another process listens there. Stop it, or use another data folder.");
        }

        File.Delete(path);
    }

    private static bool SomebodyAnswers(string path)
    {
        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        probe.Blocking = false;
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e)
        {
            // Only a refusal proves that nobody listens; a full backlog (WouldBlock) or missing rights do not.
            return e.SocketErrorCode != SocketError.ConnectionRefused;
        }
    }

    private static bool IsSocket(string path)
    {
        Span<byte> statx = stackalloc byte[256];
        int failed = Statx(AtFdCwd, Encoding.UTF8.GetBytes(path + "\0"), AtSymlinkNoFollow, StatxType, statx);
        int mode = BinaryPrimitives.ReadUInt16LittleEndian(statx[StatxModeOffset..]);
        return failed == 0 && (mode & TypeMask) == TypeSocket;
    }

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int Statx(int directory, ReadOnlySpan<byte> path, int flags, uint mask, Span<byte> result);
}
