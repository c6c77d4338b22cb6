using Ccr.CcrManager;
using Ccr.Client;

namespace Ccr.EmbeddedWorker;

/// <summary>The two toy databases, as Servers of whichever manager runs in this process.</summary>
internal sealed class DatabaseCompanion(string folder) : IManagerCompanion
{
    private readonly List<(CcrServer Server, ToyDatabase Database)> _servers = [];

    /// <inheritdoc/>
    public bool IsSettled =>
        _servers.TrueForAll(one => one.Server.Registered.IsCompletedSuccessfully && one.Database.IsEmpty);

    /// <inheritdoc/>
    public Task StartAsync(ManagerSurroundings surroundings, CancellationToken cancellation)
    {
        foreach (string name in new[] { "east", "west" })
        {
            ToyDatabase database = new(Path.Combine(folder, name), surroundings.Identity.Node);
            CcrServerOptions options = new()
            {
                Name = $"{surroundings.Identity.Node}.{name}",
                Kind = "toy",
                Incarnation = surroundings.Identity.Epoch,
                ManagerSocket = surroundings.Layout.ManagerSocket,
            };
            _servers.Add((CcrServer.Start(options, database), database));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach ((CcrServer server, _) in _servers)
        {
            await server.DisposeAsync();
        }
    }
}
