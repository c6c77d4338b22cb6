using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Resources.Xa;
using Npgsql;

namespace Ccr.Bench.Db;

/// <summary>Two databases that a transaction goes over.</summary>
internal interface IDbParties : IAsyncDisposable
{
    /// <summary>As an application reaches them.</summary>
    XaDatabase[] Databases { get; }

    /// <summary>As the manager reaches them.</summary>
    IEnumerable<CcrDatabase> Registrations { get; }
}

/// <summary>Two PostgreSQL clusters with an account table each.</summary>
internal sealed class DbParties : IDbParties
{
    private const int Clients = 64;
    private readonly PostgreSqlCluster[] _clusters;

    private DbParties(PostgreSqlCluster orders, PostgreSqlCluster stock)
    {
        _clusters = [orders, stock];
        Sources =
        [
            .. _clusters.Select((c, i) => NpgsqlDataSource.Create(
                c.ConnectionString(NameOf(i), $"Enlist=false;Maximum Pool Size={Clients + 8}"))),
        ];
        Databases =
        [
            new XaDatabase("orders", Sources[0], PostgreSqlDialect.Instance),
            new XaDatabase("stock", Sources[1], PostgreSqlDialect.Instance),
        ];
    }

    internal NpgsqlDataSource[] Sources { get; }

    public XaDatabase[] Databases { get; }

    public IEnumerable<CcrDatabase> Registrations => Databases.Select(
        (database, i) => new CcrDatabase(database.Name, "postgresql", ConnectionString(i)));

    internal string ConnectionString(int which, string more = "") =>
        _clusters[which].ConnectionString(NameOf(which), more);

    internal static string UpdateOf(int row) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"UPDATE account SET v = v + 1 WHERE id = {row}");

    /// <summary>Starts them; what is preloaded in this process is preloaded in them.</summary>
    internal static async Task<DbParties> StartAsync()
    {
        PostgreSqlCluster orders = await PostgreSqlCluster.StartNewAsync("shared_buffers=128MB", "max_wal_size=2GB");
        PostgreSqlCluster stock = await PostgreSqlCluster.StartNewAsync("shared_buffers=128MB", "max_wal_size=2GB");
        await stock.ExecuteAsync("CREATE DATABASE filler"); // both are copies of one: their numbers must differ
        for (int which = 0; which < 2; which++)
        {
            (PostgreSqlCluster cluster, string name) = (which == 0 ? orders : stock, NameOf(which));
            await cluster.ExecuteAsync($"CREATE DATABASE {name}");
            await cluster.ExecuteAsync(
                "CREATE TABLE account (id int PRIMARY KEY, v int NOT NULL) WITH (fillfactor = 50); "
                + $"INSERT INTO account SELECT i, 0 FROM generate_series(0, {Clients * DbLoad.RowsOfAClient}) i",
                name);
            await cluster.ExecuteAsync("VACUUM ANALYZE account", name);
        }

        return new DbParties(orders, stock);
    }

    private static string NameOf(int which) => which == 0 ? "orders" : "stock";

    public async ValueTask DisposeAsync()
    {
        foreach (NpgsqlDataSource source in Sources)
        {
            await source.DisposeAsync();
        }

        foreach (PostgreSqlCluster cluster in _clusters)
        {
            await cluster.DisposeAsync();
        }
    }
}
