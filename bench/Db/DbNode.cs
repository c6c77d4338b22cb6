using Ccr.Bench.Log;
using Ccr.Bench.TwoNode;
using Ccr.CcrManager;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Databases;
using Ccr.Resources.Xa;
using Microsoft.Extensions.Hosting;
using MySqlConnector;
using Npgsql;

namespace Ccr.Bench.Db;

/// <summary>
/// A node that knows both databases, and a Client of it: a service of its own, or embedded in this process.
/// </summary>
internal sealed class DbNode : IAsyncDisposable
{
    private readonly CcrClient _client;
    private readonly IAsyncDisposable _host;

    private DbNode(string data, CcrClient client, IAsyncDisposable host, XaDatabase[] databases)
    {
        Data = data;
        _client = client;
        _host = host;
        Actions = new ManagedActions(client, databases, CloseAnswer.Done);
        Decided = new ManagedActions(client, databases, CloseAnswer.Decided);
    }

    /// <summary>The node's folder.</summary>
    internal string Data { get; }

    /// <summary>The Client's transactions.</summary>
    internal ManagedActions Actions { get; }

    /// <summary>The same, answered when they are decided (SEM-2).</summary>
    internal ManagedActions Decided { get; }

    internal static async Task<DbNode> StartAsync(LogScratch scratch, string node, IDbParties parties, bool embedded)
    {
        string data = Path.Combine(scratch.Root, node);
        IAsyncDisposable host = embedded
            ? new Inside(await HostAsync(node, data))
            : new Outside(await ChildProcess.StartAsync("databases", node, data));
        CcrClient client = await CcrClient.ConnectAsync(new NodeLayout(data).ManagerSocket);
        foreach (CcrDatabase database in parties.Registrations)
        {
            await client.RegisterDatabaseAsync(database);
        }

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

    private static async Task<IHost> HostAsync(string node, string data)
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
        builder.Services.AddCcrDatabases(options =>
        {
            options.Drivers["postgresql"] = NpgsqlFactory.Instance;
            options.Drivers["mysql"] = MySqlConnectorFactory.Instance;
            options.BranchesExpected = 128;
        });
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private sealed class Inside(IHost host) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
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
}
