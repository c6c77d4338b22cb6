using System.Data.Common;
using System.Transactions;
using Ccr.Bench.TwoNode;
using Ccr.CcrManager;
using Ccr.Client;
using Ccr.Resources.Databases;
using Ccr.Resources.Xa;
using Ccr.SystemTransactions;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Ccr.Bench.Db;

/// <summary>
/// A manager in this process that serves both databases for real, scans and all, and an application's scopes. Npgsql
/// does not reset a connection that was enlisted (DISCARD ALL); so ours are not reset either.
/// </summary>
internal sealed class ScopeNode : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly CcrClient _client;
    private readonly CcrTransactions _ccr;
    private readonly PlainScopes _application;
    private readonly NpgsqlDataSource[] _sources;

    private ScopeNode(IHost host, CcrClient client, DbParties parties)
    {
        _host = host;
        _client = client;
        _sources =
        [
            .. parties.Databases.Select((_, i) => NpgsqlDataSource.Create(
                parties.ConnectionString(i, "Enlist=false;No Reset On Close=true;Maximum Pool Size=80"))),
        ];
        _ccr = new CcrTransactions(client, parties.Databases.Select(
            (d, i) => new XaDatabase(d.Name, _sources[i], PostgreSqlDialect.Instance)));
        _application = new PlainScopes(parties);
    }

    internal static async Task<ScopeNode> StartAsync(string data, DbParties parties)
    {
        HostApplicationBuilder builder = Child.Quiet();
        builder.Services.AddCcrManager(options =>
        {
            options.Node = "scopes";
            options.Data = data;
            options.Lanes = 1;
            options.Trace = false;
        });
        builder.Services.AddCcrDatabases(options =>
        {
            options.Drivers["postgresql"] = NpgsqlFactory.Instance;
            options.Databases["orders"] = new DatabaseOptions { Connection = parties.ConnectionString(0) };
            options.Databases["stock"] = new DatabaseOptions { Connection = parties.ConnectionString(1) };
        });
        IHost host = builder.Build();
        await host.StartAsync();
        return new ScopeNode(host, await CcrClient.ConnectAsync(new NodeLayout(data).ManagerSocket), parties);
    }

    internal void RunAssisted(int row)
    {
        using TransactionScope scope = PlainScopes.NewScope();
        _ccr.Assist("orders", "stock");
        _application.UpdateBoth(row);
        scope.Complete();
    }

    internal void RunManaged(int row)
    {
        using TransactionScope scope = PlainScopes.NewScope();
        Update("orders", row);
        Update("stock", row);
        scope.Complete();
    }

    internal void RunManagedOne(int row)
    {
        using TransactionScope scope = PlainScopes.NewScope();
        Update("orders", row);
        scope.Complete();
    }

    public async ValueTask DisposeAsync()
    {
        await _ccr.DisposeAsync();
        foreach (NpgsqlDataSource source in _sources)
        {
            await source.DisposeAsync();
        }

        await _client.DisposeAsync();
        await _host.StopAsync();
        _host.Dispose();
    }

    private void Update(string database, int row)
    {
        using XaConnection connection = _ccr.Open(database);
        using DbCommand command = connection.CreateCommand();
        command.CommandText = DbParties.UpdateOf(row);
        command.ExecuteNonQuery();
    }
}
