namespace Ccr.Client;

/// <summary>How a Client treats its manager.</summary>
public sealed record CcrClientOptions
{
    /// <summary>For people, in the manager's status: "ccrctl 0.1", "orders-service".</summary>
    public string Program { get; init; } = "client";

    /// <summary>Attempts to connect, with growing pauses, before the caller is told.</summary>
    public int ConnectAttempts { get; init; } = ClientLimits.ConnectAttemptsMax;

    /// <summary>How long an outcome is asked for after the session broke in the middle of TransClose.</summary>
    public TimeSpan OutcomePatience { get; init; } = ClientLimits.OutcomePatience;

    /// <summary>How long an arrived outcome waits for a message to ride along with (SEM-1).</summary>
    public TimeSpan AcknowledgeDelay { get; init; } = ClientLimits.AcknowledgeDelay;

    /// <summary>Takes lines about failed attempts to connect and lost sessions.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>The clock of every wait.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
