using Ccr.Client;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager;

/// <summary>One running manager together with the companions that live with it.</summary>
internal sealed class HostedManager : IAsyncDisposable
{
    private readonly List<IManagerCompanion> _companions = [];
    private int _disposed;

    private HostedManager(ManagerRuntime runtime) => Runtime = runtime;

    /// <summary>The manager.</summary>
    public ManagerRuntime Runtime { get; }

    /// <summary>True when no companion knows or fears anything that is left to do.</summary>
    public bool IsSettled => _companions.TrueForAll(one => one.IsSettled);

    /// <summary>Starts the manager, then its companions in the order of their registration.</summary>
    public static async Task<HostedManager> StartAsync(ManagerStart start, CancellationToken cancellation)
    {
        ManagerRuntime runtime = await ManagerRuntime.StartAsync(
            start.Options, start.Parts, start.Time, start.Logger, start.End,
            clientsWait: start.Companions.Count > 0, start.IsEmbedded).ConfigureAwait(false);
        HostedManager hosted = new(runtime);
        try
        {
            ManagerSurroundings surroundings = new(
                runtime.Self, new NodeLayout(start.Options.Data), runtime.Address, start.IsAdopted, start.Logger,
                start.Time);
            foreach (IManagerCompanionFactory factory in start.Companions)
            {
                IManagerCompanion companion = factory.Create();
                hosted._companions.Add(companion);
                await companion.StartAsync(surroundings, cancellation).ConfigureAwait(false);
                runtime.Databases ??= companion as IDatabaseDesk;
            }

            runtime.LetClientsIn();
            return hosted;
        }
        catch
        {
            await hosted.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Stops cleanly, while the companions still answer. Then <see cref="DisposeAsync"/> has to be called.
    /// </summary>
    public Task StopAsync(CancellationToken hurry) => Runtime.StopAsync(hurry);

    /// <summary>Ends the companions, the last first, and then the manager, whatever a companion throws.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        try
        {
            for (int i = _companions.Count - 1; i >= 0; i--)
            {
                await _companions[i].DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await Runtime.DisposeAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>What one start of a manager is made of.</summary>
/// <param name="Options">Checked options.</param>
/// <param name="Companions">Makers of what lives with it.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The log for people.</param>
/// <param name="End">Called once, with the reason and an exit code, when the manager cannot go on.</param>
internal sealed record ManagerStart(
    CcrManagerOptions Options, IReadOnlyList<IManagerCompanionFactory> Companions, TimeProvider Time, ILogger Logger,
    Action<string, int> End)
{
    /// <summary>What tests may replace.</summary>
    public ManagerParts Parts { get; init; } = ManagerParts.Real;

    /// <summary>True inside an application: its own Clients and Servers go past the socket.</summary>
    public bool IsEmbedded { get; init; }

    /// <summary>True for the log of another process that has died.</summary>
    public bool IsAdopted { get; init; }
}
