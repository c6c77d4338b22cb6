using System.Diagnostics;
using Ccr.Artemis.Processes.Support;
using Ccr.TestSupport;

namespace Ccr.Artemis.Processes;

/// <summary>Between a program and whoever started ccrctl artemis, nothing is lost and nothing is put in.</summary>
[Trait("Category", "Slow")]
public sealed class TerminalTests
{
    private const string Listener =
        "$| = 1; $SIG{TERM} = sub { print \"term\\n\"; exit 42 }; $SIG{INT} = sub { print \"int\\n\"; exit 43 }; "
        + "print \"ready\\n\"; select(undef, undef, undef, 0.05) while 1;";

    private const string Ticker =
        "$| = 1; for (1 .. 100000) { print \"tick $_\\n\"; select(undef, undef, undef, 0.02) }";

    [Theory]
    [InlineData(Signals.Terminate, 42, "term")]
    [InlineData(Signals.Interrupt, 43, "int")]
    public async Task A_signal_reaches_the_program_and_its_exit_code_comes_back(int signal, int code, string word)
    {
        using Work work = new();
        string directory = Directory.CreateTempSubdirectory("ccr-t").FullName;
        string said = Path.Combine(work.Folder, "said");
        work.Write("listener.pl", Listener);
        using Process serving = Start(
            work, $"{Ccrctl} artemis run --dir {directory} --group p -- perl listener.pl > said 2>&1");
        await Eventually.HoldsAsync(() => Lines(said) == 1, "the program is ready", 30);

        Assert.Equal(0, Signals.Send(serving.Id, signal));

        await serving.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(code, serving.ExitCode);
        Assert.Equal(["ready", word], File.ReadLines(said));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task The_bar_of_a_restart_has_ended_before_the_program_prints()
    {
        using Work work = new();
        string directory = Directory.CreateTempSubdirectory("ccr-t").FullName;
        string screen = Path.Combine(work.Folder, "screen");
        GroupFolder group = new(directory, "p");
        work.Write("ticker.pl", Ticker);
        using (Process killed = Start(
            work, OnTerminal($"run --dir {directory} --group p --every 50ms -- perl ticker.pl", "first")))
        {
            await Eventually.HoldsAsync(
                () => group.Exists && GroupReport.Read(group).Checkpoints.Any(c => c.IsNext), "a checkpoint", 30);
            Signals.Send(group.Member!.Value, Signals.Kill);
            await killed.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        }

        using (Process restarted = Start(work, OnTerminal($"restart p --dir {directory}", "screen")))
        {
            await Eventually.HoldsAsync(() => Lines(screen) > 10, "the program prints", 30);
            Signals.Send(group.Member!.Value, Signals.Kill);
            await restarted.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        }

        string all = File.ReadAllText(screen);
        int first = all.IndexOf("tick", StringComparison.Ordinal);
        int last = all.LastIndexOf("tick", StringComparison.Ordinal);
        Assert.Contains("checking", all[..first], StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", all[first..last], StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    private static string Ccrctl => $"'{Path.Combine(AppContext.BaseDirectory, "ccrctl")}'";

    /// <summary>A command of ccrctl artemis at a terminal of its own, whose text goes into a file.</summary>
    private static string OnTerminal(string words, string file) =>
        $"script -qfec \"exec {Ccrctl} artemis {words}\" {file} > /dev/null < /dev/null";

    private static int Lines(string path) => File.Exists(path) ? File.ReadLines(path).Count() : 0;

    private static Process Start(Work work, string command)
    {
        // Whoever runs the tests may have told them to ignore a key that is pressed, and so us.
        ProcessStartInfo start = new("env", ["--default-signal=INT", "/bin/sh", "-c", "exec " + command])
        {
            WorkingDirectory = work.Folder,
        };
        start.Environment["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin";
        start.Environment["TERM"] = "xterm";
        start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(Environment.ProcessPath);
        return Process.Start(start)!;
    }
}
