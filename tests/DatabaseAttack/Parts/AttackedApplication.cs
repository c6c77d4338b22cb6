using System.Diagnostics;
using System.Globalization;
using Ccr.Databases.Testing;

namespace Ccr.DatabaseAttack;

/// <summary>The application's process: told what to run, asked what it was told.</summary>
internal sealed class AttackedApplication : IDisposable
{
    private const int AnswerLimitMs = 150_000; // the Client asks for an outcome for two minutes

    private readonly Process _process;
    private readonly List<string> _lines = [];

    private AttackedApplication(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>All that it said.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Starts it: over a manager's socket and these resources.</summary>
    public static AttackedApplication Start(string socket, IEnumerable<string> resources)
    {
        ProcessStartInfo start = new("dotnet", [Program, socket, .. resources])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        AttackedApplication application = new(new Process { StartInfo = start });
        application._process.OutputDataReceived += (_, line) => application.Take(line.Data);
        application._process.Start();
        application._process.BeginOutputReadLine();
        return application;
    }

    /// <summary>Returns when it has its connections.</summary>
    public Task ReadyAsync() => SaysAsync("ready");

    /// <summary>Begins an action.</summary>
    public void Run(int row, string step, int limitMs = 0) => Tell($"run {row} {step} {limitMs}");

    /// <summary>Lets an action go on.</summary>
    public void Go(int row) => Tell($"go {row}");

    /// <summary>A line to its standard input.</summary>
    public void Tell(FormattableString words)
    {
        _process.StandardInput.WriteLine(words.ToString(CultureInfo.InvariantCulture));
        _process.StandardInput.Flush();
    }

    /// <summary>Waits for a line that begins so, and takes it.</summary>
    public async Task<string> SaysAsync(string head)
    {
        string? found = null;
        await Until.TrueAsync(
            () =>
            {
                lock (_lines)
                {
                    found = _lines.FirstOrDefault(l => l == head || l.StartsWith(head + " ", StringComparison.Ordinal));
                    if (found is not null)
                    {
                        _lines.Remove(found);
                    }
                    else if (_lines.FirstOrDefault(l => l.StartsWith("failed", StringComparison.Ordinal)) is { } failed)
                    {
                        throw new InvalidOperationException(failed);
                    }
                }

                return found is not null;
            },
            $"the application says '{head}'; it said: {string.Join(" / ", Lines)}", AnswerLimitMs);
        return found!;
    }

    /// <summary>True once it said a line that begins so.</summary>
    public bool HasSaid(string head) =>
        Lines.Any(l => l == head || l.StartsWith(head + " ", StringComparison.Ordinal));

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    /// <summary>bin/Ccr.DatabaseAttackApp/CONFIGURATION, beside ours.</summary>
    private static string Program
    {
        get
        {
            string here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
            string bin = Path.GetDirectoryName(Path.GetDirectoryName(here))!;
            return Path.Combine(
                bin, "Ccr.DatabaseAttackApp", Path.GetFileName(here), "Ccr.DatabaseAttackApp.dll");
        }
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }
        }
    }
}
