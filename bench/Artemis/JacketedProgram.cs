using System.Diagnostics;
using Ccr.Artemis;
using Ccr.Client;

namespace Ccr.Bench.Artemis;

/// <summary>A program that <c>ccrctl artemis</c> runs, with its input and output in our hands.</summary>
internal sealed class JacketedProgram : IDisposable
{
    private static readonly string Built = Path.Combine(AppContext.BaseDirectory, "ccrctl.dll");
    private readonly Process _process;

    private JacketedProgram(GroupFolder folder, Process process)
    {
        Folder = folder;
        _process = process;
    }

    internal GroupFolder Folder { get; }

    /// <summary>Runs a program in a group of its own.</summary>
    internal static JacketedProgram Run(string directory, string group, params string[] words) =>
        Start(directory, group, ["run", "--group", group, "--dir", directory, "--keep", "60", "--", .. words]);

    /// <summary>Runs it with a checkpoint every so often.</summary>
    internal static JacketedProgram RunEvery(string directory, string group, int everyMs, params string[] words) =>
        Start(directory, group,
            ["run", "--group", group, "--dir", directory, "--every", $"{everyMs}ms", "--", .. words]);

    /// <summary>Lets a dead one go on, by the ccrctl that is given.</summary>
    internal static JacketedProgram Restart(string directory, string group, string ccrctl) =>
        Start(directory, group, ["restart", group, "--dir", directory], ccrctl);

    /// <summary>ccrctl as deploy/README.md installs it, in native code.</summary>
    internal static async Task<string> PublishAsync(string checkout, string folder)
    {
        using Process publish = Plain(
            "dotnet", "publish", Path.Combine(checkout, "src", "Ccrctl"), "-c", "Release", "-v", "q", "--nologo",
            "-o", folder, "-r", "linux-x64", "-p:PublishAot=true", "-p:RunAnalyzers=false",
            $"-p:ArtifactsPath={Path.Combine(folder, "build")}");
        string said = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        return publish.ExitCode == 0
            ? Path.Combine(folder, "ccrctl")
            : throw new InvalidOperationException($"ccrctl could not be published: {said}");
    }

    /// <summary>A program without anything of ours.</summary>
    internal static Process Plain(params string[] words) => Process.Start(Words(words[0], words[1..]))!;

    /// <summary>Compiles a program of bench/Artemis/programs.</summary>
    internal static async Task<string> CompileAsync(string name, string folder)
    {
        string program = Path.Combine(folder, name);
        using Process gcc = Plain("gcc", "-O2", "-o", program, SourceOf($"{name}.c"));
        await gcc.WaitForExitAsync();
        return gcc.ExitCode == 0 ? program : throw new InvalidOperationException($"gcc could not compile {name}.c.");
    }

    internal static string SourceOf(string file) => Path.Combine(AppContext.BaseDirectory, "Artemis", "programs", file);

    internal async Task<string> LineAsync(CancellationToken cancellation) =>
        await _process.StandardOutput.ReadLineAsync(cancellation)
        ?? throw new InvalidOperationException(
            $"The program of group {Folder.Name} has ended: {await LastWordsAsync()}");

    internal async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>All that it prints, until it ends.</summary>
    internal async Task<string> ToEndAsync(CancellationToken cancellation)
    {
        string text = await _process.StandardOutput.ReadToEndAsync(cancellation);
        await _process.WaitForExitAsync(cancellation);
        return _process.ExitCode == 0 ? text : throw new InvalidOperationException(
            $"The program of group {Folder.Name} ended with {_process.ExitCode}: {await LastWordsAsync()}");
    }

    /// <summary>Takes a checkpoint, as everybody may: an atomic action over the group's Server.</summary>
    internal async Task<CheckpointReport> CheckpointAsync(CcrClient client, CancellationToken cancellation)
    {
        await using AtomicAction action = await client.TransOpenAsync([Folder.LastServerName!], null, cancellation);
        CcrOutcome outcome = await action.TransCloseAsync(cancellation: cancellation);
        return outcome.IsCommitted
            ? GroupReport.Read(Folder).Checkpoints.Last(c => c.Status == CheckpointStatus.Committed)
            : throw new InvalidOperationException($"No checkpoint: {outcome.Refusal!.Text}");
    }

    /// <summary>kill -9 of the program; whoever served it ends by itself.</summary>
    internal async Task KillAsync(CancellationToken cancellation)
    {
        Process.GetProcessById(Folder.Member ?? throw new InvalidOperationException("It does not run.")).Kill();
        await _process.WaitForExitAsync(cancellation);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static JacketedProgram Start(
        string directory, string group, string[] arguments, string? ccrctl = null) => new(
            new GroupFolder(directory, group),
            Process.Start(ccrctl is null
                ? Words("dotnet", [Built, "artemis", .. arguments])
                : Words(ccrctl, ["artemis", .. arguments]))!);

    private static ProcessStartInfo Words(string program, string[] arguments)
    {
        ProcessStartInfo start = new(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private async Task<string> LastWordsAsync()
    {
        string log = Path.Combine(Folder.Root, "server.log");
        return File.Exists(log)
            ? string.Join(' ', (await File.ReadAllLinesAsync(log)).TakeLast(3))
            : "it says nothing.";
    }
}
