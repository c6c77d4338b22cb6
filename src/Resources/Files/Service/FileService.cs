using Ccr.Client;
using Ccr.Resources.Files.Store;
using Ccr.Transport;
using Microsoft.Extensions.Logging;

namespace Ccr.Resources.Files.Service;

/// <summary>
/// The file Server of one node: the store, its sockets for Clients, and its session with the CCR Manager. Locks of
/// prepared branches are held before the first socket is open.
/// </summary>
internal sealed class FileService : IAsyncDisposable
{
    private readonly FileStore _store;
    private readonly DiskThreads _disk;
    private readonly FrameListener _local;
    private readonly FrameListener _remote;
    private readonly CcrServer _server;
    private int _disposed;

    private FileService(
        FileStore store, DiskThreads disk, FrameListener local, FrameListener remote, CcrServer server)
    {
        _store = store;
        _disk = disk;
        _local = local;
        _remote = remote;
        _server = server;
    }

    /// <summary>Where Clients reach it: the Unix socket, then TCP.</summary>
    internal IReadOnlyList<string> Addresses => [_local.Address, _remote.Address];

    /// <summary>Ends when the manager knows the Server and all that it found.</summary>
    internal Task Registered => _server.Registered;

    /// <summary>Which start this is.</summary>
    internal long Incarnation => _store.Incarnation;

    /// <summary>Begins to serve.</summary>
    /// <param name="options">Checked here.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    /// <param name="failed">Told when the process has to stop, because an outcome is unknown.</param>
    /// <param name="cancellation">Ends the start, which may wait for a file that another process has locked.</param>
    /// <exception cref="ArgumentException">The options are wrong; the message is a sentence for the user.</exception>
    /// <exception cref="IOException">It cannot start; the message is a sentence for the user.</exception>
    internal static async Task<FileService> StartAsync(
        FileServerOptions options, TimeProvider time, ILogger log, Action<string> failed,
        CancellationToken cancellation)
    {
        if (options.Complaint() is { } complaint)
        {
            throw new ArgumentException(complaint);
        }

        FileStore store = await FileStore.OpenAsync(
            new FileStoreOptions
            {
                Root = options.RootFolder,
                StateFolder = options.StateFolder,
                WaitLimitMs = options.WaitLimitMs,
                WaitJitterPercent = options.WaitJitterPercent,
                Time = time,
                Warn = line => log.LogWarning("{Line}", line),
                Failed = failed,
            },
            cancellation).ConfigureAwait(false);
        try
        {
            return await ListenAsync(store, options, time, log).ConfigureAwait(false);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Stops. What is prepared is kept for the next start; all else is rolled back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _server.DisposeAsync().ConfigureAwait(false);
        await _local.DisposeAsync().ConfigureAwait(false);
        await _remote.DisposeAsync().ConfigureAwait(false);
        _disk.Dispose();
        _store.Dispose();
    }

    private static async Task<FileService> ListenAsync(
        FileStore store, FileServerOptions options, TimeProvider time, ILogger log)
    {
        NodeLayout layout = new(options.Data);
        FilesSink sink = new(store, line => log.LogError("{Line}", line));
        FrameListenerOptions listening = new() { Log = line => log.LogWarning("{Line}", line), Time = time };
        FrameListener remote = FrameListener.Start("tcp:" + options.Listen, sink, listening);
        FrameListener? local = null;
        DiskThreads? disk = null;
        try
        {
            local = FrameListener.Start("unix:" + layout.FilesSocket, sink, listening);
            NodeLayout.WriteAddress(layout.FilesAddressFile, remote.Address);
            disk = new DiskThreads(options.DiskThreads);
            CcrServer server = CcrServer.Start(
                ServerOptions(store, options, layout, [local.Address, remote.Address], time, log),
                new FileBranches(store, disk));
            return new FileService(store, disk, local, remote, server);
        }
        catch
        {
            disk?.Dispose();
            if (local is not null)
            {
                await local.DisposeAsync().ConfigureAwait(false);
            }

            await remote.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static CcrServerOptions ServerOptions(
        FileStore store, FileServerOptions options, NodeLayout layout, IReadOnlyList<string> addresses,
        TimeProvider time, ILogger log) => new()
        {
            Name = options.ServerName,
            Kind = "files",
            Incarnation = store.Incarnation,
            Addresses = addresses,
            ManagerSocket = layout.ManagerSocket,
            LocationSocket = layout.LocationSocket,
            ManagerSeen = store.ManagerSeen(),
            OnManagerSeen = store.KeepManager,
            Program = $"ccr-files {typeof(FileService).Assembly.GetName().Version?.ToString(3)}",
            Log = line => log.LogInformation("{Line}", line),
            Time = time,
        };
}
