using System.Runtime.InteropServices;
using Ccr.Ccrctl;
using Ccr.Ccrctl.Nodes;
using Ccr.Client;
using Ccr.Demo;
using Ccr.Processes;
using Ccr.Protocol.Messages;

namespace Ccr.DatabaseAttack;

/// <summary>One node: a CCR Manager and, where it is wanted, a file Server; settings as delivered.</summary>
internal sealed partial class AttackedNode : IDisposable
{
    /// <summary>The file Server's name.</summary>
    public const string FileServer = "tokyo.files";

    private const int SigContinue = 18;
    private const int SigStop = 19;
    private const int StartLimitMs = 60_000;

    private readonly DirectoryInfo _folder = TestFolder.Create();
    private readonly bool _withFiles;
    private ServiceProcess? _manager;
    private ServiceProcess? _files;

    public AttackedNode(bool withFiles)
    {
        _withFiles = withFiles;
        Layout = new NodeLayout(Path.Combine(_folder.FullName, "tokyo"));
        Layout.Prepare();
        Directory.CreateDirectory(Layout.FilesDirectory);
    }

    /// <summary>Its folder.</summary>
    public NodeLayout Layout { get; }

    /// <summary>How long the manager lets an owner stand still after the decision; null: as it comes.</summary>
    public int? OwnerTimeoutMs { get; set; }

    /// <summary>What the manager has been started with.</summary>
    public string? Failpoint { get; private set; }

    /// <summary>True once the manager has ended.</summary>
    public bool HasManagerExited => _manager!.HasExited;

    /// <summary>The manager's own words, for a failure.</summary>
    public string LastWords => File.Exists(LogPath) ? string.Join('\n', File.ReadLines(LogPath).TakeLast(12)) : "";

    private string LogPath => Path.Combine(_folder.FullName, "manager.txt");

    /// <summary>Starts the manager, or starts it again on its log.</summary>
    public void StartManager(string? failpoint = null)
    {
        _manager?.Dispose();
        Failpoint = failpoint;
        string[] patience = OwnerTimeoutMs is int limitMs ? ["--ownertimeoutms", $"{limitMs}"] : [];
        _manager = ServiceProcess.Start(
            "manager", ["--node", "tokyo", "--data", Layout.Root, "--lanes", "2", .. patience], failpoint, LogPath);
        if (_withFiles && _files is null)
        {
            _files = ServiceProcess.Start(
                "files", ["--node", "tokyo", "--data", Layout.Root], null,
                Path.Combine(_folder.FullName, "files.txt"));
        }
    }

    /// <summary>kill -9.</summary>
    public async Task KillManagerAsync()
    {
        _manager!.Kill();
        await _manager.Exited;
    }

    /// <summary>SIGSTOP.</summary>
    public void StopManager() => _ = Signal(_manager!.Id, SigStop);

    /// <summary>SIGCONT.</summary>
    public void ContinueManager() => _ = Signal(_manager!.Id, SigContinue);

    /// <summary>SIGSTOP or SIGCONT to another process.</summary>
    public static void Stop(int process, bool stop) => _ = Signal(process, stop ? SigStop : SigContinue);

    /// <summary>Returns when the manager answers, and knows so many Servers.</summary>
    public Task ReadyAsync(int servers) => Ccr.Databases.Testing.Until.TrueAsync(
        async () =>
        {
            Assert.False(_manager!.HasExited, $"The manager ended by itself:\n{LastWords}");
            Status? status = await AskAsync(m => m.StatusAsync(CancellationToken.None));
            return status is not null && status.Servers.Count(s => s.Connected) >= servers;
        },
        "the manager and its Servers answer", StartLimitMs);

    /// <summary>The actions that the manager has; null while it does not answer.</summary>
    public async Task<IReadOnlyList<ActionStatus>?> ActionsAsync() =>
        (await AskAsync(m => m.ActionsAsync(null, false, 20_000, CancellationToken.None)))?.Items;

    /// <summary>What the manager says; null while it does not answer.</summary>
    public async Task<T?> AskAsync<T>(Func<OperatorClient, Task<T>> question)
        where T : class
    {
        try
        {
            await using OperatorClient manager = await OperatorClient.ConnectAsync(Layout, CancellationToken.None);
            return await question(manager);
        }
        catch (CommandFailedException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _files?.Dispose();
        _manager?.Dispose();
        _folder.Delete(recursive: true);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
