using System.Net;
using System.Net.Sockets;
using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Histories.Tests.RealNodes;

/// <summary>One node: its folder and its three services. Its manager can be killed and comes back.</summary>
internal sealed class NodeOfTest : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly string _name;
    private readonly List<string> _peers = [];
    private ServiceOfTest? _manager;
    private ServiceOfTest? _location;
    private ServiceOfTest? _files;

    public NodeOfTest(string name, string folder)
    {
        _name = name;
        Layout = new NodeLayout(Path.Combine(folder, name));
        Layout.Prepare();
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        Address = $"127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
    }

    public NodeLayout Layout { get; }

    public string Address { get; }

    public string Files => _name + ".files";

    public void KnowPeer(NodeOfTest peer) => _peers.AddRange(["--peer", $"{peer._name}={peer.Address}"]);

    public async Task StartAsync()
    {
        _manager = StartManager();
        _location = Start("location");
        _files = Start("files", "--waitlimitms", "2000");
        await UntilServedAsync();
    }

    /// <summary>kill -9 of the manager, and a new one.</summary>
    public async Task RestartManagerAsync()
    {
        await _manager!.KillAsync();
        await _manager.DisposeAsync();
        _manager = StartManager();
        await UntilServedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ServiceOfTest? service in new[] { _files, _location, _manager })
        {
            if (service is not null)
            {
                await service.DisposeAsync();
            }
        }
    }

    /// <summary>Waits until an action can be opened at the node's own file Server.</summary>
    private async Task UntilServedAsync()
    {
        using CancellationTokenSource limit = new(StartLimit);
        await using CcrClient client = await CcrClient.ConnectAsync(
            Layout.ManagerSocket, new CcrClientOptions { ConnectAttempts = 100 }, limit.Token);
        CcrRetryOptions patient = new() { RetriesMax = 1_000, PauseMax = TimeSpan.FromMilliseconds(50) };
        while (true)
        {
            CcrRetryResult result = await CcrRetry.RunAsync(
                client, [Files], (_, _) => Task.CompletedTask, patient, limit.Token);
            if (result.Outcome.Refusal is not { Code: RefusalCode.NoSuchServer }) // its first start is under way
            {
                Assert.True(result.Outcome.IsCommitted, $"{_name}: {result.Outcome}");
                return;
            }
        }
    }

    private ServiceOfTest StartManager() => Start(
        "manager", ["--listen", Address, "--actiontimeoutms", "10000", "--recoverbackoffmsmin", "100",
            "--recoverbackoffmsmax", "1000", .. _peers]);

    private ServiceOfTest Start(string service, params string[] arguments) => ServiceOfTest.Start(
        service, Path.Combine(Layout.Root, service + ".txt"), ["--node", _name, "--data", Layout.Root, .. arguments]);
}
