using System.Net;
using System.Net.Sockets;
using Ccr.Client;
using Ccr.LocationServer.Tests.Support;
using Ccr.Protocol.Messages;

namespace Ccr.Services.Tests;

/// <summary><c>ccr up</c>: whole nodes, one process each.</summary>
public sealed class NodeProcessTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ccr-up-");

    [Fact]
    public async Task Two_nodes_learn_of_each_other_and_find_each_others_Servers()
    {
        using RunningProgram tokyo = Up("--node", "tokyo", "--data", "tokyo", "--listen", "127.0.0.1:0");
        string address = AddressIn(await tokyo.PrintsAsync("CCR Manager"));
        using RunningProgram osaka = Up(
            "--node", "osaka", "--data", "osaka", "--listen", "127.0.0.1:0", "--peer", "tokyo=" + address);
        await osaka.PrintsAsync("Ctrl-C");
        await using LocationClient atOsaka = await ConnectAsync("osaka");
        await using LocationClient atTokyo = await ConnectAsync("tokyo");

        // Only osaka was told of a peer; tokyo learns of it by osaka's announcement.
        Assert.Equal("osaka", (await FindAsync(atTokyo, "osaka.files")).Node.Value);
        Assert.Equal("tokyo", (await FindAsync(atOsaka, "tokyo.files")).Node.Value);

        tokyo.Signal("INT");
        osaka.Signal("TERM");
        Assert.Equal("Node tokyo has stopped.", await tokyo.PrintsAsync("Node"));
        Assert.Equal(0, (await tokyo.EndsAsync()).Code);
        Assert.Equal(0, (await osaka.EndsAsync()).Code);
    }

    [Fact]
    public async Task A_node_that_starts_again_has_its_next_epoch_and_its_old_address()
    {
        using RunningProgram first = Up("--node", "tokyo", "--data", "tokyo", "--listen", "127.0.0.1:0");
        Assert.Equal("Node tokyo is up, epoch 1.", await first.PrintsAsync("Node"));
        string address = AddressIn(await first.PrintsAsync("CCR Manager"));
        first.Signal("KILL");
        await first.EndsAsync();

        using RunningProgram second = Up("--node", "tokyo", "--data", "tokyo");
        Assert.Equal("Node tokyo is up, epoch 2.", await second.PrintsAsync("Node"));
        Assert.Equal(address, AddressIn(await second.PrintsAsync("CCR Manager")));
    }

    [Fact]
    public async Task A_folder_in_use_and_a_taken_port_are_said_in_one_sentence()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        using RunningProgram first = Up("--node", "tokyo", "--data", "tokyo", "--listen", "127.0.0.1:0");
        await first.PrintsAsync("Ctrl-C");

        await AssertRefusedAsync($"already run by process {first.Id}", "--node", "tokyo", "--data", "tokyo");
        string port = taken.LocalEndpoint.ToString()!;
        await AssertRefusedAsync(
            "another process listens there", "--node", "osaka", "--data", "osaka", "--listen", port);
    }

    [Theory]
    [InlineData("'Tokyo' is not a node name", "--node", "Tokyo", "--data", "x")]
    [InlineData("cannot be written", "--node", "tokyo", "--data", "/proc/none")]
    [InlineData("only loopback may be listened on", "--node", "tokyo", "--data", "x", "--listen", "0.0.0.0:7400")]
    [InlineData("'osaka:7400' is no peer", "--node", "tokyo", "--data", "x", "--peer", "osaka:7400")]
    public Task What_cannot_be_run_is_said_in_one_sentence(string sentence, params string[] args) =>
        AssertRefusedAsync(sentence, args);

    public void Dispose() => _folder.Delete(recursive: true);

    private static string AddressIn(string line) => line.Split(' ')[^1];

    private RunningProgram Up(params string[] args) =>
        RunningProgram.Start("ccr-node", _folder.FullName, ["up", .. args]);

    private Task<LocationClient> ConnectAsync(string node) =>
        LocationClient.ConnectAsync("unix:" + new NodeLayout(Path.Combine(_folder.FullName, node)).LocationSocket);

    private static async Task<Place> FindAsync(LocationClient client, string server) =>
        ((PlaceFound)await Wait.UntilAsync(
            () => client.LookUpAsync(server, fresh: true), answer => answer is PlaceFound)).Place;

    private async Task AssertRefusedAsync(string sentence, params string[] args)
    {
        using RunningProgram node = Up(args);

        (int code, string error) = await node.EndsAsync();

        Assert.Equal(2, code);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
