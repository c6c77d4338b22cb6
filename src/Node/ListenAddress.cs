using System.Net;
using System.Net.Sockets;
using Ccr.Client;

namespace Ccr.Node;

/// <summary>Chooses a port when the user named none: that of last time, so that peers find the node again.</summary>
internal static class ListenAddress
{
    private const int FirstPort = 7400;
    private const int LastPort = 7499;

    /// <summary>An address that is free now.</summary>
    /// <param name="layout">The node's folder, which remembers the last one.</param>
    /// <param name="note">A sentence when it is not the expected one; else null.</param>
    /// <exception cref="IOException">No port is free.</exception>
    public static string Choose(NodeLayout layout, out string? note)
    {
        note = null;
        string? last = NodeLayout.ReadAddress(layout.ManagerAddressFile);
        if (last is not null && IPEndPoint.TryParse(last, out IPEndPoint? known) && IPAddress.IsLoopback(known.Address))
        {
            if (IsFree(known))
            {
                return last;
            }

            note = $"{last}, where this node listened last time, is taken by another process.";
        }

        for (int port = FirstPort; port <= LastPort; port++)
        {
            IPEndPoint candidate = new(IPAddress.Loopback, port);
            if (IsFree(candidate))
            {
                return candidate.ToString();
            }
        }

        throw new IOException(
            $"Every port of 127.0.0.1 from {FirstPort} to {LastPort} is taken: "
            + "name a free one with --listen HOST:PORT.");
    }

    private static bool IsFree(IPEndPoint address)
    {
        using Socket probe = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(address);
            probe.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
