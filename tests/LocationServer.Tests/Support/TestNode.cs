using Ccr.Client;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ccr.LocationServer.Tests.Support;

/// <summary>A Location Server on a scratch folder and a free port.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ccr-loc-");
    private LocationService? _service;

    private TestNode(string name) => Options = new LocationOptions
    {
        Node = name,
        Data = _folder.FullName,
        SettleMs = 0,
    };

    public LocationOptions Options { get; }

    public NodeName Name => NodeName.Parse(Options.Node);

    public NodeLayout Layout => new(Options.Data);

    public string Address { get; private set; } = "";

    public static async Task<TestNode> StartAsync(
        string name, Action<LocationOptions>? configure = null, TimeProvider? time = null)
    {
        TestNode node = new(name);
        configure?.Invoke(node.Options);
        await node.StartAsync(time);
        return node;
    }

    /// <summary>Starts again, at the same address.</summary>
    public async Task StartAsync(TimeProvider? time = null)
    {
        _service = await LocationService.StartAsync(Options, time ?? TimeProvider.System, NullLogger.Instance);
        Address = _service.Address;
        Options.Listen = Address;
    }

    public async Task StopAsync()
    {
        if (_service is { } running)
        {
            await running.DisposeAsync();
        }
    }

    public Task<LocationClient> ConnectAsync() => LocationClient.ConnectAsync("unix:" + Layout.LocationSocket);

    public Task<LocationClient> ConnectAsPeerAsync() => LocationClient.ConnectAsync("tcp:" + Address);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Delete(recursive: true);
    }
}
