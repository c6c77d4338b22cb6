using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Ccr.LogDamage.Tests.Errors;

/// <summary>A call that a thread of the manager made on a file of the log.</summary>
internal sealed record TracedCall(int Thread, string Name, string Line);

/// <summary>A real ccr-manager, under strace or alone.</summary>
internal sealed partial class TracedManager : IDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);
    private readonly string _folder;
    private readonly string _trace;
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    /// <param name="folder">The test's folder; the node's is below.</param>
    /// <param name="trace">The calls to be traced, or null: no strace.</param>
    /// <param name="inject">What strace does to one of them, or null.</param>
    internal TracedManager(string folder, string? trace, string? inject)
    {
        _folder = folder;
        _trace = Path.Combine(folder, "strace.txt");
        string log = Path.Combine(Node, "log");
        List<string> words = ["dotnet", Program(), "--node", "tokyo", "--data", Node];
        if (trace is not null)
        {
            List<string> strace = ["strace", "-f", "-y", "-o", _trace, "-P", log];
            foreach (string file in (string[])["identity", "identity.new", "witness", "lock", "records.00000000"])
            {
                strace.AddRange(["-P", Path.Combine(log, file)]);
            }

            strace.AddRange(["-e", "trace=" + trace]);
            strace.AddRange(inject is null ? [] : ["-e", "inject=" + inject]);
            words = [.. strace, .. words];
        }

        _process = Process.Start(new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    internal string Node => Path.Combine(_folder, "tokyo");

    internal Task Ended => _process.WaitForExitAsync();

    internal int ExitCode => _process.ExitCode;

    /// <summary>What it said, once it has ended.</summary>
    internal async Task<string> WordsAsync() => await _output + await _error;

    /// <summary>The traced calls, once it has ended.</summary>
    internal List<TracedCall> Calls() => File.ReadLines(_trace).Select(line => CallLine().Match(line))
        .Where(match => match.Success)
        .Select(match => new TracedCall(
            int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match.Groups[2].Value, match.Value))
        .ToList();

    /// <summary>SIGTERM, as an operator would.</summary>
    internal async Task StopAsync()
    {
        string pid = (await File.ReadAllTextAsync(Path.Combine(Node, "manager.pid"))).Trim();
        using Process kill = Process.Start("kill", ["-TERM", pid]);
        await kill.WaitForExitAsync();
        await Ended.WaitAsync(StopLimit);
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

    private static string Program()
    {
        string here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string bin = Path.GetDirectoryName(Path.GetDirectoryName(here))!;
        return Path.Combine(bin, "Ccr.Services.Manager", Path.GetFileName(here), "ccr-manager.dll");
    }

    [GeneratedRegex(@"^(\d+) +([a-z0-9]+)\(.*$")]
    private static partial Regex CallLine();
}
