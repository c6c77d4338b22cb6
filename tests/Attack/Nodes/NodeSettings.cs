using System.Net;
using System.Net.Sockets;

namespace Ccr.Attack;

/// <summary>The ports of one node's services: the same at every start.</summary>
internal sealed record NodePorts(int Manager, int Location, int Files)
{
    // Below those that the system gives to connections (ip_local_port_range): a service that was killed finds no
    // connection of somebody else on its port when it is started again.
    private const int LowestPort = 10_000;
    private const int HighestPort = 32_000;

    /// <summary>Three that are free now.</summary>
    public static NodePorts Free()
    {
        HashSet<int> ports = [];
        while (ports.Count < 3)
        {
            int port = Random.Shared.Next(LowestPort, HighestPort);
            using TcpListener probe = new(IPAddress.Loopback, port);
            try
            {
                probe.Start();
                ports.Add(port);
            }
            catch (SocketException)
            {
                // Somebody listens there: another one is drawn.
            }
        }

        int[] three = [.. ports];
        return new NodePorts(three[0], three[1], three[2]);
    }
}

/// <summary>The waits of a node under attack: short, so that faults last longer than they.</summary>
internal sealed record NodeSettings
{
    /// <summary>A silent link is pinged.</summary>
    public int PingIntervalMs { get; init; } = 500;

    /// <summary>A silent link is closed.</summary>
    public int PingTimeoutMs { get; init; } = 1_500;

    /// <summary>How long a lock is waited for (SEM-12).</summary>
    public int LockWaitMs { get; init; } = 300;

    /// <summary>Arguments of ccr-manager beside the common ones.</summary>
    public IReadOnlyList<string> MoreOfManager { get; init; } = [];

    /// <summary>Where the services' own words go; null: the node's folder.</summary>
    public string? Words { get; init; }

    /// <summary>What every service runs through.</summary>
    public IReadOnlyList<string> Through { get; init; } = [];

    internal string[] Manager() =>
    [
        "--recoverbackoffmsmin", "50", "--recoverbackoffmsmax", "500", "--votetimeoutms", "2000",
        "--begintimeoutms", "2000", "--actiontimeoutms", "6000", "--reconnectmsmax", "200",
        "--connecttimeoutms", "1000", "--locatetimeoutms", "1000", "--lanes", "2",
        "--pingintervalms", $"{PingIntervalMs}", "--pingtimeoutms", $"{PingTimeoutMs}", .. MoreOfManager,
    ];
}
