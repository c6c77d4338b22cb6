using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Ccr.Samples.NpgsqlOrphan;

/// <summary>A PostgreSQL cluster of this sample's own, in a scratch folder, gone at the end.</summary>
internal sealed class Cluster : IDisposable
{
    private const string Nobody = "nobody";
    private readonly string _folder = Directory.CreateTempSubdirectory("ccr-o").FullName;
    private readonly int _port = FreePort();
    private Process? _server;

    public Cluster(string name) => Name = name;

    public string Name { get; }

    /// <summary>How applications reach it.</summary>
    public string ConnectionString => $"Host={_folder};Port={_port};Username=sample;Database=postgres;Pooling=false;";

    private string Data => Path.Combine(_folder, "data");

    private static bool IsRoot => Environment.UserName == "root";

    public async Task StartAsync(string tables)
    {
        if (IsRoot)
        {
            await RunAsync("chown", Nobody, _folder); // PostgreSQL refuses to run as root
        }

        await RunAsync(AsUser(Find("initdb"), "-D", Data, "-U", "sample", "-A", "trust", "-N", "--locale=C"));
        string port = _port.ToString(CultureInfo.InvariantCulture);
        _server = Start(AsUser(
            Find("postgres"), "-D", Data, "-k", _folder, "-p", port, "-c", "listen_addresses=",
            "-c", "max_prepared_transactions=20"));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => End();
        for (int tries = 0; ; tries++)
        {
            try
            {
                await ExecuteAsync(tables);
                return;
            }
            catch (NpgsqlException e) when (tries < 200 && e is not PostgresException { SqlState: not "57P03" })
            {
                await Task.Delay(50);
            }
        }
    }

    public async Task ExecuteAsync(string text)
    {
        await using NpgsqlConnection connection = new(ConnectionString + "Enlist=false");
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(text, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Rows as text, the columns with a bar between.</summary>
    public async Task<List<string>> RowsAsync(string text)
    {
        await using NpgsqlConnection connection = new(ConnectionString + "Enlist=false");
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(text, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i))));
        }

        return rows;
    }

    public void Dispose()
    {
        End();
        Directory.Delete(_folder, recursive: true);
    }

    private void End()
    {
        if (_server is { HasExited: false })
        {
            using Process kill = Start(["kill", "-QUIT", _server.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
            _server.WaitForExit();
        }
    }

    private static string[] AsUser(params string[] command) =>
        IsRoot ? ["setpriv", $"--reuid={Nobody}", "--regid=nogroup", "--clear-groups", .. command] : command;

    private static Process Start(string[] command)
    {
        ProcessStartInfo start = new(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start.");
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task RunAsync(params string[] command)
    {
        using Process process = Start(command);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{string.Join(' ', command)}' ended with code {process.ExitCode}.");
        }
    }

    /// <summary>Debian keeps the server's programs outside PATH.</summary>
    private static string Find(string program)
    {
        const string Debian = "/usr/lib/postgresql";
        IEnumerable<string> folders = Directory.Exists(Debian)
            ? Directory.GetDirectories(Debian).OrderDescending().Select(f => Path.Combine(f, "bin"))
            : [];
        return folders.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"{program} is missing: apt-get install postgresql");
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
