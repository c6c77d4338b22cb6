using System.Collections.Concurrent;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Resources.Databases;

/// <summary>The databases of a node that are served now, by name.</summary>
internal sealed class DatabaseSet(WorkerParts parts, DatabaseDrivers drivers, string socket) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, DatabaseServer> _byName = new(StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public IReadOnlyList<DatabaseServer> All =>
        [.. _byName.Values.OrderBy(one => one.Definition.Name, StringComparer.Ordinal)];

    /// <summary>True when nothing that the manager promised is known or feared at any of them.</summary>
    public bool AreSettled => _byName.Values.All(one => one.Worker.IsSettled);

    /// <summary>The Server of a database, or null.</summary>
    public DatabaseServer? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>A database that is not served yet.</summary>
    /// <exception cref="Xa.DriverException">There is no such driver.</exception>
    public IDatabase Open(DatabaseDefinition definition) => drivers.Open(definition, parts.Self.Node);

    /// <summary>Serves a database, in the place of the one that had its name.</summary>
    public async Task<DatabaseServer> ServeAsync(DatabaseDefinition definition, IDatabase database, long incarnation)
    {
        if (_byName.TryRemove(definition.Name, out DatabaseServer? before))
        {
            await before.DisposeAsync().ConfigureAwait(false);
        }

        DatabaseServer server = new(definition, database, parts, socket, incarnation);
        server.Worker.Admit = identity => Conflict(definition.Name, identity);
        _byName[definition.Name] = server;
        server.Start();
        DatabasesLog.Served(parts.Logger, definition.Name, definition.Kind);
        return server;
    }

    /// <summary>Why a database may not be served under a name: it is served under another one already.</summary>
    public string? Conflict(string name, string? identity)
    {
        DatabaseServer? same = identity is null ? null : _byName.Values.FirstOrDefault(one =>
            one.Definition.Name != name && one.Worker is { Refused: null } worker && worker.Identity == identity);
        return same is null ? null
            : $"{name} is the database that is registered as {same.Definition.Name} already, and one database has one "
                + $"name at a node: use {same.Definition.Name}.";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_byName.Values.Select(one => one.DisposeAsync().AsTask())).ConfigureAwait(false);
}
