using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>Who a Server is, and where its node's services are.</summary>
public sealed record CcrServerOptions
{
    /// <summary>The Server's name, unique over all nodes: "tokyo.files".</summary>
    public required string Name { get; init; }

    /// <summary>What sort of Server it is: "files", "counter".</summary>
    public required string Kind { get; init; }

    /// <summary>Raised at each start and kept with the Server's own data, so that two claims compare (SEM-7).</summary>
    public required long Incarnation { get; init; }

    /// <summary>Where Clients reach it, "unix:PATH" or "tcp:HOST:PORT"; empty when it lives in a Client.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>The path of the manager's Unix socket (<see cref="NodeLayout.ManagerSocket"/>).</summary>
    public required string ManagerSocket { get; init; }

    /// <summary>The path of the Location Server's Unix socket; null: the Server is not registered there.</summary>
    public string? LocationSocket { get; init; }

    /// <summary>The lease asked of the Location Server; renewed when a third of it has passed.</summary>
    public TimeSpan Lease { get; init; } = ClientLimits.Lease;

    /// <summary>
    /// The highest identity of this node's manager that the Server has seen in earlier starts, or null. Another log, or
    /// a lower epoch, is refused (SEM-6); forget it only after <c>ccrctl node reset</c>.
    /// </summary>
    public ManagerIdentity? ManagerSeen { get; init; }

    /// <summary>Called when a higher identity is seen: keep it durably for <see cref="ManagerSeen"/>.</summary>
    public Action<ManagerIdentity>? OnManagerSeen { get; init; }

    /// <summary>
    /// True: orders run on the thread that received them. Only for a resource that never waits for a disk or a lock.
    /// </summary>
    public bool RunsInline { get; init; }

    /// <summary>
    /// How long Prepare waits for requests at work to end before it is refused (SEM-8). Zero where an answer is sent
    /// only after its request has left; more where the Client may be faster, as over HTTP.
    /// </summary>
    public TimeSpan RequestPatience { get; init; }

    /// <summary>For people, in the manager's status: "ccr-files 0.1".</summary>
    public string Program { get; init; } = "server";

    /// <summary>Takes lines about lost and found sessions and about calls of the resource that failed.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>The clock of every wait.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
