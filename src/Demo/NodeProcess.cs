using System.Net;
using System.Net.Sockets;
using Ccr.Ccrctl;
using Ccr.Ccrctl.Nodes;
using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Demo;

/// <summary>One node: its folder, and its CCR Manager, Location Server and file Server as three processes.</summary>
internal sealed class NodeProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    // A quarter of the transfers cross each other: a deadlock is to be noticed soon (SEM-12).
    private const string LockWaitMs = "400";

    private readonly Dictionary<string, string> _peers = [];
    private ServiceProcess? _manager;
    private ServiceProcess? _location;
    private ServiceProcess? _files;

    public NodeProcess(string name, string scratch)
    {
        Name = name;
        Layout = new NodeLayout(Path.Combine(scratch, name));
        Layout.Prepare();
        Address = $"127.0.0.1:{FreePort()}";
    }

    /// <summary>The node's name.</summary>
    public string Name { get; }

    /// <summary>The name of its file Server.</summary>
    public string Files => Name + ".files";

    /// <summary>Its folder.</summary>
    public NodeLayout Layout { get; }

    /// <summary>Where its manager listens for its peers.</summary>
    public string Address { get; }

    /// <summary>The manager's process of now.</summary>
    public ServiceProcess Manager => _manager ?? throw new InvalidOperationException($"{Name} was not started.");

    public void KnowPeer(NodeProcess peer) => _peers[peer.Name] = peer.Address;

    /// <summary>Starts the three services, and returns when the file Server is known to the manager.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _manager = StartManager(null);
        _location = Start("location", [], null);
        _files = Start("files", ["--waitlimitms", LockWaitMs], null);
        await UntilAnswersAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Starts the manager again after its death. Returns when it answers and its Servers are back, or when its
    /// failpoint
    /// has killed it already.
    /// </summary>
    public async Task RestartManagerAsync(string? failpoint, CancellationToken cancellation)
    {
        _manager?.Dispose();
        _manager = StartManager(failpoint);
        await UntilAnswersAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The manager's own words about itself; null while it does not answer.</summary>
    public async Task<T?> AskAsync<T>(Func<OperatorClient, Task<T>> question, CancellationToken cancellation)
        where T : class
    {
        try
        {
            await using OperatorClient manager =
                await OperatorClient.ConnectAsync(Layout, cancellation).ConfigureAwait(false);
            return await question(manager).ConfigureAwait(false);
        }
        catch (CommandFailedException unreachable) when (unreachable.ExitCode == ExitCodes.Unreachable)
        {
            return null;
        }
    }

    /// <summary>The end of a service's log, for a failure's message.</summary>
    public string LastWords(string service)
    {
        string path = LogPath(service);
        return File.Exists(path) ? string.Join('\n', File.ReadLines(path).TakeLast(5)) : "";
    }

    public void Dispose()
    {
        _files?.Dispose();
        _location?.Dispose();
        _manager?.Dispose();
    }

    private async Task UntilAnswersAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(StartLimit);
        try
        {
            while (!await AnswersAsync(limit.Token).ConfigureAwait(false) && !Manager.WasKilled)
            {
                RefuseDeath("manager", _manager);
                RefuseDeath("location", _location);
                RefuseDeath("files", _files);
                await Task.Delay(Pause, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new DemoFailedException(
                $"{Name} did not start within {StartLimit.TotalSeconds} s. The manager's last words:\n"
                + LastWords("manager"), late);
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        Status? status = await AskAsync(m => m.StatusAsync(cancellation), cancellation).ConfigureAwait(false);
        return status is not null && status.Servers.Any(s => s.Server == Files && s.Connected);
    }

    private void RefuseDeath(string service, ServiceProcess? process)
    {
        if (process is { HasExited: true })
        {
            throw new DemoFailedException(
                $"ccr-{service} of {Name} ended with code {process.ExitCode}:\n{LastWords(service)}");
        }
    }

    private ServiceProcess StartManager(string? failpoint)
    {
        List<string> arguments = ["--listen", Address];
        foreach ((string peer, string address) in _peers)
        {
            arguments.Add("--peer");
            arguments.Add($"{peer}={address}");
        }

        return Start("manager", arguments, failpoint);
    }

    private ServiceProcess Start(string service, IEnumerable<string> arguments, string? failpoint) =>
        ServiceProcess.Start(
            service, ["--node", Name, "--data", Layout.Root, .. arguments], failpoint, LogPath(service));

    private string LogPath(string service) => Path.Combine(Layout.Root, service + ".txt");

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
