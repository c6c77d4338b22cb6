using System.Net;
using System.Net.Sockets;
using Ccr.Client;

namespace Ccr.Http.Tests;

/// <summary>A node as a process of its own, that a failpoint kills and that comes back.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private const string OnDisk = "/var/tmp"; // a log in memory is refused

    private readonly string _name;
    private readonly string _listen;
    private readonly string _peer;
    private Child _child = null!;

    private NodeProcess(string name, string peer)
    {
        _name = name;
        _peer = peer;
        Folder = Directory.CreateDirectory(Path.Combine(
            Directory.Exists(OnDisk) ? OnDisk : Path.GetTempPath(), "ccr-" + Path.GetRandomFileName())).FullName;
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        _listen = $"127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
    }

    public string Folder { get; }

    public bool HasExited => _child.HasExited;

    public NodeLayout Layout => new(Folder);

    public static Task<NodeProcess> StartAsync(string name, string tokyo, string failpoint) =>
        StartAsync(name, "tokyo", tokyo, failpoint);

    /// <summary>Starts one that knows one peer.</summary>
    public static async Task<NodeProcess> StartAsync(string name, string peer, string address, string failpoint)
    {
        NodeProcess node = new(name, $"{peer}={address}");
        await node.StartAsync(failpoint);
        return node;
    }

    public Task KilledAsync() => _child.ExitedAsync();

    public async Task StartAgainAsync()
    {
        await _child.DisposeAsync();
        await StartAsync(failpoint: null);
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task StartAsync(string? failpoint)
    {
        _child = Child.Start(
            "Ccr.Node", "ccr-node", Folder, failpoint, "--node", _name, "--data", Folder, "--listen", _listen,
            "--peer", _peer);
        await _child.LineAsync();
        await using CcrClient client = await CcrClient.ConnectAsync(new NodeLayout(Folder).ManagerSocket);
    }
}
