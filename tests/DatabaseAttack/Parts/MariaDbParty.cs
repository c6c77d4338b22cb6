using System.Globalization;
using Ccr.Databases.Testing;
using MySqlConnector;

namespace Ccr.DatabaseAttack;

/// <summary>A MariaDB server of its own.</summary>
internal sealed class MariaDbParty : Party
{
    private readonly MariaDbInstance _instance;

    private MariaDbParty(string name, MariaDbInstance instance)
    {
        Name = name;
        _instance = instance;
    }

    public override string Name { get; }

    public override string Argument => $"{Name}|mysql|{_instance.ConnectionString()}";

    public static async Task<MariaDbParty> StartNewAsync(string name, int rows)
    {
        MariaDbInstance instance = await MariaDbInstance.StartNewAsync();
        await instance.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL) ENGINE=InnoDB");
        await instance.ExecuteAsync("CREATE TABLE ops (id int PRIMARY KEY) ENGINE=InnoDB");
        await instance.ExecuteAsync(
            string.Create(CultureInfo.InvariantCulture, $"INSERT INTO t SELECT seq, 0 FROM seq_1_to_{rows}"));
        return new MariaDbParty(name, instance);
    }

    public override async Task<int> ValueAsync(int row) => int.Parse(
        await _instance.ScalarAsync(
            string.Create(CultureInfo.InvariantCulture, $"SELECT v FROM t WHERE id = {row}")),
        CultureInfo.InvariantCulture);

    public override async Task<int> PreparedAsync()
    {
        await using MySqlConnection connection = new(_instance.ConnectionString());
        await connection.OpenAsync(CancellationToken.None);
        await using MySqlCommand command = new() { Connection = connection, CommandText = "XA RECOVER" };
        await using System.Data.Common.DbDataReader reader = await command.ExecuteReaderAsync();
        int count = 0;
        while (await reader.ReadAsync())
        {
            count++;
        }

        return count;
    }

    public override Task TouchAsync(int row) => _instance.ExecuteAsync(
        string.Create(CultureInfo.InvariantCulture, $"UPDATE t SET v = v WHERE id = {row}"));

    public override Task KillAsync() => _instance.KillAsync();

    /// <summary>SIGSTOP.</summary>
    public void Pause() => _instance.Pause();

    public override Task StartAsync() => _instance.StartAsync();

    public override ValueTask DisposeAsync() => _instance.DisposeAsync();
}
