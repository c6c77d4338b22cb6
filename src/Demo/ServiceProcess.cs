using System.Diagnostics;

namespace Ccr.Demo;

/// <summary>One service of a node as a process of its own, its output in a file.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private const int KilledExitCode = 128 + 9;

    private readonly Process _process;
    private readonly StreamWriter _log;

    private ServiceProcess(Process process, StreamWriter log)
    {
        _process = process;
        _log = log;
    }

    /// <summary>The number of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Its standard input, which is open as long as the service is to run.</summary>
    public StreamWriter Input => _process.StandardInput;

    /// <summary>Ends when the process has ended.</summary>
    public Task Exited => _process.WaitForExitAsync();

    /// <summary>True once the process has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>True when it ended as by kill -9.</summary>
    public bool WasKilled => HasExited && (_process.ExitCode == KilledExitCode || OperatingSystem.IsWindows());

    /// <summary>The exit code; only once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>A folder of services in native code (./ccr native): these are started instead.</summary>
    private const string NativeVariable = "CCR_NATIVE";

    /// <summary>Starts one of the service executables that were built beside this program.</summary>
    /// <param name="service">"manager", "location" or "files".</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="failpoint">CCR_FAILPOINT of the process; null: none.</param>
    /// <param name="logPath">Where its output goes; an older one is kept in front.</param>
    /// <param name="through">A command that becomes the program: "ip netns exec NAME"; null: none.</param>
    public static ServiceProcess Start(
        string service, IEnumerable<string> arguments, string? failpoint, string logPath,
        IReadOnlyList<string>? through = null)
    {
        string[] command = [.. through ?? [], .. CommandOf(service), .. arguments];
        ProcessStartInfo start = new(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // We hold the other end of its standard input: when we die, even by kill -9, it stops.
        start.Environment["CCR_STOP_WITH_INPUT"] = "1";
        start.Environment.Remove("CCR_FAILPOINT");
        if (failpoint is not null)
        {
            start.Environment["CCR_FAILPOINT"] = failpoint;
        }

        StreamWriter log = new(logPath, append: true) { AutoFlush = true };
        Process process = new() { StartInfo = start };
        process.OutputDataReceived += (_, line) => Write(log, line.Data);
        process.ErrorDataReceived += (_, line) => Write(log, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ServiceProcess(process, log);
    }

    /// <summary>kill -9.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        lock (_log)
        {
            _log.Dispose();
        }
    }

    private static string[] CommandOf(string service) =>
        Environment.GetEnvironmentVariable(NativeVariable) is { Length: > 0 } folder
            ? [Path.Combine(folder, "ccr-" + service)]
            : [DotNet(), ProgramOf(service)];

    /// <summary>The dotnet that runs us, or the one on the path where a test host runs us.</summary>
    private static string DotNet() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    /// <summary>bin/PROJECT/CONFIGURATION/PROGRAM.dll, beside bin/Ccr.Demo/CONFIGURATION.</summary>
    private static string ProgramOf(string service)
    {
        string here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string bin = Path.GetDirectoryName(Path.GetDirectoryName(here))!;
        string project = $"Ccr.Services.{char.ToUpperInvariant(service[0])}{service[1..]}";
        string program = Path.Combine(bin, project, Path.GetFileName(here), $"ccr-{service}.dll");
        return File.Exists(program)
            ? program
            : throw new FileNotFoundException(
                $"{program} is missing: start the demo with ./ccr demo, which builds it.");
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
}
