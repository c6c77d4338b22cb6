using System.Collections.Concurrent;
using System.Diagnostics;

namespace Ccr.Embedded.Tests;

/// <summary>One process of the application, with its manager embedded.</summary>
internal sealed class Worker : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _error = new();
    private readonly TaskCompletionSource<string> _node = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;

    private Worker(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(), ReadErrorAsync());
    }

    /// <summary>Its slot.</summary>
    public string Node { get; private set; } = "";

    /// <summary>Actions that its Clients were told are committed.</summary>
    public ConcurrentQueue<string> Committed { get; } = new();

    /// <summary>What it wrote for people.</summary>
    public string Errors => string.Join('\n', _error);

    /// <summary>Ends when the process has ended.</summary>
    public Task Ended => _process.WaitForExitAsync();

    public bool HasEnded => _process.HasExited;

    /// <summary>Starts one, and waits until it has its slot.</summary>
    /// <param name="root">The root of the slots.</param>
    /// <param name="databases">The folder of the databases.</param>
    /// <param name="clients">How many actions it runs at a time.</param>
    /// <param name="failpoint">Where it kills itself (CCR_FAILPOINT); null: nowhere.</param>
    public static async Task<Worker> StartAsync(string root, string databases, int clients, string? failpoint = null)
    {
        ProcessStartInfo start = new("dotnet", [Program, root, databases, $"{clients}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CCR_FAILPOINT"] = failpoint ?? "";
        start.Environment["DOTNET_TieredPGO"] = "0";
        Worker worker = new(Process.Start(start)!);
        worker.Node = await worker._node.Task.WaitAsync(StartLimit);
        return worker;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await Ended;
        await _reading;
    }

    /// <summary>A clean stop.</summary>
    public async Task StopAsync()
    {
        _process.StandardInput.Close();
        await Ended.WaitAsync(StartLimit);
        await _reading;
        Assert.True(_process.ExitCode == 0, Errors);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    /// <summary>bin/PROJECT/CONFIGURATION/ASSEMBLY.dll, beside bin/Ccr.Embedded.Tests/CONFIGURATION.</summary>
    private static string Program
    {
        get
        {
            string here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
            string bin = Path.GetDirectoryName(Path.GetDirectoryName(here))!;
            return Path.Combine(bin, "Ccr.EmbeddedWorker", Path.GetFileName(here), "Ccr.EmbeddedWorker.dll");
        }
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            string[] words = line.Split(' ');
            if (words is ["node", _])
            {
                _node.TrySetResult(words[1]);
            }
            else if (words is ["committed", _])
            {
                Committed.Enqueue(words[1]);
            }
        }

        _node.TrySetException(new InvalidOperationException($"The worker ended: {Errors}"));
    }

    private async Task ReadErrorAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            _error.Enqueue(line);
        }
    }
}
