using System.Globalization;
using MySqlConnector;

namespace Ccr.Databases.Testing;

/// <summary>
/// A MariaDB server of its own: Unix socket and loopback, every commit flushed, user "root" without a password,
/// database "test".
/// </summary>
public sealed class MariaDbInstance : IAsyncDisposable
{
    private const string Usual = "Pooling=false;AutoEnlist=false";

    private readonly string _folder;
    private readonly string[] _settings;
    private ServerProcess? _process;

    private MariaDbInstance(string folder, int port, string[] settings) =>
        (_folder, Port, _settings) = (folder, port, settings);

    /// <summary>The TCP port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The Unix socket.</summary>
    public string Socket => Path.Combine(_folder, "socket");

    /// <summary>What the server wrote.</summary>
    public string LogFile => Path.Combine(_folder, "log");

    /// <summary>The server's process.</summary>
    public int Pid => _process?.Pid ?? throw new InvalidOperationException("The server does not run.");

    /// <summary>Makes a server and starts it; settings as "name=value" come after the usual ones.</summary>
    public static async Task<MariaDbInstance> StartNewAsync(params string[] settings)
    {
        string template = await Scratch.TemplateAsync("mariadb", InstallAsync);
        string folder = await Scratch.MakeAsync("ccr-my-");
        await Scratch.CopyAsync(template, folder);
        MariaDbInstance instance = new(folder, Scratch.FreePort(), settings);
        await instance.StartAsync();
        await instance.ExecuteAsync("CREATE DATABASE IF NOT EXISTS test", "");
        return instance;
    }

    /// <summary>A connection string for <see cref="MySqlConnection"/> over the Unix socket.</summary>
    public string ConnectionString(string database = "test", string more = "") =>
        $"Server={Socket};Protocol=Unix;User ID=root;Database={database};{Usual};{more}";

    /// <summary>A connection string over TCP.</summary>
    public string TcpConnectionString(string database = "test", string more = "") =>
        $"Server=127.0.0.1;Port={Port};User ID=root;Database={database};{Usual};{more}";

    /// <summary>Executes statements on a connection of its own.</summary>
    public async Task ExecuteAsync(string sql, string database = "test")
    {
        await using MySqlConnection connection = new(ConnectionString(database));
        await connection.OpenAsync(CancellationToken.None);
        await using MySqlCommand command = new() { Connection = connection, CommandText = sql };
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    /// <summary>The first column of the first row, as text; "" for none.</summary>
    public async Task<string> ScalarAsync(string sql, string database = "test")
    {
        await using MySqlConnection connection = new(ConnectionString(database));
        await connection.OpenAsync(CancellationToken.None);
        await using MySqlCommand command = new() { Connection = connection, CommandText = sql };
        return Convert.ToString(
            await command.ExecuteScalarAsync(CancellationToken.None), CultureInfo.InvariantCulture) ?? "";
    }

    /// <summary>Starts the server, and returns when it takes connections.</summary>
    public async Task StartAsync()
    {
        _process?.Dispose();
        string[] usual =
        [
            $"datadir={Path.Combine(_folder, "data")}", $"socket={Socket}",
            $"port={Port.ToString(CultureInfo.InvariantCulture)}", "bind-address=127.0.0.1",
            $"pid-file={Path.Combine(_folder, "pid")}", "innodb-log-file-size=16M", "innodb-buffer-pool-size=64M",
            "innodb-flush-log-at-trx-commit=1", "max-connections=300", "skip-name-resolve", "lc-messages=en_US",
        ];
        string[] command =
            ["mariadbd", "--no-defaults", .. usual.Concat(_settings).Select(s => $"--{s}")];
        ServerProcess process = ServerProcess.Start(LogFile, _folder, command);
        _process = process;
        await Until.TrueAsync(() => IsReadyAsync(process), $"MariaDB in {_folder} takes connections");
    }

    /// <summary>Kill -9.</summary>
    public Task KillAsync() => _process!.KillAllAsync();

    /// <summary>A shutdown in order.</summary>
    public async Task StopAsync()
    {
        _process!.Signal(15);
        await _process.ExitedAsync();
    }

    /// <summary>SIGSTOP.</summary>
    public void Pause() => _process!.SignalAll(19);

    /// <summary>SIGCONT.</summary>
    public void Continue() => _process!.SignalAll(18);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task InstallAsync(string data)
    {
        await ServerProcess.RunAsync(true, "mkdir", data);
        await ServerProcess.RunAsync(
            true, "mariadb-install-db", "--no-defaults", $"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db", "--innodb-log-file-size=16M");
    }

    private async Task<bool> IsReadyAsync(ServerProcess process)
    {
        if (process.HasExited)
        {
            throw new InvalidOperationException($"MariaDB ended: {await File.ReadAllTextAsync(LogFile)}");
        }

        try
        {
            return File.Exists(Socket) && await ScalarAsync("SELECT 1", "") == "1";
        }
        catch (MySqlException)
        {
            return false; // not yet
        }
    }
}
