using Ccr.Bench.Log;
using Ccr.Bench.TwoNode;
using Ccr.CcrManager;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;
using Microsoft.Extensions.Hosting;

namespace Ccr.Bench.Db;

/// <summary>A node that knows both databases, and a Client of it: a service of its own, or embedded in this process.</summary>
internal sealed class DbNode : IAsyncDisposable
{
    private readonly CcrClient _client;
    private readonly IAsyncDisposable _host;

    private DbNode(string data, CcrClient client, IAsyncDisposable host, XaDatabase[] databases)
    {
        Data = data;
        _client = client;
        _host = host;
        Actions = new ManagedActions(client, databases);
    }

    /// <summary>The node's folder.</summary>
    internal string Data { get; }

    /// <summary>The Client's transactions.</summary>
    internal ManagedActions Actions { get; }

    internal static async Task<DbNode> StartAsync(LogScratch scratch, string node, DbParties parties, bool embedded)
    {
        string data = Path.Combine(scratch.Root, node);
        IAsyncDisposable host = embedded
            ? new Inside(await HostAsync(node, data))
            : new Outside(await ChildProcess.StartAsync("databases", node, data));
        CcrClient client = await CcrClient.ConnectAsync(new NodeLayout(data).ManagerSocket);
        return new DbNode(data, client, host, parties.Databases);
    }

    /// <summary>The service's process.</summary>
    internal static async Task<int> ServeAsync(string node, string data)
    {
        await using Inside host = new(await HostAsync(node, data));
        await Child.SayReadyAndWaitAsync();
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _host.DisposeAsync();
    }

    private static async Task<(IHost, List<CcrServer>)> HostAsync(string node, string data)
    {
        HostApplicationBuilder builder = Child.Quiet();
        builder.Services.AddCcrManager(options =>
        {
            options.Node = node;
            options.Data = data;
            options.ExitOnFailure = true;
            options.Lanes = 1;
            options.Trace = false;
        });
        IHost host = builder.Build();
        await host.StartAsync();
        List<CcrServer> servers = [];
        foreach (string name in new[] { "orders", "stock" })
        {
            servers.Add(CcrServer.Start(
                new CcrServerOptions
                {
                    Name = name, Kind = "database/postgresql", Incarnation = 1,
                    ManagerSocket = new NodeLayout(data).ManagerSocket, RunsInline = true,
                },
                new Stub()));
            await servers[^1].Registered;
        }

        return (host, servers);
    }

    private sealed class Inside((IHost Host, List<CcrServer> Servers) parts) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (CcrServer server in parts.Servers)
            {
                await server.DisposeAsync();
            }

            await parts.Host.StopAsync();
            parts.Host.Dispose();
        }
    }

    private sealed class Outside(ChildProcess process) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            process.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Stub : IBranchResource
    {
        public ValueTask<Ccr.Client.BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation) =>
            new(Ccr.Client.BranchVote.NoChange);

        public ValueTask<Ccr.Client.BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation) =>
            new(Ccr.Client.BranchEnd.Committed);

        public ValueTask<Ccr.Client.BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation) =>
            new(Ccr.Client.BranchEnd.RolledBack);

        public ValueTask<Ccr.Client.BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation) =>
            new(Ccr.Client.BranchEnd.Committed);

        public IReadOnlyList<FoundBranch> Found() => [];
    }
}
