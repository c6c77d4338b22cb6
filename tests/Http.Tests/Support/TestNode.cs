using Ccr.CcrManager;
using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.LocationServer;
using Ccr.Protocol.Messages;
using Ccr.Resources.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ccr.Http.Tests;

/// <summary>A node in this process: manager with databases, and Location Server.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ccr-h").FullName;
    private readonly string _name;
    private readonly IHost _host;

    private TestNode(string name, Dictionary<string, string> peers)
    {
        _name = name;
        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddCcrLocationServer(options =>
        {
            options.Node = name;
            options.Data = _folder;
            options.SettleMs = 0;
            options.RefusalCacheMs = 0;
        });
        builder.Services.AddCcrDatabases(options => options.Drivers["postgresql"] = NpgsqlFactory.Instance);
        builder.Services.AddCcrManager(options =>
        {
            options.Node = name;
            options.Data = _folder;
            options.Lanes = 2;
            options.StopTimeoutMs = 0;
            options.AllowVolatileDirectory = true;
            options.RecoverBackoffMsMin = 50;
            options.RecoverBackoffMsMax = 500;
            options.ReconnectMsMax = 500;
            foreach ((string peer, string address) in peers)
            {
                options.Peers[peer] = address;
            }
        });
        _host = builder.Build();
    }

    public NodeLayout Layout => new(_folder);

    public string Address => _host.Services.GetRequiredService<CcrManagerService>().Address;

    /// <summary>What Clients of this node use.</summary>
    public CcrClient Client { get; private set; } = null!;

    public static async Task<TestNode> StartAsync(string name, Dictionary<string, string> peers)
    {
        TestNode node = new(name, peers);
        node.Layout.Prepare();
        await node._host.StartAsync();
        node.Client = await CcrClient.ConnectAsync(node.Layout.ManagerSocket);
        return node;
    }

    public async Task RegisterAsync(string name, PostgreSqlCluster cluster, string database) =>
        await Client.RegisterDatabaseAsync(new CcrDatabase(name, "postgresql", cluster.ConnectionString(database)));

    /// <summary>Waits until this node finds a Server.</summary>
    public Task FindsAsync(string server) => Until.TrueAsync(async () =>
    {
        try
        {
            await using AtomicAction action = await Client.TransOpenAsync([server]);
            await action.RollbackAsync();
            return true;
        }
        catch (CcrRefusedException)
        {
            return false;
        }
    }, $"{_name} finds {server}");

    /// <summary>What managers said to one another about an action: "manager tokyo C-BEGIN-RI".</summary>
    public async Task<IReadOnlyList<string>> SaidAsync(Protocol.Names.AtomicActionId action)
    {
        var trace = (Trace)await AskAsync(Layout, reference => new AskTrace(reference, action));
        return [.. trace.Events.Where(e => e.What.StartsWith("C-", StringComparison.Ordinal))
            .Select(e => $"{e.From} {e.What}")];
    }

    /// <summary>Asks a manager as an operator; a refusal is thrown.</summary>
    public static async Task<SessionMessage> AskAsync<TRequest>(NodeLayout node, Func<long, TRequest> request)
        where TRequest : SessionMessage, IReferenceMessage
    {
        await using ManagerSession session = await ManagerSession.ConnectAsync(
            node.ManagerSocket, SessionRole.Operator, "test", Deaf.Ears, TimeProvider.System, CancellationToken.None);
        SessionMessage answer = await session.RequestAsync(request(session.NextReference()), CancellationToken.None);
        session.Close("asked");
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _host.StopAsync();
        _host.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Deaf : ISessionEvents
    {
        internal static readonly Deaf Ears = new();

        public void OnMessage(ManagerSession session, SessionMessage message)
        {
        }

        public void OnLost(ManagerSession session, string reason)
        {
        }
    }
}
