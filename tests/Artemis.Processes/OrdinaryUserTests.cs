using System.Diagnostics;
using System.Text.Json.Nodes;
using Ccr.Artemis.Processes.Support;
using Ccr.TestSupport;

namespace Ccr.Artemis.Processes;

/// <summary>ccrctl artemis by itself, as this user and as one without any capability.</summary>
[Trait("Category", "Slow")]
public sealed class OrdinaryUserTests
{
    private static readonly string[] WithoutAll =
        ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all", "--inh-caps",
            "-all", "--no-new-privs"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_checkpoint_kill_restart(bool ordinary)
    {
        string[] user = ordinary && Environment.UserName == "root" ? WithoutAll : ["env"];
        using Work work = new();
        string command = ProgramTests.Prepare("perl", work, times: 2);
        Dictionary<string, string> expected = await work.UninterruptedAsync(command);
        string directory = Directory.CreateTempSubdirectory("ccr-o").FullName;
        foreach (string folder in new[] { directory, work.Folder })
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(folder, (UnixFileMode)0x1FF); // the other user's too
            }
        }

        Process first = Start(
            work, user, ["artemis", "run", "--group", "p", "--dir", directory, "--every", "200ms", "--", "perl",
                "p.pl"], "output");
        GroupFolder group = new(directory, "p");
        await Eventually.HoldsAsync(
            () => Committed(group) >= 2, $"two checkpoints: {Said(work, first)}", seconds: 30);
        Assert.Equal(0, await EndAsync(Start(
            work, user, ["artemis", "checkpoint", "p", "--dir", directory, "--json"], "checkpoint.again")));
        JsonNode taken = JsonNode.Parse(File.ReadAllText(Path.Combine(work.Folder, "checkpoint.again")))!;
        Assert.Equal("committed", (string?)taken["checkpoint"]!["state"]);
        using (Process victim = Process.GetProcessById(group.Member!.Value))
        {
            victim.Kill();
        }

        Assert.Equal(137, await EndAsync(first));
        Assert.Equal(0, await EndAsync(Start(
            work, user, ["artemis", "verify", "p", "--dir", directory], "verify.again")));
        int code = await EndAsync(Start(
            work, user, ["artemis", "restart", "p", "--dir", directory], "restart.again"));
        Assert.True(code == 0, File.ReadAllText(Path.Combine(work.Folder, "restart.again")));
        Assert.Equal(expected, work.Left());
        Assert.Equal(0, await EndAsync(Start(
            work, user, ["artemis", "remove", "p", "--dir", directory], "remove.again")));
        Directory.Delete(directory, recursive: true);
    }

    private static string Ccrctl => Path.Combine(AppContext.BaseDirectory, "ccrctl");

    private static int Committed(GroupFolder group) =>
        group.Exists ? GroupReport.Read(group).Checkpoints.Count(c => c.Status == CheckpointStatus.Committed) : 0;

    private static string Said(Work work, Process process) =>
        process.HasExited ? File.ReadAllText(Path.Combine(work.Folder, "output")) : "it still runs";

    private static Process Start(Work work, string[] user, string[] words, string output)
    {
        string line = string.Join(' ', words.Prepend(Ccrctl).Select(w => $"'{w}'"));
        ProcessStartInfo start = new(user[0], [.. user[1..], "/bin/sh", "-c", $"exec {line} > {output} 2>&1"])
        {
            WorkingDirectory = work.Folder,
        };
        start.Environment["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin";
        start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(Environment.ProcessPath);
        start.Environment["HOME"] = work.Folder;
        return Process.Start(start)!;
    }

    private static async Task<int> EndAsync(Process process)
    {
        using (process)
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
            return process.ExitCode;
        }
    }
}
