using System.Diagnostics;

namespace Ccr.Client.Tests;

/// <summary>A sample as a process of its own, as a user runs it.</summary>
internal sealed class SampleProcess : IDisposable
{
    private readonly Process _process;

    public SampleProcess(string program, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, program + ".dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => Errors.Enqueue(line.Data ?? "");
        _process.BeginErrorReadLine();
    }

    public System.Collections.Concurrent.ConcurrentQueue<string> Errors { get; } = new();

    /// <summary>The next line that it prints.</summary>
    public async Task<string> LineAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(FakeManager.Patience)
        ?? throw new IOException("The sample ended: " + string.Join('\n', Errors));

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(FakeManager.Patience);
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
