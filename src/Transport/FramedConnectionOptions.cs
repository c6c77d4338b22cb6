using Ccr.Protocol;

namespace Ccr.Transport;

/// <summary>The limits of one connection.</summary>
public sealed record FramedConnectionOptions
{
    /// <summary>Octets of one received or sent frame, its header included. Past it the connection is closed.</summary>
    public int FrameOctetsMax { get; init; } = Limits.FrameOctetsMax;

    /// <summary>
    /// Octets that may wait to be sent. Past it the peer does not read, and the connection is closed.
    /// </summary>
    public int OutOctetsMax { get; init; } = TransportLimits.OutOctetsMax;

    /// <summary>Octets of the receive buffer to begin with; it grows as a longer frame comes in.</summary>
    public int ReceiveBufferOctets { get; init; } = TransportLimits.ReceiveBufferOctets;

    /// <summary>What <see cref="FramedConnection.Tag"/> is at the start.</summary>
    public object? Tag { get; init; }
}
