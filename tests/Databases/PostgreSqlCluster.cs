using System.Globalization;
using Npgsql;

namespace Ccr.Databases.Testing;

/// <summary>
/// A PostgreSQL cluster of its own: Unix socket and loopback, fsync on, trust, superuser "ccr", database "postgres".
/// </summary>
public sealed class PostgreSqlCluster : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string[] _settings;
    private ServerProcess? _process;

    private PostgreSqlCluster(string folder, int port, string[] settings) =>
        (_folder, Port, _settings) = (folder, port, settings);

    /// <summary>The TCP port on 127.0.0.1, which also names the Unix socket.</summary>
    public int Port { get; }

    /// <summary>The folder of the Unix socket: "Host" for Npgsql.</summary>
    public string SocketFolder => _folder;

    /// <summary>The cluster's data.</summary>
    public string DataFolder => Path.Combine(_folder, "data");

    /// <summary>What the server wrote.</summary>
    public string LogFile => Path.Combine(_folder, "log");

    /// <summary>The postmaster's process.</summary>
    public int Pid => _process?.Pid ?? throw new InvalidOperationException("The cluster does not run.");

    /// <summary>Makes a cluster and starts it; settings as "name=value" come after the usual ones.</summary>
    public static async Task<PostgreSqlCluster> StartNewAsync(params string[] settings)
    {
        string template = await Scratch.TemplateAsync("pg15", data => ServerProcess.RunAsync(
            true, PostgreSqlPrograms.Find("initdb"), "-D", data, "-U", "ccr", "-A", "trust", "-N", "-E", "UTF8",
            "--locale=C"));
        string folder = await Scratch.MakeAsync("ccr-pg-");
        await Scratch.CopyAsync(template, folder);
        PostgreSqlCluster cluster = new(folder, Scratch.FreePort(), settings);
        await cluster.StartAsync();
        return cluster;
    }

    /// <summary>A connection string over the Unix socket.</summary>
    public string ConnectionString(string database = "postgres", string more = "") =>
        $"Host={_folder};Port={Port};Username=ccr;Database={database};{more}";

    /// <summary>A connection string over TCP.</summary>
    public string TcpConnectionString(string database = "postgres", string more = "") =>
        $"Host=127.0.0.1;Port={Port};Username=ccr;Database={database};{more}";

    /// <summary>Executes statements on a connection of its own.</summary>
    public async Task ExecuteAsync(string sql, string database = "postgres")
    {
        await using NpgsqlConnection connection = new(ConnectionString(database, "Pooling=false;Enlist=false"));
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of the first row, as text; "" for none.</summary>
    public async Task<string> ScalarAsync(string sql, string database = "postgres")
    {
        await using NpgsqlConnection connection = new(ConnectionString(database, "Pooling=false;Enlist=false"));
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture) ?? "";
    }

    /// <summary>Starts the cluster, and returns when it takes connections.</summary>
    public async Task StartAsync()
    {
        _process?.Dispose();
        List<string> command =
        [
            PostgreSqlPrograms.Find("postgres"), "-D", DataFolder, "-k", _folder, "-p",
            Port.ToString(CultureInfo.InvariantCulture),
        ];
        string[] usual =
        [
            "listen_addresses=127.0.0.1", "max_prepared_transactions=300", "max_connections=200", "shared_buffers=32MB",
            "max_wal_size=256MB", "autovacuum=off", "log_checkpoints=off", "lc_messages=C", "jit=off",
            "dynamic_shared_memory_type=mmap", // in the folder: a killed server leaves nothing in /dev/shm
        ];
        foreach (string setting in (IEnumerable<string>)[.. usual, .. _settings])
        {
            command.AddRange(["-c", setting]);
        }

        ServerProcess process = ServerProcess.Start(LogFile, _folder, [.. command]);
        _process = process;
        await Until.TrueAsync(() => IsReady(process), $"PostgreSQL in {_folder} takes connections");
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>
    /// Kill -9 of every process of the server: what a crash of the machine leaves, but for the page cache.
    /// </summary>
    public Task KillAsync() => _process!.KillAllAsync();

    /// <summary>A fast shutdown: sessions are ended, a checkpoint is written.</summary>
    public async Task StopAsync()
    {
        _process!.Signal(2);
        await _process.ExitedAsync();
    }

    /// <summary>SIGSTOP to every process of the server.</summary>
    public void Pause() => _process!.SignalAll(19);

    /// <summary>SIGCONT to every process of the server.</summary>
    public void Continue() => _process!.SignalAll(18);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private bool IsReady(ServerProcess process)
    {
        if (process.HasExited)
        {
            throw new InvalidOperationException($"PostgreSQL ended: {File.ReadAllText(LogFile)}");
        }

        try
        {
            // The eighth line of postmaster.pid is the state.
            string[] lines = File.ReadAllLines(Path.Combine(DataFolder, "postmaster.pid"));
            return lines.Length >= 8 && lines[7].Trim() == "ready"
                && lines[0] == process.Pid.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return false; // not written yet
        }
    }
}
