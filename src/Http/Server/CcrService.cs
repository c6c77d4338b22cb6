using Ccr.Client;
using Ccr.Protocol.Messages;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ccr.Http;

/// <summary>
/// A service that joins other nodes' atomic actions through its own manager. Its work is done at databases of its node
/// (<see cref="BranchContext.Add"/>); it keeps nothing itself that would have to be recovered.
/// </summary>
public sealed partial class CcrService : IHostedService, IBranchResource, IAsyncDisposable
{
    private readonly CcrServiceOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<CcrService> _logger;
    private CcrServer? _server;

    /// <summary>Made by the container; see AddCcrService.</summary>
    public CcrService(IOptions<CcrServiceOptions> options, TimeProvider time, ILogger<CcrService> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        _time = time;
        _logger = logger;
    }

    /// <summary>The service's name as a Server.</summary>
    public string Name => _options.Name;

    /// <summary>The Server's side of commitment, or null before the start and after the stop.</summary>
    public CcrServer? Server => Volatile.Read(ref _server);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(_options.Name) || string.IsNullOrWhiteSpace(_options.NodeData))
        {
            throw new InvalidOperationException(
                $"Set {CcrServiceOptions.Section}:Name (\"osaka.billing\") and {CcrServiceOptions.Section}:NodeData "
                + "(the node's folder).");
        }

        NodeLayout layout = new(_options.NodeData);
        CcrServer server = CcrServer.Start(
            new CcrServerOptions
            {
                Name = _options.Name,
                Kind = "service",
                // Nothing outlives a start, so that its time orders the incarnations (SEM-7).
                Incarnation = _time.GetUtcNow().ToUnixTimeMilliseconds(),
                Addresses = [.. _options.Addresses],
                ManagerSocket = layout.ManagerSocket,
                LocationSocket = layout.LocationSocket,
                RequestPatience = TimeSpan.FromMilliseconds(_options.RequestPatienceMs),
                Program = _options.Name,
                Time = _time,
                Log = line => LogLine(_logger, line),
            },
            this);
        Volatile.Write(ref _server, server);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync().ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _server, null) is { } server)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    ValueTask<Refusal?> IBranchResource.BeginAsync(BranchContext branch, CancellationToken cancellation)
    {
        branch.Tag = new SemaphoreSlim(1);
        return new((Refusal?)null);
    }

    /// <inheritdoc/>
    ValueTask<BranchVote> IBranchResource.PrepareAsync(BranchContext branch, CancellationToken cancellation) =>
        branch.PrepareAddedAsync(cancellation);

    /// <inheritdoc/>
    ValueTask<BranchEnd> IBranchResource.CommitAsync(BranchContext branch, CancellationToken cancellation) =>
        new(BranchEnd.Committed);

    /// <inheritdoc/>
    ValueTask<BranchEnd> IBranchResource.RollbackAsync(BranchContext branch, CancellationToken cancellation) =>
        new(BranchEnd.RolledBack);

    /// <summary>Only ever of a branch that changed nothing at a database: those are ended one by one.</summary>
    async ValueTask<BranchEnd> IBranchResource.CommitOnePhaseAsync(
        BranchContext branch, CancellationToken cancellation)
    {
        BranchVote vote = await branch.PrepareAddedAsync(cancellation).ConfigureAwait(false);
        return vote.Refusal is { } why ? new BranchEnd(DoneOutcome.RolledBack, why.Text) : BranchEnd.Committed;
    }

    /// <inheritdoc/>
    IReadOnlyList<FoundBranch> IBranchResource.Found() => [];

    [LoggerMessage(Level = LogLevel.Information, Message = "{Line}")]
    private static partial void LogLine(ILogger logger, string line);
}
