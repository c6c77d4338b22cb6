using Ccr.CcrManager;
using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MySqlConnector;
using Npgsql;

namespace Ccr.Resources.Databases.Tests;

/// <summary>A manager with databases, in this process: it can be started again on its log.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ccr-d").FullName;
    private readonly Action<DatabasesOptions>? _configure;
    private IHost? _host;

    private TestNode(Action<DatabasesOptions>? configure) => _configure = configure;

    public NodeLayout Layout => new(_folder);

    public ManagerIdentity Identity => _host!.Services.GetRequiredService<CcrManagerService>().Identity!;

    public static async Task<TestNode> StartNewAsync(Action<DatabasesOptions>? configure = null)
    {
        TestNode node = new(configure);
        await node.StartAsync();
        return node;
    }

    public async Task StartAsync()
    {
        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddCcrManager(options =>
        {
            options.Node = "tokyo";
            options.Data = _folder;
            options.Lanes = 2;
            options.StopTimeoutMs = 0;
            options.AllowVolatileDirectory = true;
        });
        builder.Services.AddCcrDatabases(options =>
        {
            options.ScanIntervalMs = 3_600_000; // what is finished, is not by chance of a scan's coming
            options.Drivers["postgresql"] = NpgsqlFactory.Instance;
            options.Drivers["mysql"] = MySqlConnectorFactory.Instance;
            _configure?.Invoke(options);
        });
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_host is { } host)
        {
            _host = null;
            await host.StopAsync();
            host.Dispose();
        }
    }

    public async Task RegisterAsync(string name, PostgreSqlCluster cluster, string database) =>
        await AskAsync<Accomplished>(new RegisterDatabase(
            1, name, "postgresql", cluster.ConnectionString(database), "", ""));

    /// <summary>Asks as an operator does, on a session of its own.</summary>
    public async Task<T> AskAsync<T>(SessionMessage message)
        where T : SessionMessage
    {
        SessionMessage answer = await TryAskAsync(message);
        return answer as T ?? throw new InvalidOperationException(
            answer is RequestRefused refused ? refused.Refusal.Text : answer.ToString());
    }

    /// <summary>The same; a refusal is an answer too.</summary>
    public async Task<SessionMessage> TryAskAsync(SessionMessage message)
    {
        await using ManagerSession session = await ManagerSession.ConnectAsync(
            Layout.ManagerSocket, SessionRole.Operator, "test", Deaf.Ears, TimeProvider.System,
            CancellationToken.None);
        try
        {
            return message switch
            {
                RegisterDatabase m => await session.RequestAsync(m, CancellationToken.None),
                AskOrphans m => await session.RequestAsync(m, CancellationToken.None),
                ResolveOrphan m => await session.RequestAsync(m, CancellationToken.None),
                ScanDatabases m => await session.RequestAsync(m, CancellationToken.None),
                AskActions m => await session.RequestAsync(m, CancellationToken.None),
                AskOutcome m => await session.RequestAsync(m, CancellationToken.None),
                _ => throw new ArgumentException($"{message} is none that is asked here."),
            };
        }
        catch (CcrRefusedException e)
        {
            return new RequestRefused(1, e.Refusal);
        }
        finally
        {
            session.Close("asked");
        }
    }

    public Task<Accomplished> ScanAsync() => AskAsync<Accomplished>(new ScanDatabases(1));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
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
