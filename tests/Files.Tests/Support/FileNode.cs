using Ccr.CcrManager;
using Ccr.Client;
using Ccr.LocationServer;
using Ccr.Resources.Files.Service;
using Ccr.TestSupport;

namespace Ccr.Resources.Files.Tests.Support;

/// <summary>A node in the test's process: manager, Location Server and file Server on one folder.</summary>
internal sealed class FileNode : IAsyncDisposable
{
    private FileNode(ManagerFixture manager) => Manager = manager;

    internal ManagerFixture Manager { get; }

    internal string Server => Manager.Node + ".files";

    internal string Root => Manager.Layout.FilesDirectory;

    internal LinesLogger<LocationService> LocationLog { get; } = new();

    internal LinesLogger<FilesHostedService> Log { get; } = new();

    internal FakeLifetime Lifetime { get; } = new();

    internal FilesHostedService Files { get; private set; } = null!;

    private LocationService Location { get; set; } = null!;

    internal string this[string path] => File.ReadAllText(Path.Combine(Root, path));

    internal static async Task<FileNode> StartAsync(string node, Action<CcrManagerOptions>? configure = null)
    {
        FileNode started = new(await ManagerFixture.StartAsync(node, configure));
        started.Manager.Layout.Prepare();
        started.Location = await LocationService.StartAsync(
            new LocationOptions { Node = node, Data = started.Manager.Folder }, TimeProvider.System,
            started.LocationLog);
        await started.StartFilesAsync();
        return started;
    }

    /// <summary>Two nodes that know each other.</summary>
    internal static async Task<(FileNode Tokyo, FileNode Osaka)> StartTwoAsync()
    {
        FileNode osaka = await StartAsync("osaka");
        FileNode tokyo = await StartAsync("tokyo", options => options.Peers["osaka"] = osaka.Manager.Address);
        return (tokyo, osaka);
    }

    internal async Task StartFilesAsync()
    {
        FileServerOptions options = new() { Node = Manager.Node, Data = Manager.Folder, WaitLimitMs = 400 };
        Files = new FilesHostedService(options, TimeProvider.System, Lifetime, Log);
        await Files.StartAsync(CancellationToken.None);
        await Files.Registered.WaitAsync(TimeSpan.FromSeconds(20));
    }

    internal Task StopFilesAsync() => Files.StopAsync(CancellationToken.None);

    internal Task<CcrClient> ConnectAsync() => CcrClient.ConnectAsync(Manager.Layout.ManagerSocket);

    public async ValueTask DisposeAsync()
    {
        await StopFilesAsync();
        await Location.DisposeAsync();
        await Manager.DisposeAsync();
    }
}
