using System.Diagnostics;
using Ccr.TestSupport;

namespace Ccr.Artemis.Processes.Support;

/// <summary>
/// A group that a process of its own serves, "ccrctl artemis run" or "restart", which is killed at a step that
/// tests/Artemis.Programs/preloaded/kills.c counts. Its manager lives in the same process.
/// </summary>
internal sealed class Served(string work) : IAsyncDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("ccr-k");
    private Process? _serving;

    internal GroupFolder Folder => new(_root.FullName, "p");

    internal GroupReport Report => GroupReport.Read(Folder);

    /// <summary>The group's Server.</summary>
    internal static string ServerName => "p.artemis-p";

    /// <summary>True while somebody serves it.</summary>
    internal bool IsServed => _serving is { HasExited: false };

    internal int ServingPid => _serving!.Id;

    /// <summary>The steps since <see cref="KillAt"/>; the last one killed, if one did.</summary>
    internal string[] Steps => File.Exists(KillFile + ".steps") ? File.ReadAllLines(KillFile + ".steps") : [];

    /// <summary>What the serving processes have said.</summary>
    internal string Said => File.Exists(In("errors")) ? File.ReadAllText(In("errors")) : "";

    private string KillFile => In("kill");

    internal void Run(string command) => Start("run", "--group", "p", "--", "/bin/sh", "-c", "exec " + command);

    internal void Restart() => Start("restart", "p");

    /// <summary>Kills the serving process at its k-th step from now on; 0: counts only.</summary>
    internal void KillAt(int k)
    {
        File.Delete(KillFile + ".steps");
        File.WriteAllText(KillFile + ".fresh", $"{k}");
        File.Move(KillFile + ".fresh", KillFile, overwrite: true);
    }

    /// <summary>Nothing counts any more.</summary>
    internal void KillNever() => File.Delete(KillFile);

    internal void KillServing() => _serving!.Kill();

    /// <summary>Kills the program, if it is there, and waits until it is gone.</summary>
    internal async Task KillProgramAsync()
    {
        if (Folder.Member is { } pid)
        {
            _ = Signals.Send(pid, Signals.Kill);
        }

        await Eventually.HoldsAsync(() => Folder.Member is null, "the killed program is gone");
    }

    /// <summary>The serving process' exit code.</summary>
    internal async Task<int> EndAsync()
    {
        await _serving!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return _serving.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (IsServed)
        {
            KillServing();
            await EndAsync();
        }

        await KillProgramAsync();
        _serving?.Dispose();
        _root.Delete(recursive: true);
    }

    private void Start(string verb, params string[] words)
    {
        _serving?.Dispose();
        string[] all =
            [Path.Combine(AppContext.BaseDirectory, "ccrctl"), "artemis", verb, "--dir", _root.FullName, .. words];
        string line = string.Join(' ', all.Select(w => "'" + w.Replace("'", "'\\''", StringComparison.Ordinal) + "'"));
        string preload = Path.Combine(AppContext.BaseDirectory, "programs", "kills.so");
        ProcessStartInfo start = new(
            "/bin/sh",
            ["-c", $"CCR_KILL='{KillFile}' LD_PRELOAD='{preload}' exec {line} >> '{In("said")}' 2>> '{In("errors")}'"])
        {
            WorkingDirectory = work,
        };
        start.Environment["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin";
        start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(Environment.ProcessPath);
        _serving = Process.Start(start)!;
    }

    private string In(string name) => Path.Combine(_root.FullName, name);
}
