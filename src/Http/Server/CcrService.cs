using Ccr.Client;
using Ccr.Protocol.Messages;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Ccr.Http;

/// <summary>What an operator may set of a service that takes part in atomic actions.</summary>
public sealed class CcrServiceOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "CcrService";

    /// <summary>The service's name as a Server, unique over all nodes: "osaka.billing".</summary>
    public string Name { get; set; } = "";

    /// <summary>The folder of the node that it belongs to.</summary>
    public string NodeData { get; set; } = "";

    /// <summary>Where Clients reach it, for people and tools: "tcp:HOST:PORT"; may be empty.</summary>
    public IList<string> Addresses { get; } = [];
}

/// <summary>
/// A service that joins other nodes' atomic actions through its own manager. Its work is done at databases of its node
/// (<see cref="BranchContext.Add"/>); it keeps nothing itself that would have to be recovered.
/// </summary>
public sealed class CcrService : IHostedService, IBranchResource, IAsyncDisposable
{
    private readonly CcrServiceOptions _options;
    private readonly TimeProvider _time;
    private CcrServer? _server;

    /// <summary>Made by the container; see AddCcrService.</summary>
    public CcrService(IOptions<CcrServiceOptions> options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        _time = time;
    }

    /// <summary>The Server's side of commitment, once started.</summary>
    public CcrServer Server => _server ?? throw new InvalidOperationException("The service has not been started.");

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
        _server = CcrServer.Start(
            new CcrServerOptions
            {
                Name = _options.Name,
                Kind = "service",
                // Nothing outlives a start, so that its time orders the incarnations.
                Incarnation = _time.GetUtcNow().ToUnixTimeMilliseconds(),
                Addresses = [.. _options.Addresses],
                ManagerSocket = layout.ManagerSocket,
                LocationSocket = layout.LocationSocket,
                Program = _options.Name,
                Time = _time,
            },
            this);
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
    ValueTask<BranchVote> IBranchResource.PrepareAsync(BranchContext branch, CancellationToken cancellation) =>
        branch.PrepareAddedAsync(cancellation);

    /// <inheritdoc/>
    ValueTask<BranchEnd> IBranchResource.CommitAsync(BranchContext branch, CancellationToken cancellation) =>
        new(BranchEnd.Committed);

    /// <inheritdoc/>
    ValueTask<BranchEnd> IBranchResource.RollbackAsync(BranchContext branch, CancellationToken cancellation) =>
        new(BranchEnd.RolledBack);

    /// <summary>Only ever of a branch that did nothing at a database: those are ended one by one.</summary>
    ValueTask<BranchEnd> IBranchResource.CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation) =>
        new(BranchEnd.Committed);

    /// <inheritdoc/>
    IReadOnlyList<FoundBranch> IBranchResource.Found() => [];
}
