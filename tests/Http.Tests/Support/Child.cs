using System.Diagnostics;
using System.Text;
using Ccr.Databases.Testing;

namespace Ccr.Http.Tests;

/// <summary>A process of a test: the applications of samples/Shop, or a node.</summary>
internal sealed class Child : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Child(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => _firstLine.TrySetResult(e.Data ?? "");
        process.ErrorDataReceived += (_, e) => Note(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a program that was built beside these tests: "Ccr.Node", "ccr-node".</summary>
    public static Child Start(
        string project, string assembly, string workingFolder, string? failpoint, params string[] args)
    {
        string here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string bin = Path.GetDirectoryName(Path.GetDirectoryName(here))!;
        ProcessStartInfo start = new(
            "dotnet", [Path.Combine(bin, project, Path.GetFileName(here), assembly + ".dll"), .. args])
        {
            WorkingDirectory = workingFolder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (failpoint is not null)
        {
            start.Environment["CCR_FAILPOINT"] = failpoint;
        }

        return new Child(Process.Start(start)!);
    }

    /// <summary>The first line that it prints.</summary>
    public async Task<string> LineAsync()
    {
        string line = await _firstLine.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return line.Length > 0 ? line : throw new InvalidOperationException($"It printed nothing. {_errors}");
    }

    public Task ExitedAsync() => Until.TrueAsync(() => _process.HasExited, "the process has ended by itself");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Note(string? line)
    {
        lock (_errors)
        {
            _errors.AppendLine(line);
        }
    }
}
