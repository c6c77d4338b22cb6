using System.Data.Common;
using System.Globalization;
using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Resources.Xa;
using MySqlConnector;
using Npgsql;

namespace Ccr.Bench.Db;

/// <summary>A PostgreSQL cluster and a MariaDB server with an account table each, and the work by hand.</summary>
internal sealed class MixedParties : IDbParties
{
    private const int Clients = 64;
    private readonly PostgreSqlCluster _orders;
    private readonly MariaDbInstance _stock;
    private readonly DbDataSource[] _sources;
    private long _names;

    private MixedParties(PostgreSqlCluster orders, MariaDbInstance stock)
    {
        _orders = orders;
        _stock = stock;
        _sources =
        [
            NpgsqlDataSource.Create(orders.ConnectionString(more: $"Enlist=false;Maximum Pool Size={Clients + 8}")),
            MySqlConnectorFactory.Instance.CreateDataSource(stock.ConnectionString(more: "Pooling=true")),
        ];
        Databases =
        [
            new XaDatabase("orders", _sources[0], PostgreSqlDialect.Instance),
            new XaDatabase("stock", _sources[1], MySqlDialect.Instance),
        ];
    }

    public XaDatabase[] Databases { get; }

    public IEnumerable<CcrDatabase> Registrations =>
    [
        new CcrDatabase("orders", "postgresql", _orders.ConnectionString()),
        new CcrDatabase("stock", "mysql", _stock.ConnectionString()),
    ];

    internal static async Task<MixedParties> StartAsync()
    {
        PostgreSqlCluster orders = await PostgreSqlCluster.StartNewAsync("shared_buffers=128MB", "max_wal_size=2GB");
        MariaDbInstance stock = await MariaDbInstance.StartNewAsync();
        await orders.ExecuteAsync(
            "CREATE TABLE account (id int PRIMARY KEY, v int NOT NULL) WITH (fillfactor = 50); "
            + $"INSERT INTO account SELECT i, 0 FROM generate_series(0, {Clients * DbLoad.RowsOfAClient}) i");
        await orders.ExecuteAsync("VACUUM ANALYZE account");
        await stock.ExecuteAsync("CREATE TABLE account (id int PRIMARY KEY, v int NOT NULL)");
        await stock.ExecuteAsync(
            $"INSERT INTO account SELECT seq, 0 FROM seq_0_to_{Clients * DbLoad.RowsOfAClient}");
        return new MixedParties(orders, stock);
    }

    /// <summary>Both branches by hand, without any coordinator or log.</summary>
    internal async Task RawAsync(int row)
    {
        string name = Interlocked.Increment(ref _names).ToString("x", CultureInfo.InvariantCulture);
        await using DbConnection orders = await _sources[0].OpenConnectionAsync();
        await using DbConnection stock = await _sources[1].OpenConnectionAsync();
        await using DbTransaction first = await orders.BeginTransactionAsync();
        await ExecuteAsync(stock, $"XA START 'raw{name}'");
        await ExecuteAsync(orders, DbParties.UpdateOf(row));
        await ExecuteAsync(stock, DbParties.UpdateOf(row));
        await Task.WhenAll(
            ExecuteAsync(orders, $"PREPARE TRANSACTION 'raw{name}'"),
            ExecuteAsync(stock, $"XA END 'raw{name}';XA PREPARE 'raw{name}'"));
        await Task.WhenAll(
            ExecuteAsync(orders, $"COMMIT PREPARED 'raw{name}'"), ExecuteAsync(stock, $"XA COMMIT 'raw{name}'"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (DbDataSource source in _sources)
        {
            await source.DisposeAsync();
        }

        await _orders.DisposeAsync();
        await _stock.DisposeAsync();
    }

    private static async Task ExecuteAsync(DbConnection connection, string text)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync();
    }
}
