using System.Diagnostics;
using Ccr.Client;
using Ccr.TestSupport;

namespace Ccr.Artemis.Processes.Support;

/// <summary>
/// A real program under the jacket, with a group of its own; its output goes into a file, which is the program's too.
/// </summary>
internal sealed class Jacketed : IAsyncDisposable
{
    internal const string Output = "output";
    private const int TakesMost = 200;
    private readonly string _root;
    private GroupHost? _host;
    private Task<int>? _ended;

    private Jacketed(string root, string work)
    {
        _root = root;
        Work = work;
        Folder = new GroupFolder(Path.Combine(root, "dir"), "p");
    }

    /// <summary>The folder that the program works in.</summary>
    internal string Work { get; }

    internal GroupFolder Folder { get; }

    internal List<string> Log { get; } = [];

    internal int Restarts { get; private set; }

    /// <summary>
    /// True for a program whose descriptors come and go: what is open now is not what was open at its checkpoint.
    /// </summary>
    internal bool OpensAndCloses { get; set; }

    /// <summary>One of the jackets of tests/Artemis.Programs/jackets; else the product's.</summary>
    internal string? Jacket { get; init; }

    /// <summary>Starts a command of the shell's language; it must end in one program.</summary>
    internal static async Task<Jacketed> StartAsync(string work, string command, string? jacket = null)
    {
        Jacketed program = await ServeAsync(work, jacket);
        program.Launch(command);
        await program.ArrivedAsync();
        return program;
    }

    /// <summary>Serves a group that has no program yet.</summary>
    internal static async Task<Jacketed> ServeAsync(string work, string? jacket = null)
    {
        Jacketed program = new(Directory.CreateTempSubdirectory("ccr-j").FullName, work) { Jacket = jacket };
        await program.HostAsync(new GroupSettings());
        return program;
    }

    /// <summary>Starts a command, and does not wait for it.</summary>
    internal void Launch(string command) =>
        _ended = Shell(Quoted([JacketFiles.Launcher, .. JacketFiles.RunArguments(Folder)]) + " " + command);

    /// <summary>The program's process, as the test sees it.</summary>
    internal int Pid => Folder.Member ?? throw new EndedEarlyException();

    internal bool IsAlive => _ended is { IsCompleted: false };

    internal GroupReport Report => GroupReport.Read(Folder);

    /// <summary>The name of the group's Server.</summary>
    internal string ServerName => _host!.Server.Name;

    internal async Task<CcrOutcome> CheckpointAsync() => await _host!.Server.CheckpointAsync();

    /// <summary>
    /// A checkpoint that has to succeed; one that is refused, since a child is alive just then, is asked for again.
    /// </summary>
    internal async Task TakeAsync()
    {
        for (int tries = 1; IsAlive; tries++)
        {
            CcrOutcome outcome = await CheckpointAsync();
            if (outcome.IsCommitted)
            {
                return;
            }

            Assert.True(tries < TakesMost, outcome.ToString());
            await Moment.AfterAsync(2);
        }

        throw new EndedEarlyException();
    }

    /// <summary>Kills it, and waits until it is gone.</summary>
    internal async Task KillAsync()
    {
        _ = Signals.Send(Pid, Signals.Kill);
        if (await EndAsync() == 0)
        {
            throw new EndedEarlyException(); // by itself, just before
        }

        await Eventually.HoldsAsync(() => Folder.Member is null, "the killed program is gone");
    }

    /// <summary>Starts it again, with a server of its own: as after the machine's end.</summary>
    internal async Task<RestartReport> RestartAsync(long? at = null, bool restoresFiles = true)
    {
        await _host!.DisposeAsync();
        await HostAsync(new GroupSettings());
        RestartReport report = await _host!.Server.RestartAsync(new RestartRequest
        {
            At = at,
            RestoresFiles = restoresFiles,
            Launch = launch => _ended = Shell(
                Quoted([JacketFiles.Launcher, .. JacketFiles.RestartArguments(Folder, launch)])
                + $" >> {Output}.again 2>&1"),
        });
        Restarts++;
        return report;
    }

    /// <summary>The exit code.</summary>
    internal async Task<int> EndAsync() => await _ended!.WaitAsync(TimeSpan.FromSeconds(90));

    /// <summary>All threads and descriptors of the program; of one that opens and closes, its threads alone.</summary>
    internal (int Threads, string Descriptors) Counts()
    {
        try
        {
            return (Directory.GetDirectories($"/proc/{Pid}/task").Length, OpensAndCloses ? "" : Descriptors(Pid));
        }
        catch (DirectoryNotFoundException)
        {
            throw new EndedEarlyException();
        }
    }

    private static string Descriptors(int pid) => string.Join(
        ' ', Directory.GetFileSystemEntries($"/proc/{pid}/fd").Select(Path.GetFileName)
            .Select(name => int.Parse(name!, null)).Where(fd => fd < 1000).Order());

    public async ValueTask DisposeAsync()
    {
        if (Folder.Member is { } pid)
        {
            using Process left = Process.GetProcessById(pid);
            left.Kill();
        }

        await (_host?.DisposeAsync() ?? ValueTask.CompletedTask);
        Directory.Delete(_root, recursive: true);
    }

    private async Task HostAsync(GroupSettings settings)
    {
        _host = await GroupHost.StartAsync(Folder, settings, line =>
        {
            lock (Log)
            {
                Log.Add(line);
            }
        });
        await _host.Server.Registered.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Waits until the program is connected.</summary>
    internal async Task ArrivedAsync()
    {
        Task first = await Task.WhenAny(_host!.Server.Arrived, _ended!).WaitAsync(TimeSpan.FromSeconds(30));
        if (first == _ended)
        {
            string said = File.Exists(Path.Combine(Work, Output)) ? File.ReadAllText(Path.Combine(Work, Output)) : "";
            Assert.Fail($"The program ended with {await _ended} at once. {said}");
        }
    }

    private async Task<int> Shell(string command)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", "exec " + command])
        {
            WorkingDirectory = Work,
            UseShellExecute = false,
            Environment = { ["PATH"] = "/usr/bin:/bin" },
        };
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private string Quoted(IEnumerable<string> words)
    {
        string library = Jacket is null
            ? JacketFiles.Library
            : Path.Combine(AppContext.BaseDirectory, "programs", Jacket, "libjacket.so");
        return string.Join(' ', words.Select(w => $"'{(w == JacketFiles.Library ? library : w)}'"));
    }
}
