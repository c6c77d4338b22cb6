using System.Net;
using System.Net.Sockets;

namespace Ccr.Attack;

/// <summary>
/// Two namespaces joined by a wire, one node in each. A node listens on its own loopback only (SEM-23): relays of ours
/// carry its connections over the wire, and what nft and tc do there is done to them.
/// </summary>
internal sealed class Wire : IDisposable
{
    private readonly NetSpace[] _spaces;
    private readonly List<Relay> _relays = [];

    private static readonly IPAddress[] Addresses = [IPAddress.Parse("10.77.0.1"), IPAddress.Parse("10.77.0.2")];

    public Wire(int seed)
    {
        NetSpace.RemoveLeft();
        Faults = new RelayFaults(seed);
        _spaces = [new NetSpace("a")];
        try
        {
            _spaces = [_spaces[0], new NetSpace("b")];
            NetSpace.Join(_spaces[0], Addresses[0], _spaces[1], Addresses[1]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the relays do.</summary>
    public RelayFaults Faults { get; }

    /// <summary>What a service of a node runs through.</summary>
    public IReadOnlyList<string> Through(int node) => _spaces[node].Through;

    /// <summary>
    /// Carries each port of each node: at its peer's loopback under the same number, and here for the Clients, who are
    /// at the other node.
    /// </summary>
    public void Carry(NodePorts[] ports)
    {
        for (int node = 0; node < ports.Length; node++)
        {
            NetSpace own = _spaces[node];
            NetSpace other = _spaces[1 - node];
            foreach (int port in new[] { ports[node].Manager, ports[node].Location, ports[node].Files })
            {
                IPEndPoint loopback = new(IPAddress.Loopback, port);
                IPEndPoint wire = new(Addresses[node], port);
                _relays.Add(new Relay(own.NewSocket(), wire, own.NewSocket, loopback, Faults));
                _relays.Add(new Relay(other.NewSocket(), loopback, other.NewSocket, wire, Faults));
            }

            IPEndPoint files = new(IPAddress.Loopback, ports[node].Files);
            _relays.Add(new Relay(
                new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), files,
                other.NewSocket, new IPEndPoint(Addresses[node], ports[node].Files), Faults));
        }
    }

    /// <summary>Rules for what comes in over the wire at one end; "drop", "numgen random mod 100 lt 30 drop".</summary>
    public void Filter(int node, string rule)
    {
        _spaces[node].Run(
            "nft", "add table inet attack; "
            + "add chain inet attack in { type filter hook input priority 0; policy accept; }; "
            + $"add rule inet attack in iifname \"wire\" {rule}");
    }

    /// <summary>What leaves a node over the wire leaves slowly.</summary>
    public void Slow(int node, string rate) => _spaces[node].Run(
        "tc", "qdisc", "add", "dev", "wire", "root", "tbf", "rate", rate, "burst", "4kb", "latency", "400ms");

    /// <summary>Every connection of the relays loses one direction.</summary>
    public void HalfClose() => _relays.ForEach(r => r.HalfClose());

    /// <summary>Nothing stands in the way any more.</summary>
    public void Heal()
    {
        Faults.DelayMsMax = 0;
        foreach (NetSpace space in _spaces)
        {
            space.Run("nft", "flush", "ruleset");
            space.Run("tc", "qdisc", "replace", "dev", "wire", "root", "pfifo");
        }
    }

    public void Dispose()
    {
        foreach (Relay relay in _relays)
        {
            relay.Dispose();
        }

        foreach (NetSpace space in _spaces)
        {
            space.Dispose();
        }
    }
}
