using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ccr.Transport;

/// <summary>Where a listener is: "unix:PATH" or "tcp:HOST:PORT" (an IPv6 host in brackets).</summary>
public sealed record FrameAddress
{
    private FrameAddress(string? path, string? host, int port)
    {
        Path = path;
        Host = host;
        Port = port;
    }

    /// <summary>The path of a Unix socket, or null.</summary>
    public string? Path { get; }

    /// <summary>The host of a TCP address, or null.</summary>
    public string? Host { get; }

    /// <summary>The TCP port; 0 lets the system choose where a listener is started.</summary>
    public int Port { get; }

    /// <summary>True for "unix:PATH".</summary>
    [MemberNotNullWhen(true, nameof(Path))]
    [MemberNotNullWhen(false, nameof(Host))]
    public bool IsUnix => Path is not null;

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException">It is none; the message says what one looks like.</exception>
    public static FrameAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            return ParseUnix(text["unix:".Length..]);
        }

        if (text.StartsWith("tcp:", StringComparison.Ordinal) && text.LastIndexOf(':') is int colon and > 4)
        {
            string host = text[4..colon].Trim('[', ']');
            bool isPort = int.TryParse(
                text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port);
            if (host.Length > 0 && isPort && port <= IPEndPoint.MaxPort)
            {
                return new FrameAddress(null, host, port);
            }
        }

        throw new FormatException($"'{text}' is no address: write unix:PATH or tcp:HOST:PORT.");
    }

    /// <summary>The address as it is written.</summary>
    public override string ToString() => IsUnix ? $"unix:{Path}"
        : Host.Contains(':', StringComparison.Ordinal) ? $"tcp:[{Host}]:{Port}" : $"tcp:{Host}:{Port}";

    /// <summary>The end points to try, in order.</summary>
    internal async ValueTask<IReadOnlyList<EndPoint>> ResolveAsync(CancellationToken cancellation)
    {
        if (IsUnix)
        {
            return [new UnixDomainSocketEndPoint(Path)];
        }

        if (IPAddress.TryParse(Host, out IPAddress? literal))
        {
            return [new IPEndPoint(literal, Port)];
        }

        IPAddress[] addresses = await Dns.GetHostAddressesAsync(Host, cancellation).ConfigureAwait(false);
        return [.. addresses.Select(a => new IPEndPoint(a, Port))];
    }

    private static FrameAddress ParseUnix(string path)
    {
        int octets = Encoding.UTF8.GetByteCount(path);
        if (octets == 0)
        {
            throw new FormatException("'unix:' names no socket: write unix:PATH.");
        }

        if (octets > TransportLimits.UnixPathOctetsMax)
        {
            throw new FormatException(
                $"The socket path '{path}' has {octets} octets; the system allows {TransportLimits.UnixPathOctetsMax}. "
                + "Choose a data folder with a shorter path.");
        }

        return new FrameAddress(path, null, 0);
    }
}
