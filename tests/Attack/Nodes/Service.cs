using System.Runtime.InteropServices;
using Ccr.Demo;

namespace Ccr.Attack;

/// <summary>One service of a node, which is started, killed, stopped, continued and started again.</summary>
internal sealed partial class Service(string node, string kind, string folder, string[] arguments) : IDisposable
{
    private const int SigContinue = 18;
    private const int SigStop = 19;

    // The program waits for one line before it becomes the service, so that a tracer may come first.
    private static readonly string[] Gate = ["sh", "-c", "read go; exec \"$@\"", "sh"];

    private ServiceProcess? _process;

    /// <summary>"tokyo manager".</summary>
    public string Name => $"{node} {kind}";

    /// <summary>A command that becomes the program, as "ip netns exec NAME".</summary>
    public IReadOnlyList<string> Through { get; init; } = [];

    /// <summary>Its log of all starts.</summary>
    public string LogPath => Path.Combine(folder, kind + ".txt");

    /// <summary>Its process number.</summary>
    public int Id => Running.Id;

    /// <summary>True while there is a process.</summary>
    public bool IsUp => _process is { HasExited: false };

    /// <summary>Ends when the process has.</summary>
    public Task Exited => Running.Exited;

    /// <summary>How it ended; only once it has.</summary>
    public int ExitCode => Running.ExitCode;

    /// <summary>True when it ended by kill -9.</summary>
    public bool WasKilled => Running.WasKilled;

    private ServiceProcess Running =>
        _process ?? throw new InvalidOperationException($"{Name} was not started.");

    /// <summary>Starts it, or starts it again after its end.</summary>
    /// <param name="failpoint">CCR_FAILPOINT, or null.</param>
    public void Start(string? failpoint = null)
    {
        Replace();
        _process = ServiceProcess.Start(kind.Split(' ')[0], arguments, failpoint, LogPath, Through);
    }

    /// <summary>Starts it, halted before its first instruction until <see cref="Go"/>.</summary>
    public void StartHalted()
    {
        Replace();
        _process = ServiceProcess.Start(kind.Split(' ')[0], arguments, null, LogPath, [.. Through, .. Gate]);
    }

    /// <summary>Lets a halted one begin.</summary>
    public void Go()
    {
        Running.Input.WriteLine();
        Running.Input.Flush();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        Running.Kill();
        await Running.Exited;
    }

    /// <summary>SIGSTOP.</summary>
    public void Stop() => _ = Signal(Id, SigStop);

    /// <summary>SIGCONT.</summary>
    public void Continue() => _ = Signal(Id, SigContinue);

    /// <summary>The end of its log.</summary>
    public string LastWords()
    {
        try
        {
            return File.Exists(LogPath) ? string.Join('\n', File.ReadLines(LogPath).TakeLast(6)) : "";
        }
        catch (IOException busy)
        {
            return busy.Message;
        }
    }

    public void Dispose() => Replace();

    private void Replace()
    {
        _process?.Dispose();
        _process = null;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
