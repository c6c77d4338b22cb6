using System.Diagnostics;
using System.Globalization;
using Ccr.LocationServer.Tests.Support;

namespace Ccr.Services.Tests;

/// <summary>One of the programs as a process; killed at the end of the test, if it still runs.</summary>
internal sealed class RunningProgram : IDisposable
{
    private readonly Process _process;

    private RunningProgram(Process process) => _process = process;

    public int Id => _process.Id;

    public static RunningProgram Start(
        string name, string folder, string[] args, params (string Name, string Value)[] environment)
    {
        string library = Path.Combine(AppContext.BaseDirectory, name + ".dll");
        string native = Environment.GetEnvironmentVariable("CCR_NATIVE") ?? ""; // as in src/Demo
        string[] command = native.Length == 0 ? ["dotnet", library] : [Path.Combine(native, name)];
        ProcessStartInfo start = new(command[0], [.. command[1..], .. args])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        foreach ((string variable, string value) in environment)
        {
            start.Environment[variable] = value;
        }

        return new RunningProgram(Process.Start(start)!);
    }

    /// <summary>Reads what the program prints until a line begins with the text.</summary>
    public async Task<string> PrintsAsync(string text)
    {
        while (await _process.StandardOutput.ReadLineAsync(Wait.Token()) is { } line)
        {
            if (line.TrimStart().StartsWith(text, StringComparison.Ordinal))
            {
                return line.Trim();
            }
        }

        throw new InvalidOperationException($"It ended, and said: {await _process.StandardError.ReadToEndAsync()}");
    }

    /// <summary>Sends a signal: "TERM", "INT".</summary>
    public void Signal(string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>The exit code, and what it said on standard error.</summary>
    public async Task<(int Code, string Error)> EndsAsync()
    {
        string error = await _process.StandardError.ReadToEndAsync(Wait.Token());
        await _process.WaitForExitAsync(Wait.Token());
        return (_process.ExitCode, error);
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
}
