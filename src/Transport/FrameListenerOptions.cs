namespace Ccr.Transport;

/// <summary>How a listener treats those who connect.</summary>
public sealed record FrameListenerOptions
{
    /// <summary>Connections at a time; one more is closed at once, with a line in the log.</summary>
    public int ConnectionsMax { get; init; } = TransportLimits.ConnectionsMax;

    /// <summary>
    /// User ids that may connect to a Unix socket besides this process's own; the root user counts as any other.
    /// </summary>
    public IReadOnlyCollection<int> AllowedUserIds { get; init; } = [];

    /// <summary>
    /// True: connections from within this process to the Unix socket go past it, from memory to memory
    /// (<see cref="FrameDialer.DialAsync"/>).
    /// </summary>
    public bool TakesOwnProcess { get; init; }

    /// <summary>The limits of each connection.</summary>
    public FramedConnectionOptions Connection { get; init; } = new();

    /// <summary>Takes a line about a connection that was turned away or an accept that failed.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>The clock of the pause after a failed accept.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
