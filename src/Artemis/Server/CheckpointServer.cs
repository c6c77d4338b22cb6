using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Artemis;

/// <summary>
/// The checkpoint server of one group: a CCR Server whose branches are checkpoints of the program that runs under the
/// jacket (docs/ARTEMIS.md).
/// </summary>
public sealed class CheckpointServer : IAsyncDisposable
{
    private const int ProgramsMost = 5;

    private readonly CheckpointServerOptions _options;
    private readonly IDisposable _claim;
    private readonly GroupStore _store;
    private readonly CheckpointTaker _taker;
    private readonly MemberGate _gate;
    private readonly GroupBranches _branches;
    private readonly CcrServer _server;
    private readonly SemaphoreSlim _taking = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _periodic;
    private Task _compacting = Task.CompletedTask;
    private int _disposed;

    private CheckpointServer(CheckpointServerOptions options, IDisposable claim, GroupStore store)
    {
        _options = options;
        _claim = claim;
        _store = store;
        _taker = new CheckpointTaker(store, options);
        _gate = new MemberGate(options, store);
        _branches = new GroupBranches(store, new Turn(options.TurnPatience, options.Time), TakeAsync, Committed);
        long incarnation = store.Read(state => state.Incarnation) + 1;
        store.Note(new Started(incarnation));
        options.Folder.NoteManager(options.ManagerSocket, options.ServerName);
        _server = CcrServer.Start(
            new CcrServerOptions
            {
                Name = options.ServerName,
                Kind = "artemis",
                Incarnation = incarnation,
                ManagerSocket = options.ManagerSocket,
                LocationSocket = options.LocationSocket,
                ManagerSeen = store.Read(state => state.Manager),
                OnManagerSeen = manager => store.Note(new ManagerMet(manager)),
                Program = "ccr-artemis",
                Log = options.Log,
                Time = options.Time,
            },
            _branches);
        _gate.CallSurvivor();
        _periodic = options.Settings.EveryMs > 0 ? Task.Run(TakePeriodicallyAsync) : Task.CompletedTask;
    }

    /// <summary>The Server's name.</summary>
    public string Name => _options.ServerName;

    /// <summary>Ends when the manager knows the Server and all that it found.</summary>
    public Task Registered => _server.Registered;

    /// <summary>Ends when a program is connected.</summary>
    public Task Arrived => _gate.Arrived;

    internal GroupStore Store => _store;

    internal MemberGate Gate => _gate;

    /// <summary>Starts the server of a group.</summary>
    /// <exception cref="IOException">It cannot start; the message is a sentence.</exception>
    /// <exception cref="InvalidDataException">The journal is damaged; the message says where.</exception>
    public static CheckpointServer Start(CheckpointServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Start(options, OpenedGroup.Open(options.Folder, options.Settings));
    }

    /// <summary>Starts the server of a group that is opened already; it is closed where this fails.</summary>
    internal static CheckpointServer Start(CheckpointServerOptions options, OpenedGroup group)
    {
        try
        {
            return new CheckpointServer(options, group.Claim, group.Store);
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    /// <summary>Starts the program again from a checkpoint.</summary>
    /// <param name="request">Which, and how.</param>
    /// <param name="cancellation">Ends the wait for checkpoints in doubt.</param>
    /// <exception cref="CheckpointFailedException">It cannot; the message is a sentence.</exception>
    public Task<RestartReport> RestartAsync(RestartRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new ProgramRestart(_options, _store, _gate, request).RunAsync(cancellation);
    }

    /// <summary>Takes one checkpoint as an atomic action of its own.</summary>
    /// <exception cref="CcrManagerLostException">The manager is out of reach.</exception>
    /// <exception cref="CcrRefusedException">It was refused.</exception>
    public async Task<CcrOutcome> CheckpointAsync(CancellationToken cancellation = default)
    {
        CcrClient client = await CcrClient.ConnectAsync(_options.ManagerSocket, null, cancellation)
            .ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            return await TakeInActionAsync(client, periodic: false, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Ends. What is promised is kept for the next start; the program goes on by itself.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _periodic.ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        await _gate.DisposeAsync().ConfigureAwait(false);
        await _compacting.ConfigureAwait(false);
        _taker.Dispose();
        _store.Dispose();
        _claim.Dispose();
        _taking.Dispose();
        _stopping.Dispose();
    }

    private async Task<Taken> TakeAsync(CancellationToken cancellation)
    {
        await _taking.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await TakeFromMemberAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _taking.Release();
        }
    }

    /// <summary>A program that executes another one meanwhile is asked again once that one has connected.</summary>
    private async Task<Taken> TakeFromMemberAsync(CancellationToken cancellation)
    {
        for (int tries = 1; ; tries++)
        {
            MemberConnection member = await _gate.MemberAsync(cancellation).ConfigureAwait(false);
            try
            {
                return await _taker.TakeAsync(member, cancellation).ConfigureAwait(false);
            }
            catch (CheckpointFailedException e) when (tries < ProgramsMost && _gate.MayConnectAgain(member))
            {
                _options.Log($"The checkpoint is asked for again: {e.Message}");
            }
        }
    }

    private void Committed(long number)
    {
        if (_compacting.IsCompleted && _store.IsCompactionDue)
        {
            _compacting = Task.Run(() => Compact(number));
        }
    }

    private void Compact(long number)
    {
        try
        {
            _store.Compact();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            _options.Log($"Folding after checkpoint {number} failed; nothing is lost: {e.Message}");
        }
    }

    private async Task TakePeriodicallyAsync()
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(_options.Settings.EveryMs), _options.Time);
        CcrClient? client = null;
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                if (_gate.Member is not null)
                {
                    client ??= await ConnectAsync().ConfigureAwait(false);
                    await TakeOnePeriodicAsync(client).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
        finally
        {
            if (client is not null)
            {
                await client.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<CcrClient?> ConnectAsync()
    {
        try
        {
            return await CcrClient.ConnectAsync(_options.ManagerSocket, null, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CcrManagerLostException or CcrRefusedException)
        {
            _options.Log($"No periodic checkpoint: {e.Message}");
            return null;
        }
    }

    private async Task TakeOnePeriodicAsync(CcrClient? client)
    {
        if (client is null)
        {
            return;
        }

        try
        {
            CcrOutcome outcome = await TakeInActionAsync(client, periodic: true, _stopping.Token).ConfigureAwait(false);
            if (outcome.Refusal is { } refusal && _gate.Member is not null)
            {
                _options.Log($"No periodic checkpoint: {refusal.Text}");
            }
        }
        catch (Exception e) when (e is CcrManagerLostException or CcrRefusedException or CcrOutcomeUnknownException)
        {
            _options.Log($"No periodic checkpoint: {e.Message}");
        }
    }

    private async Task<CcrOutcome> TakeInActionAsync(CcrClient client, bool periodic, CancellationToken cancellation)
    {
        AtomicAction action = await client.OpenAsync(null, cancellation).ConfigureAwait(false);
        await using (action.ConfigureAwait(false))
        {
            if (periodic)
            {
                _branches.Periodic[action.Id] = true;
            }

            try
            {
                await action.TransOpenSubAsync(Name, cancellation).ConfigureAwait(false);
                return await action.TransCloseAsync(CloseAnswer.Done, cancellation).ConfigureAwait(false);
            }
            finally
            {
                _branches.Periodic.TryRemove(action.Id, out _);
            }
        }
    }
}
