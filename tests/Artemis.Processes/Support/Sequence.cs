using System.Diagnostics;
using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Demo;
using Ccr.Processes;
using Ccr.TestSupport;

namespace Ccr.Artemis.Processes.Support;

/// <summary>
/// samples/MemoryInStep as a user runs it: a PostgreSQL cluster, a manager that knows it, and the sample under
/// "ccrctl artemis run", each a process of its own that may be killed.
/// </summary>
internal sealed class Sequence : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3"; // the one that Debian's python3-psycopg2 is for

    private static readonly string[] Texts = ["output", "errors", "again", "a/groups/step/server.log", "manager.txt"];

    private readonly DirectoryInfo _root = TestFolder.Create();
    private readonly PostgreSqlCluster _cluster;
    private readonly NodeLayout _node;
    private ServiceProcess? _manager;
    private Process? _serving;

    private Sequence(PostgreSqlCluster cluster)
    {
        _cluster = cluster;
        _node = new NodeLayout(In("tokyo"));
        _node.Prepare();
        Group = new GroupFolder(In("a"), "step");
    }

    internal GroupFolder Group { get; }

    /// <summary>Starts everything but the sample.</summary>
    internal static async Task<Sequence> StartAsync()
    {
        Sequence all = new(await PostgreSqlCluster.StartNewAsync());
        await all._cluster.ExecuteAsync("CREATE TABLE t (id int)"); // no key: a row twice is to be seen
        await all.StartManagerAsync();
        await all.CcrctlAsync(
            "databases", "add", "tokyo.rows", "--data", all._node.Root, "--connection",
            all._cluster.ConnectionString());
        return all;
    }

    /// <summary>Starts the sample.</summary>
    internal void Run(int total, params string[] how)
    {
        bool plain = how.Contains("--plain");
        string dsn = $"host={_cluster.SocketFolder} port={_cluster.Port} user=ccr dbname=postgres";
        string[] words =
        [
            "artemis", "run", "--dir", In("a"), "--group", Group.Name, "--data", _node.Root,
            .. how.Where(h => h != "--plain"), "--", Python, "-u",
            Path.Combine(AppContext.BaseDirectory, "MemoryInStep", "sequence.py"), _node.ManagerSocket, dsn,
            "tokyo.rows", "tokyo.artemis-" + Group.Name, $"{total}",
        ];
        _serving = Start([.. words, .. plain ? ["--plain"] : Array.Empty<string>()], "output");
    }

    /// <summary>
    /// What the memory has counted, as it printed: from 1 up, each once; the file goes back with the program.
    /// </summary>
    internal int Counted()
    {
        string[] lines = File.Exists(In("output")) ? File.ReadAllLines(In("output")) : [];
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i] != $"{i + 1}" && (i < lines.Length - 1 || (lines[i] != "end" && _serving!.HasExited)))
            {
                Assert.Fail($"line {i + 1} is '{lines[i]}'. {Said}"); // read only now: it is long
            }
        }

        return lines.Length - (lines.LastOrDefault() == "end" ? 1 : 0);
    }

    /// <summary>True when the sample has counted to its end.</summary>
    internal bool HasEnded => File.Exists(In("output")) && File.ReadLines(In("output")).LastOrDefault() == "end";

    /// <summary>How many rows there are, how many different ones, and the highest.</summary>
    internal async Task<(int All, int Different, int Highest)> RowsAsync()
    {
        int[] numbers = [.. (await _cluster.ScalarAsync(
            "SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || coalesce(max(id), 0) FROM t"))
            .Split(' ').Select(int.Parse)];
        return (numbers[0], numbers[1], numbers[2]);
    }

    internal async Task<string> PreparedAsync() =>
        await _cluster.ScalarAsync("SELECT count(*) FROM pg_prepared_xacts");

    /// <summary>kill -9 of the sample itself.</summary>
    internal void KillProgram()
    {
        if (Group.Member is { } pid)
        {
            using Process victim = Process.GetProcessById(pid);
            victim.Kill();
        }
    }

    /// <summary>kill -9 of the process that serves the group.</summary>
    internal void KillServing() => _serving!.Kill();

    internal void KillManager() => _manager!.Kill();

    /// <summary>Starts the manager again on its log.</summary>
    internal async Task StartManagerAsync()
    {
        _manager?.Dispose();
        _manager = ServiceProcess.Start(
            "manager", ["--node", "tokyo", "--data", _node.Root, "--lanes", "2"], null, In("manager.txt"));
        await Eventually.HoldsAsync(() => AnswersAsync().GetAwaiter().GetResult(), "the manager answers", seconds: 60);
    }

    /// <summary>"ccrctl artemis restart" once whatever served the group has ended.</summary>
    internal async Task RestartAsync()
    {
        await _serving!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        _serving.Dispose();
        await Eventually.HoldsAsync(() => Group.Member is null, "the killed program is gone");
        _serving = Start(["artemis", "restart", Group.Name, "--dir", In("a")], "again");
    }

    /// <summary>The sample's exit code.</summary>
    internal async Task<int> EndAsync()
    {
        await _serving!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(120));
        return _serving.ExitCode;
    }

    /// <summary>Waits until the sample is further, and fails with everybody's last words.</summary>
    internal async Task GoesOnAsync(int than)
    {
        try
        {
            await Eventually.HoldsAsync(
                () => Counted() > than || HasEnded || _serving!.HasExited, "", seconds: 60);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"It does not go on from {than}. {Said}");
        }

        Assert.True(HasEnded || !_serving!.HasExited, $"It ended at {Counted()}. {Said}");
    }

    /// <summary>The last lines of all of them.</summary>
    internal string Said => string.Join('\n', Texts
        .Where(name => File.Exists(In(name)))
        .SelectMany(name => File.ReadLines(In(name)).TakeLast(5).Prepend($"--- {name}")));

    public async ValueTask DisposeAsync()
    {
        if (_serving is { HasExited: false })
        {
            _serving.Kill();
        }

        KillProgram();
        _serving?.Dispose();
        _manager?.Dispose();
        await _cluster.DisposeAsync();
        _root.Delete(recursive: true);
    }

    private string In(string name) => Path.Combine(_root.FullName, name);

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using CcrClient client = await CcrClient.ConnectAsync(_node.ManagerSocket);
            return true;
        }
        catch (CcrManagerLostException)
        {
            return false;
        }
    }

    private Process Start(string[] words, string output)
    {
        string line = string.Join(
            ' ', words.Prepend(Path.Combine(AppContext.BaseDirectory, "ccrctl")).Select(w => $"'{w}'"));
        ProcessStartInfo start = new("/bin/sh", ["-c", $"exec {line} >> {output} 2>> errors"])
        {
            WorkingDirectory = _root.FullName,
        };
        start.Environment["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin";
        start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(Environment.ProcessPath);
        return Process.Start(start)!;
    }

    private async Task CcrctlAsync(params string[] words)
    {
        using Process process = Start(words, "ccrctl.txt");
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(process.ExitCode == 0, File.ReadAllText(In("errors")));
    }
}
