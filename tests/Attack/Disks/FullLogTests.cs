using System.Globalization;
using Ccr.Client;
using Ccr.Resources.Files;
using Xunit.Abstractions;

namespace Ccr.Attack;

/// <summary>
/// The disk of a manager's log, and that one alone, has no room: it refuses or stops in words, nothing is lost, and on
/// it goes with room and a restart.
/// </summary>
public sealed class FullLogTests(ITestOutputHelper output)
{
    private const int Megabytes = 32;
    private const int ActionsMax = 400;
    private const string File1 = "d";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);
    private static readonly string[] Servers = ["tokyo.files", "osaka.files"];

    /// <summary>The root's manager, and the subordinate's.</summary>
    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("tokyo")]
    [InlineData("osaka")]
    public async Task A_manager_whose_log_has_no_room_stops_in_words_and_nothing_is_lost(string at)
    {
        using SmallDisk disk = new(Megabytes);
        NodePorts[] ports = [NodePorts.Free(), NodePorts.Free()];
        NodeSettings small = new() { MoreOfManager = ["--loglimitbytes", $"{16 << 20}"] };
        using AttackCluster cluster = new(ports, _ => small);
        AttackNode full = cluster.Nodes.Single(n => n.Name == at);
        Directory.Delete(full.Layout.LogDirectory);
        Directory.CreateSymbolicLink(
            full.Layout.LogDirectory, Directory.CreateDirectory(Path.Combine(disk.Folder, "log")).FullName);
        await cluster.ReadyAsync();
        CcrClientOptions patient = new() { ConnectAttempts = 100 };
        await using CcrClient client = await CcrClient.ConnectAsync(
            cluster.Nodes[0].Layout.ManagerSocket, patient);
        await using CcrFiles files = new();
        await CommitAsync(client, files, "first");

        disk.Fill();
        (int refused, string last, string content, Task<Told>? pending) = await UntilStoppedAsync(client, files, full);
        int stops = await StopsInWordsAsync(full);
        disk.MakeRoom();
        await cluster.ReadyAsync();
        if (pending is not null)
        {
            Told told = await pending.WaitAsync(Limit);
            output.WriteLine($"the action at which it stopped: {told}");
            Assert.True(told.Committed is not null, $"{told}");
            last = told.Committed == true ? content : last;
        }

        await cluster.QuietAsync(Limit);
        foreach (AttackNode node in cluster.Nodes)
        {
            Assert.Equal(last, await SharedFile.ReadAsync(node.PathOf(node.Files, File1), Limit));
        }

        await CommitAsync(client, files, "room again");
        new Evidence.Evidence("processes", $"full disk of the log of {at}").Count("actions refused", refused)
            .Count("stops in words", stops).Write();
    }

    /// <summary>Actions, one after the other, until the manager ends or an action is refused.</summary>
    private async Task<(int Refused, string Last, string Content, Task<Told>? Pending)> UntilStoppedAsync(
        CcrClient client, CcrFiles files, AttackNode full)
    {
        string last = "first";
        for (int i = 0; i < ActionsMax; i++)
        {
            string content = string.Create(CultureInfo.InvariantCulture, $"full {i}");
            Task<Told> running = RunAsync(client, files, content);
            await Task.WhenAny(running, full.Manager.Exited).WaitAsync(Limit);
            if (!running.IsCompleted)
            {
                return (0, last, content, running);
            }

            Told told = await running;
            Assert.True(told.Committed is not null, $"{told}");
            last = told.Committed == true ? content : last;
            if (told.Committed == false || !full.Manager.IsUp)
            {
                output.WriteLine($"action {i}: {told}");
                Assert.True(told.Committed == true || told.Why.Length > 10, $"{told}");
                return (told.Committed == false ? 1 : 0, last, content, null);
            }
        }

        throw new InvalidOperationException($"{ActionsMax} actions did not meet the full disk.");
    }

    /// <summary>Where it stopped, it said why; started on the full disk, it says so again, or serves.</summary>
    private async Task<int> StopsInWordsAsync(AttackNode full)
    {
        int stops = 0;
        for (int i = 0; i < 2; i++)
        {
            await Until.HoldsAsync(
                async () => !full.Manager.IsUp || await full.UnendedAsync() is not null,
                () => $"{full.Manager.Name} stops or answers", Limit);
            if (!full.Manager.IsUp)
            {
                output.WriteLine($"it ended with code {full.Manager.ExitCode}:\n{full.Manager.LastWords()}");
                Assert.False(full.Manager.WasKilled);
                Assert.Contains("space", full.Manager.LastWords(), StringComparison.OrdinalIgnoreCase);
                stops++;
                full.Manager.Start();
            }
        }

        return stops;
    }

    private static async Task CommitAsync(CcrClient client, CcrFiles files, string content)
    {
        Told told = new(null, "not run", null);
        await Until.HoldsAsync(
            async () => (told = await RunAsync(client, files, content)).Committed == true,
            () => $"'{content}' commits: {told}", Limit);
    }

    private static Task<Told> RunAsync(CcrClient client, CcrFiles files, string content) =>
        Told.OfAsync(client, Servers, async action =>
        {
            foreach (string server in Servers)
            {
                await files.ReplaceTextAsync(action, server, File1, content);
            }
        });
}
