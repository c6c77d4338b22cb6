using Ccr.Protocol.Names;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ccr.CcrManager;

/// <summary>
/// The CCR Manager as a service of a generic host: alone in its executable, or inside an application.
/// </summary>
public sealed class CcrManagerService : IHostedService, IAsyncDisposable
{
    private readonly CcrManagerOptions _options;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger<CcrManagerService> _logger;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<IManagerCompanionFactory> _companions;
    private HostedManager? _manager;

    /// <summary>Made by the container; see <see cref="CcrManagerServiceCollectionExtensions.AddCcrManager"/>.</summary>
    public CcrManagerService(
        IOptions<CcrManagerOptions> options, IHostApplicationLifetime lifetime, ILogger<CcrManagerService> logger,
        TimeProvider time, IEnumerable<IManagerCompanionFactory>? companions = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        _lifetime = lifetime;
        _logger = logger;
        _time = time;
        _companions = [.. companions ?? []];
    }

    /// <summary>Who the manager is: node, log, epoch. Null until it is started.</summary>
    public ManagerIdentity? Identity => Runtime?.Self;

    /// <summary>Where peers reach it, "HOST:PORT". Empty until it is started.</summary>
    public string Address => Runtime?.Address ?? "";

    /// <summary>The path of the socket of its Clients and Servers. Empty until it is started.</summary>
    public string SocketPath => Runtime?.Socket ?? "";

    /// <summary>Why it could not go on, or null.</summary>
    public string? Failure => Runtime?.Failure;

    internal ManagerRuntime? Runtime => _manager?.Runtime;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken) =>
        _manager = await HostedManager.StartAsync(
            new ManagerStart(_options, _companions, _time, _logger, End), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_manager is { } manager)
        {
            await manager.StopAsync(cancellationToken).ConfigureAwait(false);
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _manager, null) is { } manager)
        {
            await manager.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void End(string reason, int exitCode) => FailureEnd.End(_options, _lifetime, reason, exitCode);
}
