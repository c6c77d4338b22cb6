using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Ccr.Processes;

/// <summary>
/// The README's two terminals, step by step: two nodes, an atomic action from the shell, a kill, a look, and back.
/// </summary>
public sealed class WalkTests : IAsyncLifetime
{
    private const int TriesMax = 100;

    private readonly DirectoryInfo _folder = TestFolder.Create();
    private readonly string _tokyoAddress = $"127.0.0.1:{FreePort()}";
    private readonly string _osakaAddress = $"127.0.0.1:{FreePort()}";
    private RunningNode? _tokyo;
    private RunningNode? _osaka;

    public async Task InitializeAsync()
    {
        _tokyo = Up("tokyo", _tokyoAddress, $"osaka={_osakaAddress}");
        _osaka = Up("osaka", _osakaAddress, $"tokyo={_tokyoAddress}");
        await UntilAsync("both file Servers are found", "locate", "osaka.files");
        await UntilAsync("both file Servers are found", "locate", "tokyo.files");
    }

    public async Task DisposeAsync()
    {
        foreach (RunningNode? node in new[] { _tokyo, _osaka })
        {
            if (node is not null)
            {
                await node.DisposeAsync();
            }
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Two_nodes_commit_together_and_recover()
    {
        foreach (string[] example in await ExamplesAsync())
        {
            Finished run = await Programs.RunAsync("Ccrctl", _folder.FullName, example);
            Assert.True(run.ExitCode == 0, run.ToString());
        }

        await ExpectBalancesAsync(70, 80);
        await ExpectAsync(
            1, "rolled back", "run", "tokyo.files:accounts/alice add -300 min 0", "osaka.files:accounts/bob add 300");
        await ExpectBalancesAsync(70, 80);

        await _osaka!.KillAsync();
        await ExpectAsync(0, "osaka", "status");
        await ExpectAsync(
            1, "rolled back", "run", "--retries", "0", "tokyo.files:accounts/alice add -1",
                "osaka.files:accounts/bob add 1");

        _osaka = Up("osaka", _osakaAddress, $"tokyo={_tokyoAddress}");
        Finished again = await UntilAsync(
            "osaka is back", "run", "--json", "tokyo.files:accounts/alice add -1", "osaka.files:accounts/bob add 1");
        await ExpectBalancesAsync(69, 81);
        await LookAsync(JsonNode.Parse(again.Output)!["action"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_node_stops_cleanly()
    {
        Finished tokyo = await _tokyo!.StopAsync();
        Assert.True(tokyo.ExitCode == 0, tokyo.ToString());
        Assert.Equal(3, (await CtlAsync("status")).ExitCode);
        await ExpectAsync(0, "It is sound", "log", "verify");
    }

    private async Task LookAsync(string action)
    {
        await ExpectAsync(0, "manager osaka", "trace", action);
        await ExpectAsync(0, "C-COMMIT-RI", "trace", action, "--json");
        await ExpectAsync(0, "Nothing is held", "list", "--held");
        await ExpectAsync(0, "log-commit", "log", "dump");
        await ExpectAsync(0, "It is sound", "log", "verify");
    }

    private async Task ExpectBalancesAsync(int alice, int bob)
    {
        Finished read = await CtlAsync(
            "run", "--json", "tokyo.files:accounts/alice read", "osaka.files:accounts/bob read");
        Assert.True(read.ExitCode == 0, read.ToString());
        JsonArray steps = JsonNode.Parse(read.Output)!["steps"]!.AsArray();
        Assert.Equal([$"{alice}\n", $"{bob}\n"], steps.Select(s => s!["content"]!.GetValue<string>()));
    }

    private async Task ExpectAsync(int exitCode, string words, params string[] args)
    {
        Finished run = await CtlAsync(args);
        Assert.True(run.ExitCode == exitCode, $"{string.Join(' ', args)}: {run}");
        Assert.Contains(words, run.Output + run.Error, StringComparison.Ordinal);
    }

    private Task<Finished> CtlAsync(params string[] args) =>
        Programs.RunAsync("Ccrctl", _folder.FullName, ["--data", "data/tokyo", .. args]);

    /// <summary>Each try is a process of its own, so that there is no need to wait between them.</summary>
    private async Task<Finished> UntilAsync(string condition, params string[] args)
    {
        Finished last = null!;
        for (int i = 0; i < TriesMax; i++)
        {
            last = await CtlAsync(args);
            if (last.ExitCode == 0)
            {
                return last;
            }

            Assert.False(_tokyo!.HasExited || _osaka!.HasExited, $"A node ended by itself. {last}");
        }

        Assert.Fail($"After {TriesMax} tries it does not hold that {condition}: {last}");
        return last;
    }

    /// <summary>The three examples of "run --help", as a user would paste them.</summary>
    private async Task<IEnumerable<string[]>> ExamplesAsync()
    {
        Finished help = await Programs.RunAsync("Ccrctl", _folder.FullName, "run", "--help");
        string[][] examples =
        [
            .. help.Output.Split('\n')
                .Where(line => line.StartsWith("  ccrctl --data ", StringComparison.Ordinal))
                .Select(line => Regex.Matches(line.Trim()["ccrctl ".Length..], "'([^']*)'|(\\S+)")
                    .Select(m => m.Groups[1].Success ? m.Groups[1].Value : m.Value).ToArray()),
        ];
        Assert.Equal(3, examples.Length);
        return examples;
    }

    private RunningNode Up(string name, string address, string peer) => RunningNode.Start(
        _folder.FullName, "--node", name, "--data", $"data/{name}", "--listen", address, "--peer", peer);

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
