using Ccr.AtomicActionLog;
using Ccr.AtomicActions.Contract;
using Ccr.Client;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ccr.CcrManager;

/// <summary>
/// The CCR Manager of an application's process: a node of its own name and log in the first free slot of the
/// application's root, which also finishes what dead neighbours left in theirs (SEM-17).
/// </summary>
public sealed class EmbeddedCcrManager : IHostedService, IAsyncDisposable
{
    private readonly EmbeddedCcrManagerOptions _options;
    private readonly SlotSet _slots;
    private readonly IReadOnlyList<IManagerCompanionFactory> _companions;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger<EmbeddedCcrManager> _logger;
    private readonly TimeProvider _time;
    private SlotManager? _own;
    private Adoption? _adoption;

    /// <summary>Made by the container; see AddEmbeddedCcrManager.</summary>
    public EmbeddedCcrManager(
        IOptions<EmbeddedCcrManagerOptions> options, IHostApplicationLifetime lifetime,
        ILogger<EmbeddedCcrManager> logger, TimeProvider time,
        IEnumerable<IManagerCompanionFactory>? companions = null, IConfiguration? configuration = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        _slots = new SlotSet(_options, configuration);
        _companions = [.. companions ?? []];
        _lifetime = lifetime;
        _logger = logger;
        _time = time;
    }

    /// <summary>Who this process' manager is: node, log, epoch. Null until it is started.</summary>
    public ManagerIdentity? Identity => _own?.Runtime.Self;

    /// <summary>Where peers reach it, "HOST:PORT". Empty until it is started.</summary>
    public string Address => _own?.Runtime.Address ?? "";

    /// <summary>The path of the socket of its Clients and Servers. Empty until it is started.</summary>
    public string SocketPath => _own?.Runtime.Socket ?? "";

    /// <summary>The folder of its node. Null until it is started.</summary>
    public NodeLayout? Layout => _own?.Slot.Layout;

    /// <summary>Why it could not go on, or null.</summary>
    public string? Failure => _own?.Runtime.Failure;

    /// <summary>The nodes of dead processes that this one runs at the moment.</summary>
    public IReadOnlyList<ManagerIdentity> Adopted =>
        [.. (_adoption?.Adopted ?? []).Select(one => one.Runtime.Self)];

    /// <summary>What tests may replace.</summary>
    internal ManagerParts Parts { get; init; } = ManagerParts.Real;

    internal Adoption? Adoption => _adoption;

    internal SlotManager? Own => _own;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        string? passedOver = null;
        while (_own is null)
        {
            Slot slot = _slots.ClaimFree(passedOver);
            passedOver = slot.Node;
            bool hasLog = LogInspector.HasBegun(slot.Layout.LogDirectory);
            try
            {
                CcrManagerOptions options = _slots.OptionsOf(slot.Node, isAdopted: false);
                _own = await StartAsync(
                    slot, options, (reason, code) => FailureEnd.End(options, _lifetime, reason, code), false,
                    cancellationToken).ConfigureAwait(false);
            }
            catch (LogFailedException refused) when (hasLog)
            {
                // A log that is damaged must not keep every process of the application from starting.
                slot.Dispose();
                ManagerLog.SlotPassedOver(_logger, slot.Node, refused.Message);
            }
            catch
            {
                slot.Dispose();
                throw;
            }
        }

        _adoption = new Adoption(
            _slots, _options,
            (slot, options) => StartAsync(slot, options, static (_, _) => { }, true, CancellationToken.None),
            () => Failure is null, _time, _logger);
        _adoption.Start();
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task adopted = Interlocked.Exchange(ref _adoption, null) is { } adoption
            ? StopAsync(adoption, cancellationToken)
            : Task.CompletedTask;
        Task own = Interlocked.Exchange(ref _own, null)?.GiveUpAsync(cancellationToken) ?? Task.CompletedTask;
        await Task.WhenAll(adopted, own).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _adoption, null) is { } adoption)
        {
            await adoption.DisposeAsync().ConfigureAwait(false);
        }

        if (Interlocked.Exchange(ref _own, null) is { } own)
        {
            await own.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task StopAsync(Adoption adoption, CancellationToken hurry)
    {
        await adoption.StopAsync(hurry).ConfigureAwait(false);
        await adoption.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<SlotManager> StartAsync(
        Slot slot, CcrManagerOptions options, Action<string, int> end, bool isAdopted, CancellationToken cancellation)
    {
        ManagerStart start = new(options, _companions, _time, _logger, end)
        {
            Parts = Parts,
            IsEmbedded = true,
            IsAdopted = isAdopted,
        };
        HostedManager hosted = await HostedManager.StartAsync(start, cancellation).ConfigureAwait(false);
        return new SlotManager(slot, hosted, _options, _time);
    }
}
