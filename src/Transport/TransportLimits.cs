namespace Ccr.Transport;

/// <summary>The limits of the transport, in one place.</summary>
public static class TransportLimits
{
    /// <summary>Octets that may wait to be sent on one connection.</summary>
    public const int OutOctetsMax = 8 << 20;

    /// <summary>Octets of a receive buffer to begin with.</summary>
    public const int ReceiveBufferOctets = 16 << 10;

    /// <summary>A receive buffer that had to grow past this is given back when it is empty.</summary>
    public const int ReceiveBufferKeptOctets = 128 << 10;

    /// <summary>An out buffer that had to grow past this is given back when it is empty.</summary>
    public const int OutBufferKeptOctets = 256 << 10;

    /// <summary>Octets that are kept for a peer in the same process, in one direction.</summary>
    public const int MemoryOctetsMax = 256 << 10;

    /// <summary>Octets of a Unix socket's path (sun_path less its terminator).</summary>
    public const int UnixPathOctetsMax = 107;

    /// <summary>Connections of one listener at a time.</summary>
    public const int ConnectionsMax = 10_000;

    /// <summary>Connections that the kernel keeps before they are accepted.</summary>
    public const int Backlog = 512;

    /// <summary>How long a listener waits after a failed accept (no descriptors left) before the next.</summary>
    public const int AcceptPauseMs = 50;

    /// <summary>A TCP connection that is silent for so long is asked whether its peer is still there.</summary>
    public const int KeepAliveAfterSeconds = 10;

    /// <summary>Seconds between those questions.</summary>
    public const int KeepAliveEverySeconds = 2;

    /// <summary>Questions without an answer until the connection is given up.</summary>
    public const int KeepAliveQuestions = 5;

    /// <summary>How long octets that were sent over TCP may stay unacknowledged: then it is given up too.</summary>
    public const int UnacknowledgedMsMax = 20_000;
}
