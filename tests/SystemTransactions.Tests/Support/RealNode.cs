using Ccr.Ccrctl.Nodes;
using Ccr.CcrManager;
using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Resources.Databases;
using Ccr.Resources.Xa;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MySqlConnector;
using Npgsql;

namespace Ccr.SystemTransactions.Tests;

/// <summary>
/// A node as users run it: a manager that scans two databases, "orders" and "stock", and finishes branches.
/// </summary>
internal sealed class RealNode : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ccr-s").FullName;
    private readonly IHost _host;

    private RealNode(string orders, string stock, bool isStockMariaDb = false)
    {
        (OrdersText, StockText) = (orders, stock);
        Databases =
        [
            new("orders", NpgsqlDataSource.Create(orders + ";Enlist=false"), PostgreSqlDialect.Instance),
            isStockMariaDb
                ? new("stock", MySqlConnectorFactory.Instance.CreateDataSource(stock), MySqlDialect.Instance)
                : new("stock", NpgsqlDataSource.Create(stock + ";Enlist=false"), PostgreSqlDialect.Instance),
        ];
        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddCcrManager(options =>
        {
            options.Node = "osaka";
            options.Data = _folder;
            options.Lanes = 1;
            options.StopTimeoutMs = 0;
            options.AllowVolatileDirectory = true;
        });
        builder.Services.AddCcrDatabases(options =>
        {
            options.Drivers["postgresql"] = NpgsqlFactory.Instance;
            options.Drivers["mysql"] = MySqlConnectorFactory.Instance;
            options.Databases["orders"] = new DatabaseOptions { Connection = orders };
            options.Databases["stock"] = new DatabaseOptions
            {
                Kind = isStockMariaDb ? "mysql" : "postgresql",
                Connection = stock,
            };
        });
        _host = builder.Build();
    }

    public string OrdersText { get; }

    public string StockText { get; }

    public string Socket => new NodeLayout(_folder).ManagerSocket;

    /// <summary>The databases as an application names them.</summary>
    public IReadOnlyList<XaDatabase> Databases { get; }

    /// <summary>
    /// Starts one over databases of its own in both clusters; they are copies, so their numbers must differ.
    /// </summary>
    public static async Task<RealNode> StartAsync(PostgreSqlCluster orders, PostgreSqlCluster stock)
    {
        await stock.ExecuteAsync("CREATE DATABASE filler");
        await orders.ExecuteAsync("CREATE DATABASE orders");
        await stock.ExecuteAsync("CREATE DATABASE stock");
        await orders.ExecuteAsync("CREATE TABLE orders (number int PRIMARY KEY, goods text)", "orders");
        await stock.ExecuteAsync(
            "CREATE TABLE stock (goods text PRIMARY KEY, left_over int); INSERT INTO stock VALUES ('a bicycle', 10)",
            "stock");
        RealNode node = new(
            orders.ConnectionString("orders", "Pooling=false;"), stock.ConnectionString("stock", "Pooling=false;"));
        await node._host.StartAsync();
        return node;
    }

    /// <summary>Starts one over the database "postgres" of a cluster, and "test" of a MariaDB server.</summary>
    public static async Task<RealNode> StartAsync(PostgreSqlCluster orders, MariaDbInstance stock)
    {
        RealNode node = new(orders.ConnectionString(), stock.ConnectionString(), isStockMariaDb: true);
        await node._host.StartAsync();
        return node;
    }

    /// <summary>A counter of the manager's status.</summary>
    public async Task<long> CounterAsync(string name)
    {
        await using OperatorClient manager =
            await OperatorClient.ConnectAsync(new NodeLayout(_folder), CancellationToken.None);
        Status status = await manager.StatusAsync(CancellationToken.None);
        return status.Counters.Single(c => c.Name == name).Value;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        foreach (XaDatabase database in Databases)
        {
            await database.Source.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
