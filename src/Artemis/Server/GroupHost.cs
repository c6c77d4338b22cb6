using Ccr.CcrManager;
using Ccr.Client;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Ccr.Artemis;

/// <summary>
/// A group's checkpoint server together with its manager: the node's, where the settings name one, else one of the
/// group's own in its folder, which recovers there at each start.
/// </summary>
public sealed class GroupHost : IAsyncDisposable
{
    private readonly CcrManagerService? _manager;

    private GroupHost(CcrManagerService? manager, CheckpointServer server)
    {
        _manager = manager;
        Server = server;
    }

    /// <summary>The checkpoint server.</summary>
    public CheckpointServer Server { get; }

    /// <summary>Starts both.</summary>
    /// <param name="folder">The group's.</param>
    /// <param name="settings">How it is kept, and for which manager.</param>
    /// <param name="log">Takes lines for people.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="IOException">It cannot start; the message is a sentence.</exception>
    /// <exception cref="CcrManagerLostException">The node's manager is out of reach.</exception>
    public static async Task<GroupHost> StartAsync(
        GroupFolder folder, GroupSettings settings, Action<string> log, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(settings);
        using (folder.Claim())
        {
            settings.Write(folder.Root);
        }

        // The manager's log and the group's segments are read side by side.
        Task<OpenedGroup> opening = Task.Run(() => OpenedGroup.Open(folder, settings), CancellationToken.None);
        CcrManagerService? manager = null;
        try
        {
            manager = settings.Node is null ? await OwnManagerAsync(folder, log).ConfigureAwait(false) : null;
            NodeLayout layout = new(settings.Node ?? folder.Manager);
            string node = manager is null
                ? await NodeOfAsync(layout, cancellation).ConfigureAwait(false)
                : folder.Name;
            CheckpointServerOptions options = new()
            {
                Folder = folder,
                Settings = settings,
                Node = node,
                ManagerSocket = layout.ManagerSocket,
                LocationSocket = manager is null ? layout.LocationSocket : null,
                Log = log,
            };
            return new GroupHost(manager, CheckpointServer.Start(options, await opening.ConfigureAwait(false)));
        }
        catch
        {
            await CloseAsync(opening).ConfigureAwait(false);
            if (manager is not null)
            {
                await manager.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Ends the server, then the manager.</summary>
    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync().ConfigureAwait(false);
        if (_manager is not null)
        {
            await _manager.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Closes a group that was opened for nothing, if it could be opened.</summary>
    private static async Task CloseAsync(Task<OpenedGroup> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
        {
            (await opening.ConfigureAwait(false)).Dispose();
        }
    }

    private static async Task<CcrManagerService> OwnManagerAsync(GroupFolder folder, Action<string> log)
    {
        CcrManagerOptions options = new()
        {
            Node = folder.Name,
            Data = folder.Manager,
            Lanes = 1,
            AllowVolatileDirectory = true, // where the checkpoints lie, their decisions may lie too
            StopTimeoutMs = 1_000,
        };
        CcrManagerService manager = new(
            Options.Create(options), new Lifetime(log), NullLogger<CcrManagerService>.Instance, TimeProvider.System);
        await manager.StartAsync(CancellationToken.None).ConfigureAwait(false);
        return manager;
    }

    private static async Task<string> NodeOfAsync(NodeLayout layout, CancellationToken cancellation)
    {
        CcrClient client = await CcrClient.ConnectAsync(layout.ManagerSocket, null, cancellation).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            return client.Manager!.Node.Value;
        }
    }

    /// <summary>The program does not end because its manager does: it runs on without new checkpoints.</summary>
    private sealed class Lifetime(Action<string> log) : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => log(
            "The group's manager has failed: no checkpoint is taken any more until the group is started again.");
    }
}
