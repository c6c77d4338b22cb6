using System.Diagnostics;
using System.Globalization;

namespace Ccr.Attack;

/// <summary>One run of the tracer: kills a process at its k-th write, force or send, or tells of all.</summary>
internal sealed class Tracing : IDisposable
{
    /// <summary>Longer than the manager's log waits before it forces what was left (LogWriter.IdleMs).</summary>
    private const int IdleMs = 130;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Process _tracer;
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _calls = [];
    private long _lastTicks;
    private bool _disposed;

    private Tracing(Process tracer) => _tracer = tracer;

    /// <summary>The calls that were entered; the last one was not carried out when it killed.</summary>
    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_calls)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>The call at which the process was killed; null when it was not.</summary>
    public string? KilledAt { get; private set; }

    /// <summary>Starts the tracer, which then waits for what to trace.</summary>
    public static Tracing Prepare()
    {
        string here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string bin = Path.GetDirectoryName(Path.GetDirectoryName(here))!;
        string program = Path.Combine(bin, "Ccr.AttackTracer", Path.GetFileName(here), "ccr-attack-tracer.dll");
        Process process = new()
        {
            StartInfo = new ProcessStartInfo("dotnet", [program])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            },
        };
        Tracing tracing = new(process);
        process.OutputDataReceived += (_, line) => tracing.Heard(line.Data ?? "");
        process.Start();
        process.BeginOutputReadLine();
        return tracing;
    }

    /// <summary>Attaches, and waits until the process makes no calls of its own accord.</summary>
    public async Task AttachAsync(int process)
    {
        await WriteAsync(Number(process));
        await _attached.Task.WaitAsync(Limit);
        Volatile.Write(ref _lastTicks, Environment.TickCount64);
        await Until.HoldsAsync(() => Task.FromResult(IsQuiet(IdleMs)), () => "the process is idle", Limit);
    }

    /// <summary>From now on calls count, and the k-th kills: of all, or of those of one description.</summary>
    public async Task KillAtAsync(int k, string? of = null)
    {
        lock (_calls)
        {
            _calls.Clear();
        }

        await WriteAsync(of is null ? Number(k) : $"{Number(k)} {of}");
        Volatile.Write(ref _lastTicks, Environment.TickCount64);
    }

    /// <summary>True when it has killed, or no call has come for so long.</summary>
    public bool IsQuiet(int quietMs) =>
        KilledAt is not null || Environment.TickCount64 - Volatile.Read(ref _lastTicks) > quietMs;

    /// <summary>Lets go of the process.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _tracer.StandardInput.Close();
            _tracer.WaitForExit();
            _tracer.Dispose();
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task WriteAsync(string line)
    {
        await _tracer.StandardInput.WriteLineAsync(line);
        await _tracer.StandardInput.FlushAsync();
    }

    private void Heard(string line)
    {
        string[] words = line.Split(' ', 3);
        if (words[0] == "attached")
        {
            _attached.TrySetResult();
        }
        else if (words[0] is "call" or "killed")
        {
            lock (_calls)
            {
                _calls.Add(words[2]);
            }

            Volatile.Write(ref _lastTicks, Environment.TickCount64);
            if (words[0] == "killed")
            {
                KilledAt = words[2];
            }
        }
    }
}
