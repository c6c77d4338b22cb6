using System.Diagnostics;

namespace Ccr.Histories.Tests.RealNodes;

/// <summary>One service of a node as a process of its own; what it says goes to a file.</summary>
internal sealed class ServiceOfTest : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StreamWriter _log;

    private ServiceOfTest(Process process, StreamWriter log)
    {
        _process = process;
        _log = log;
    }

    /// <summary>Starts ccr-manager, ccr-location or ccr-files of the build beside this one.</summary>
    public static ServiceOfTest Start(string service, string logPath, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [ProgramOf(service), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["CCR_STOP_WITH_INPUT"] = "1"; // it ends when these tests do, by kill -9 too
        StreamWriter log = new(logPath, append: true) { AutoFlush = true };
        Process process = new() { StartInfo = start };
        process.OutputDataReceived += (_, line) => Write(log, line.Data);
        process.ErrorDataReceived += (_, line) => Write(log, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ServiceOfTest(process, log);
    }

    public bool HasExited => _process.HasExited;

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        lock (_log)
        {
            _log.Dispose();
        }
    }

    private static void Write(StreamWriter log, string? line)
    {
        lock (log)
        {
            if (line is not null && log.BaseStream is { CanWrite: true })
            {
                log.WriteLine(line);
            }
        }
    }

    /// <summary>bin/PROJECT/CONFIGURATION/PROGRAM.dll, beside the folder of these tests.</summary>
    private static string ProgramOf(string service)
    {
        string here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string bin = Path.GetDirectoryName(Path.GetDirectoryName(here))!;
        string project = $"Ccr.Services.{char.ToUpperInvariant(service[0])}{service[1..]}";
        return Path.Combine(bin, project, Path.GetFileName(here), $"ccr-{service}.dll");
    }
}
