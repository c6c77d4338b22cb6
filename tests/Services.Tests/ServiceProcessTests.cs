using System.Net.Sockets;
using System.Text;
using Ccr.Client;
using Ccr.LocationServer.Tests.Support;
using Ccr.Protocol.Messages;

namespace Ccr.Services.Tests;

/// <summary>The three services as processes of their own: configuration, systemd, signals, exit codes.</summary>
public sealed class ServiceProcessTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ccr-svc-");

    [Fact]
    public async Task A_service_takes_its_configuration_tells_systemd_and_stops_cleanly_on_SIGTERM()
    {
        string config = Path.Combine(_folder.FullName, "node.json");
        NodeLayout layout = new(Path.Combine(_folder.FullName, "tokyo"));
        await File.WriteAllTextAsync(config, $$"""{ "Node": "nara", "Data": "{{layout.Root}}", "Location": {} }""");
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        string notify = Path.Combine(_folder.FullName, "notify");
        systemd.Bind(new UnixDomainSocketEndPoint(notify));

        using RunningProgram location = Start(
            "ccr-location", ["--config", config], ("NOTIFY_SOCKET", notify), ("CCR_NODE", "tokyo"));
        Assert.Equal("READY=1", await ReceiveAsync(systemd));
        await using (LocationClient client = await LocationClient.ConnectAsync("unix:" + layout.LocationSocket))
        {
            Assert.IsType<PlaceRegistered>(await client.RegisterAsync(LocationClient.At("tokyo", "accounts", 1)));
        }

        using RunningProgram second = Start("ccr-location", ["--node", "tokyo", "--data", layout.Root]);
        (int code, string refusal) = await second.EndsAsync();
        Assert.Contains($"already run by process {location.Id}", refusal, StringComparison.Ordinal);
        Assert.Equal(2, code);

        location.Signal("TERM");
        Assert.Equal("STOPPING=1", await ReceiveAsync(systemd));
        Assert.Equal(0, (await location.EndsAsync()).Code);
        Assert.False(File.Exists(layout.LocationSocket));
    }

    [Theory]
    [InlineData("has no data directory", "--node", "tokyo")]
    [InlineData("must not leave this machine", "--node", "tokyo", "--data", "DIR", "--listen", "0.0.0.0:0")]
    [InlineData("'abc'", "--node", "tokyo", "--data", "DIR", "--cachems", "abc")]
    [InlineData("There is no setting 'cache'", "--node", "tokyo", "--data", "DIR", "--cache", "1")]
    [InlineData("does not exist", "--config", "DIR/none.json")]
    public Task What_a_service_cannot_serve_is_one_sentence_and_exit_code_2(string sentence, params string[] args) =>
        AssertRefusedAsync("ccr-location", sentence, args);

    [Theory]
    [InlineData("ccr-manager", "only loopback may be listened on", "--listen", "0.0.0.0:0")]
    [InlineData("ccr-files", "must not leave this machine", "--listen", "0.0.0.0:0")]
    public Task So_it_is_for_the_others(string name, string sentence, params string[] args) =>
        AssertRefusedAsync(name, sentence, ["--node", "tokyo", "--data", "DIR", .. args]);

    [Fact]
    public async Task A_manager_says_when_it_is_ready_and_stops_cleanly_on_SIGINT()
    {
        NodeLayout layout = new(Path.Combine(_folder.FullName, "tokyo"));
        string[] args = ["--node", "tokyo", "--data", layout.Root];
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        string notify = Path.Combine(_folder.FullName, "notify");
        systemd.Bind(new UnixDomainSocketEndPoint(notify));
        using RunningProgram manager = Start("ccr-manager", args, ("NOTIFY_SOCKET", notify));
        Assert.Equal("READY=1", await ReceiveAsync(systemd));
        Assert.NotNull(NodeLayout.ReadAddress(layout.ManagerAddressFile));

        manager.Signal("INT");

        Assert.Equal(0, (await manager.EndsAsync()).Code);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private RunningProgram Start(string name, string[] args, params (string Name, string Value)[] environment) =>
        RunningProgram.Start(name, _folder.FullName, args, environment);

    private async Task AssertRefusedAsync(string name, string sentence, string[] args)
    {
        using RunningProgram program = Start(
            name, [.. args.Select(arg => arg.Replace("DIR", _folder.FullName, StringComparison.Ordinal))]);

        (int code, string error) = await program.EndsAsync();

        Assert.Equal(2, code);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        byte[] octets = new byte[100];
        int count = await socket.ReceiveAsync(octets, SocketFlags.None, Wait.Token());
        return Encoding.ASCII.GetString(octets, 0, count);
    }
}
