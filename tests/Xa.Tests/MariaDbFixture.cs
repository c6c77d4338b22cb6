using Ccr.Databases.Testing;
using Ccr.Resources.Xa;
using MySqlConnector;

namespace Ccr.Xa.Tests;

/// <summary>One server for the tests that harm nobody.</summary>
public sealed class MariaDbFixture : IAsyncLifetime
{
    private int _counter;

    public MariaDbInstance Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await MariaDbInstance.StartNewAsync();
        await Server.ExecuteAsync("CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL) ENGINE=InnoDB");
        await Server.ExecuteAsync("INSERT INTO t SELECT seq, 0 FROM seq_1_to_100");
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    public async Task<MySqlConnection> OpenAsync(string more = "", string user = "root")
    {
        MySqlConnection connection = new(Server.ConnectionString(more: $"User ID={user};{more}"));
        await connection.OpenAsync(CancellationToken.None);
        return connection;
    }

    public string NewName() => MySqlDialect.Instance.NativeName(Names.Next(ref _counter));

    public async Task<int> ValueOfAsync(int id) =>
        int.Parse(await Server.ScalarAsync($"SELECT v FROM t WHERE id = {id}"));
}

[CollectionDefinition("MariaDB")]
public sealed class MariaDbCollection : ICollectionFixture<MariaDbFixture>;
