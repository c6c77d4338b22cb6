using System.Globalization;
using Ccr.Client;
using Ccr.Resources.Files;
using Xunit.Abstractions;

namespace Ccr.Attack;

/// <summary>A subordinate's disk has no room: refusals in words, nothing lost, and on it goes with room.</summary>
public sealed class FullDiskTests(ITestOutputHelper output)
{
    private const int Megabytes = 32;
    private const int Tries = 6;
    private const string File1 = "d";

    // Larger than a block: a redo image of it needs room that a full disk has not.
    private static readonly string Padding = new('x', 200_000);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_full_disk_refuses_in_words_and_loses_nothing()
    {
        Evidence.Evidence evidence = new("processes", "full disk");
        using SmallDisk disk = new(Megabytes);
        DirectoryInfo folder = Ccr.Processes.TestFolder.Create();
        NodePorts[] ports = [NodePorts.Free(), NodePorts.Free()];
        using AttackNode tokyo = new("tokyo", folder.FullName, ports[0], [("osaka", ports[1])]);
        string words = folder.CreateSubdirectory("words").FullName;
        NodeSettings small = new() { MoreOfManager = ["--loglimitbytes", $"{16 << 20}"], Words = words };
        using AttackNode osaka = new("osaka", disk.Folder, ports[1], [("tokyo", ports[0])], small);
        await ReadyAsync(tokyo, osaka);
        CcrClientOptions patient = new() { ConnectAttempts = 100 };
        await using CcrClient client = await CcrClient.ConnectAsync(tokyo.Layout.ManagerSocket, patient);
        await using CcrFiles files = new();

        string last = await CommitAsync(client, files, "first");
        disk.Fill();
        int refused = 0;
        for (int i = 0; i < Tries; i++)
        {
            string content = string.Create(CultureInfo.InvariantCulture, $"full {i}") + Padding;
            Told told = await RunAsync(client, files, content).WaitAsync(Limit);
            output.WriteLine($"with a full disk: {told.Committed} {told.Why}");
            Assert.True(told.Committed is not null && (told.Committed == true || told.Why.Length > 10), $"{told}");
            refused += told.Committed == false ? 1 : 0;
            last = told.Committed == true ? content : last;
        }

        int ended = 0;
        foreach (Service service in osaka.Services.Where(s => !s.IsUp))
        {
            output.WriteLine($"{service.Name} ended with code {service.ExitCode}:\n{service.LastWords()}");
            Assert.False(service.WasKilled);
            ended++;
        }

        Assert.True(refused > 0, "No action met the full disk.");
        disk.MakeRoom();
        await ReadyAsync(tokyo, osaka);
        foreach (AttackNode node in new[] { tokyo, osaka })
        {
            await Until.HoldsAsync(
                async () => await node.UnendedAsync() is { Count: 0 },
                () => $"{node.Name} has nothing in doubt", Limit);
            Assert.Equal(last, await SharedFile.ReadAsync(node.PathOf(node.Files, File1), Limit));
        }

        await CommitAsync(client, files, "room again");
        evidence.Count("actions refused", refused).Count("services that stopped in words", ended).Write();
        tokyo.Dispose();
        osaka.Dispose();
        folder.Delete(recursive: true);
    }

    private static async Task ReadyAsync(params AttackNode[] nodes)
    {
        foreach (AttackNode node in nodes)
        {
            node.Start();
        }

        foreach (AttackNode node in nodes)
        {
            await node.ReadyAsync();
        }
    }

    private static async Task<string> CommitAsync(CcrClient client, CcrFiles files, string content)
    {
        Told told = new(null, "not run", null);
        await Until.HoldsAsync(
            async () => (told = await RunAsync(client, files, content)).Committed == true,
            () => $"'{content}' commits: {told}", Limit);
        return content;
    }

    private static Task<Told> RunAsync(CcrClient client, CcrFiles files, string content) =>
        Told.OfAsync(client, ["tokyo.files", "osaka.files"], async action =>
        {
            await files.ReplaceTextAsync(action, "tokyo.files", File1, content);
            await files.ReplaceTextAsync(action, "osaka.files", File1, content);
        });
}
