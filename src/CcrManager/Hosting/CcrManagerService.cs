using System.Runtime.InteropServices;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ccr.CcrManager;

/// <summary>
/// The CCR Manager as a service of a generic host: alone in its executable, or inside an application.
/// </summary>
public sealed partial class CcrManagerService : IHostedService, IAsyncDisposable
{
    private readonly CcrManagerOptions _options;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger<CcrManagerService> _logger;
    private readonly TimeProvider _time;
    private ManagerRuntime? _runtime;

    /// <summary>Made by the container; see <see cref="CcrManagerServiceCollectionExtensions.AddCcrManager"/>.</summary>
    public CcrManagerService(
        IOptions<CcrManagerOptions> options, IHostApplicationLifetime lifetime, ILogger<CcrManagerService> logger,
        TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        _lifetime = lifetime;
        _logger = logger;
        _time = time;
    }

    /// <summary>Who the manager is: node, log, epoch. Null until it is started.</summary>
    public ManagerIdentity? Identity => _runtime?.Self;

    /// <summary>Where peers reach it, "HOST:PORT". Empty until it is started.</summary>
    public string Address => _runtime?.Address ?? "";

    /// <summary>The path of the socket of its Clients and Servers. Empty until it is started.</summary>
    public string SocketPath => _runtime?.Socket ?? "";

    /// <summary>Why it could not go on, or null.</summary>
    public string? Failure => _runtime?.Failure;

    internal ManagerRuntime? Runtime => _runtime;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken) =>
        _runtime = await ManagerRuntime.StartAsync(_options, ManagerParts.Real, _time, _logger, End)
            .ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_runtime is { } runtime)
        {
            await runtime.StopAsync(cancellationToken).ConfigureAwait(false);
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _runtime, null) is { } runtime)
        {
            await runtime.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void End(string reason, int exitCode)
    {
        if (!_options.ExitOnFailure)
        {
            _lifetime.StopApplication();
            return;
        }

        // Said by hand: the log for people may be written by a thread that will not run again.
        Console.Error.WriteLine(reason);
        Console.Error.Flush();
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(exitCode);
        }

        ExitNow(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
