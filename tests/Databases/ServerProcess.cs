using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Ccr.Databases.Testing;

/// <summary>A database server's process: started as an unprivileged user, signalled by its number.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    /// <summary>The user that servers run as when the tests run as root, which PostgreSQL refuses.</summary>
    internal const string User = "nobody";

    private readonly Process _process;

    private ServerProcess(Process process) => _process = process;

    internal static bool IsRoot { get; } = geteuid() == 0;

    internal int Pid => _process.Id;

    internal bool HasExited => _process.HasExited;

    /// <summary>
    /// Starts a program whose output is added to a file; the shell becomes the program, so the pid is its.
    /// </summary>
    internal static ServerProcess Start(string log, string folder, params string[] command)
    {
        ProcessStartInfo start = new("/bin/sh") { WorkingDirectory = folder };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(log);
        foreach (string word in (IEnumerable<string>)[.. AsUser, .. command])
        {
            start.ArgumentList.Add(word);
        }

        ServerProcess process = new(Process.Start(start) ?? throw new InvalidOperationException("No process."));
        AppDomain.CurrentDomain.ProcessExit += process.OnExit;
        return process;
    }

    /// <summary>Runs a program to its end; throws with its output when it fails.</summary>
    internal static async Task RunAsync(bool asUser, params string[] command)
    {
        string[] words = asUser ? [.. AsUser, .. command] : command;
        ProcessStartInfo start = new(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("No process.");
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', words)}: {await output}{await errors}");
        }
    }

    /// <summary>Sends a signal to the server and, first or last, to the processes that it started.</summary>
    internal void SignalAll(int signal)
    {
        int[] children = Children();
        kill(Pid, signal);
        foreach (int child in children)
        {
            kill(child, signal);
        }
    }

    internal void Signal(int signal) => kill(Pid, signal);

    /// <summary>SIGKILL to the server and its children, until none is left.</summary>
    internal async Task KillAllAsync()
    {
        int[] children = Children();
        SignalAll(9);
        await _process.WaitForExitAsync();
        await Until.TrueAsync(() => Array.TrueForAll(children, c => kill(c, 0) != 0), "the server's processes end");
    }

    internal Task ExitedAsync() => _process.WaitForExitAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        if (!_process.HasExited)
        {
            SignalAll(9);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string[] AsUser => IsRoot ? ["setpriv", $"--reuid={User}", "--regid=nogroup", "--clear-groups"] : [];

    private int[] Children()
    {
        string list = $"/proc/{Pid}/task/{Pid}/children";
        try
        {
            return File.ReadAllText(list).Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        }
        catch (IOException)
        {
            return []; // it has ended
        }
    }

    private void OnExit(object? sender, EventArgs e)
    {
        if (!_process.HasExited)
        {
            SignalAll(9);
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
