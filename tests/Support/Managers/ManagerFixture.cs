using Ccr.CcrManager;
using Ccr.Client;
using Microsoft.Extensions.Options;

namespace Ccr.TestSupport;

/// <summary>
/// A real CCR Manager in the test's process: real sockets, a real log, a folder of its own. Linked into the test
/// projects that want one. <see cref="StopAsync"/> stops it cleanly, <see cref="CrashAsync"/> as if it had died.
/// </summary>
public sealed class ManagerFixture : IAsyncDisposable
{
    private readonly Action<CcrManagerOptions>? _configure;
    private readonly TimeProvider _time;
    private CcrManagerService? _service;

    private ManagerFixture(string node, Action<CcrManagerOptions>? configure, TimeProvider? time)
    {
        Node = node;
        _configure = configure;
        _time = time ?? TimeProvider.System;
        Folder = Directory.CreateTempSubdirectory("ccr-m").FullName;
        Layout = new NodeLayout(Folder);
    }

    /// <summary>The node's name.</summary>
    public string Node { get; }

    /// <summary>The node's folder; removed at the end.</summary>
    public string Folder { get; }

    public NodeLayout Layout { get; }

    /// <summary>What the manager wrote to its log for people.</summary>
    public LinesLogger<CcrManagerService> Log { get; } = new();

    /// <summary>Set when the manager has asked the application to stop.</summary>
    public FakeLifetime Lifetime { get; } = new();

    /// <summary>The running manager.</summary>
    public CcrManagerService Service => _service ?? throw new InvalidOperationException("The manager is not started.");

    /// <summary>Where peers reach it.</summary>
    public string Address => Service.Address;

    /// <summary>Starts a manager on a new folder.</summary>
    public static async Task<ManagerFixture> StartAsync(
        string node, Action<CcrManagerOptions>? configure = null, TimeProvider? time = null)
    {
        ManagerFixture fixture = new(node, configure, time);
        await fixture.StartAsync();
        return fixture;
    }

    /// <summary>Starts it (again) on its folder.</summary>
    public async Task StartAsync()
    {
        CcrManagerOptions options = new()
        {
            Node = Node,
            Data = Folder,
            Lanes = 2,
            AllowVolatileDirectory = true,
            RecoverBackoffMsMin = 50,
            RecoverBackoffMsMax = 500,
            ReconnectMsMax = 500,
            ConnectRetryDelayMs = 20,
            StopTimeoutMs = 1_000,
        };
        _configure?.Invoke(options);
        _service = new CcrManagerService(Options.Create(options), Lifetime, Log, _time);
        await _service.StartAsync(CancellationToken.None);
    }

    /// <summary>Stops it cleanly.</summary>
    public Task StopAsync() => Service.StopAsync(CancellationToken.None);

    /// <summary>Ends it without a word to anybody: what it had not forced and sent is lost.</summary>
    public async Task CrashAsync() => await Service.DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }
}
