using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Ccr.Client;
using Ccr.LocationServer.Tests.Support;
using Ccr.Protocol.Messages;

namespace Ccr.LocationServer.Tests;

/// <summary>ccr-location as a process of its own: configuration, systemd, signals, exit codes.</summary>
public sealed class ServiceProcessTests : IDisposable
{
    private readonly List<Process> _started = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ccr-svc-");

    [Fact]
    public async Task It_serves_by_its_configuration_tells_systemd_and_stops_cleanly_on_SIGTERM()
    {
        string config = Path.Combine(_folder.FullName, "node.json");
        NodeLayout layout = new(Path.Combine(_folder.FullName, "tokyo"));
        await File.WriteAllTextAsync(config, $$"""{ "Node": "nara", "Data": "{{layout.Root}}", "Location": {} }""");
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        string notify = Path.Combine(_folder.FullName, "notify");
        systemd.Bind(new UnixDomainSocketEndPoint(notify));

        Process process = Start(
            ["--config", config], ("NOTIFY_SOCKET", notify), ("CCR_NODE", "tokyo"));
        Assert.Equal("READY=1", await ReceiveAsync(systemd));
        await using (LocationClient client = await LocationClient.ConnectAsync("unix:" + layout.LocationSocket))
        {
            Assert.IsType<PlaceRegistered>(await client.RegisterAsync(LocationClient.At("tokyo", "accounts", 1)));
        }

        Process second = Start(["--node", "tokyo", "--data", layout.Root]);
        string refusal = await second.StandardError.ReadToEndAsync(Wait.Token());
        await second.WaitForExitAsync(Wait.Token());
        Assert.Contains($"already run by process {process.Id}", refusal, StringComparison.Ordinal);
        Assert.Equal(2, second.ExitCode);

        using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        Assert.Equal("STOPPING=1", await ReceiveAsync(systemd));
        await process.WaitForExitAsync(Wait.Token());
        Assert.Equal(0, process.ExitCode);
        Assert.False(File.Exists(layout.LocationSocket));
    }

    [Theory]
    [InlineData("has no data directory", "--node", "tokyo")]
    [InlineData("'To kyo' is not a node name", "--node", "To kyo", "--data", "DIR")]
    [InlineData("must not leave this machine", "--node", "tokyo", "--data", "DIR", "--listen", "0.0.0.0:0")]
    [InlineData("'abc'", "--node", "tokyo", "--data", "DIR", "--cachems", "abc")]
    [InlineData("There is no setting 'cache'", "--node", "tokyo", "--data", "DIR", "--cache", "1")]
    [InlineData("does not exist", "--config", "DIR/none.json")]
    [InlineData("cannot be written", "--node", "tokyo", "--data", "/proc/none")]
    public async Task What_it_cannot_serve_is_one_sentence_and_exit_code_2(string sentence, params string[] args)
    {
        Process process = Start(
            [.. args.Select(arg => arg.Replace("DIR", _folder.FullName, StringComparison.Ordinal))]);

        string error = await process.StandardError.ReadToEndAsync(Wait.Token());
        await process.WaitForExitAsync(Wait.Token());

        Assert.Equal(2, process.ExitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    public void Dispose()
    {
        foreach (Process process in _started)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    private Process Start(string[] args, params (string Name, string Value)[] environment)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "ccr-location.dll");
        ProcessStartInfo start = new("dotnet", [program, .. args])
        {
            RedirectStandardError = true,
            WorkingDirectory = _folder.FullName,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        byte[] octets = new byte[100];
        int count = await socket.ReceiveAsync(octets, SocketFlags.None, Wait.Token());
        return Encoding.ASCII.GetString(octets, 0, count);
    }
}
