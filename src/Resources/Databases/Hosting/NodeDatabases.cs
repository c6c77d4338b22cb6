using System.Data.Common;
using Ccr.CcrManager;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;
using Microsoft.Extensions.Logging;

namespace Ccr.Resources.Databases;

/// <summary>
/// The databases of a node, living with its manager: each a Server that finishes what the log decided, rolls back what
/// it surely did not, and leaves alone what is not ours. Answers what Clients and operators ask about them.
/// </summary>
internal sealed class NodeDatabases(DatabasesOptions options) : IManagerCompanion, IDatabaseDesk
{
    private readonly CancellationTokenSource _stopping = new();
    private ManagerSurroundings? _around;
    private DatabaseSet? _databases;
    private Registrar? _registrar;
    private OrphanDesk? _orphans;
    private ManagerQuestions? _questions;
    private Task _configuring = Task.CompletedTask;
    private bool _isOneMissing;

    /// <inheritdoc/>
    public bool IsSettled => _databases is { AreSettled: true } && !_isOneMissing && _configuring.IsCompleted;

    /// <inheritdoc/>
    public async Task StartAsync(ManagerSurroundings surroundings, CancellationToken cancellation)
    {
        _around = surroundings;
        DatabaseRegistry registry = DatabaseRegistry.Open(surroundings.Layout.DatabasesFile);
        WorkerParts parts = new(
            surroundings.Identity, registry, options, surroundings.Time, surroundings.Logger);
        string socket = surroundings.Layout.ManagerSocket;
        _databases = new DatabaseSet(parts, new DatabaseDrivers(options.Drivers, surroundings.Time), socket);
        _registrar = new Registrar(_databases, parts);
        _questions = new ManagerQuestions(socket, surroundings.Time);
        _orphans = new OrphanDesk(_databases, parts, _questions);

        IReadOnlyList<DatabaseDefinition> configured = [.. options.Databases.Select(Definition)];
        foreach (DatabaseDefinition definition in configured.Where(c => registry.All.All(k => k.Name != c.Name)))
        {
            registry.Put(definition);
        }

        if (registry.All.Count > 0)
        {
            await ServeAllAsync(registry, cancellation).ConfigureAwait(false);
        }

        DatabaseDefinition[] changed = [.. configured.Where(c => !registry.All.Contains(c))];
        if (changed.Length > 0)
        {
            _configuring = Task.Run(() => ReplaceAsync(changed), CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public void Take(SessionMessage message, Action<SessionMessage> answer) => _ = Task.Run(async () =>
    {
        long reference = ((IReferenceMessage)message).Reference;
        try
        {
            answer(await AnswerAsync(message, reference).ConfigureAwait(false));
        }
        catch (CcrRefusedException e)
        {
            answer(new RequestRefused(reference, e.Refusal));
        }
        catch (OperationCanceledException)
        {
            answer(new RequestRefused(reference, new Refusal(RefusalCode.Stopping, "This node is stopping.")));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            answer(new RequestRefused(reference, new Refusal(RefusalCode.Resource, e.Message)));
        }
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _configuring.ConfigureAwait(false);
        if (_databases is not null)
        {
            await _databases.DisposeAsync().ConfigureAwait(false);
        }

        if (_questions is not null)
        {
            await _questions.DisposeAsync().ConfigureAwait(false);
        }

        _registrar?.Dispose();
        _stopping.Dispose();
    }

    private static DatabaseDefinition Definition(KeyValuePair<string, DatabaseOptions> one) => new(
        one.Key,
        DatabaseDrivers.KindOf(one.Value.Kind) ?? throw new IOException(
            $"The database {one.Key} is configured with the kind '{one.Value.Kind}': write postgresql or mysql."),
        one.Value.Connection, one.Value.Driver, one.Value.Path);

    private async Task ServeAllAsync(DatabaseRegistry registry, CancellationToken cancellation)
    {
        long incarnation = registry.RaiseIncarnation();
        List<Task> registered = [];
        foreach (DatabaseDefinition definition in registry.All)
        {
            try
            {
                DatabaseServer server = await _databases!.ServeAsync(
                    definition, _databases.Open(definition), incarnation).ConfigureAwait(false);
                registered.Add(server.Registered);
            }
            catch (DriverException e)
            {
                _isOneMissing = true; // the others are served all the same
                DatabasesLog.Failed(_around!.Logger, definition.Name, e.Message);
            }
        }

        // A Client that enlists a moment after this manager's start finds them there.
        await Task.WhenAny(
            Task.WhenAll(registered), Task.Delay(DatabaseLimits.Patience, _around!.Time, cancellation))
            .ConfigureAwait(false);
    }

    /// <summary>The configuration names another database under a known name: as soon as the old one is clean.</summary>
    private async Task ReplaceAsync(IReadOnlyList<DatabaseDefinition> changed)
    {
        foreach (DatabaseDefinition definition in changed)
        {
            string last = "";
            while (!_stopping.IsCancellationRequested)
            {
                try
                {
                    await _registrar!.RegisterAsync(definition, _stopping.Token).ConfigureAwait(false);
                    break;
                }
                catch (Exception e) when (e is CcrRefusedException or IOException or TimeoutException)
                {
                    if (e.Message != last)
                    {
                        DatabasesLog.Failed(_around!.Logger, definition.Name, last = e.Message);
                    }
                }
                catch (OperationCanceledException)
                {
                    return;
                }

                await Task.WhenAny(
                    Task.Delay(TimeSpan.FromMilliseconds(DatabaseLimits.BusyScanMs), _around!.Time, _stopping.Token))
                    .ConfigureAwait(false);
            }
        }
    }

    private async Task<SessionMessage> AnswerAsync(SessionMessage message, long reference)
    {
        CancellationToken stop = _stopping.Token;
        switch (message)
        {
            case RegisterDatabase register:
                string kind = DatabaseDrivers.KindOf(register.Kind) ?? throw new CcrRefusedException(new Refusal(
                    RefusalCode.Resource, $"'{register.Kind}' is no kind of database: write postgresql or mysql."));
                return new Accomplished(reference, await _registrar!.RegisterAsync(
                    new DatabaseDefinition(
                        register.Name, kind, register.Connection, register.Driver, register.Path), stop)
                    .ConfigureAwait(false));
            case ScanDatabases:
                return new Accomplished(reference, await ScanAsync(stop).ConfigureAwait(false));
            case AskOrphans ask:
                return await _orphans!.ListAsync(ask, stop).ConfigureAwait(false);
            case ResolveOrphan resolve:
                return new Accomplished(reference, await _orphans!.ResolveAsync(resolve, stop).ConfigureAwait(false));
            default:
                throw new InvalidOperationException($"{message.GetType().Name} does not concern databases.");
        }
    }

    private async Task<string> ScanAsync(CancellationToken stop)
    {
        IReadOnlyList<DatabaseServer> all = _databases!.All;
        string[] results = await Task.WhenAll(all.Select(async one =>
        {
            string? why = await ScanOneAsync(one, stop).ConfigureAwait(false);
            return why is null
                ? $"{one.Definition.Name}: {one.Worker.OwnAtLastScan} prepared branches of {_around!.Identity.Node}."
                : $"{one.Definition.Name}: not scanned. {why}";
        })).ConfigureAwait(false);
        return results.Length == 0 ? "This node has no databases." : string.Join('\n', results);
    }

    private async Task<string?> ScanOneAsync(DatabaseServer one, CancellationToken stop)
    {
        try
        {
            return one.Worker.Refused ?? await one.Worker.ScanNowAsync(stop)
                .WaitAsync(DatabaseLimits.Patience, _around!.Time, stop).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return one.Worker.Unreachable ?? "The database does not answer in time.";
        }
    }
}
