using Ccr.Ccrctl;
using Ccr.Ccrctl.Nodes;
using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Attack;

/// <summary>One node: its folder, and its CCR Manager, Location Server and file Server as three processes.</summary>
internal sealed class AttackNode : IDisposable
{
    /// <summary>How long a start may take.</summary>
    public static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly List<Service> _more = [];
    private readonly List<string> _servers;

    public AttackNode(
        string name, string folder, NodePorts ports, IEnumerable<(string Node, NodePorts Ports)> peers,
        NodeSettings? settings = null)
    {
        settings ??= new NodeSettings();
        Name = name;
        Ports = ports;
        Layout = new NodeLayout(Path.Combine(folder, name));
        Layout.Prepare();
        string[] common = ["--node", name, "--data", Layout.Root];
        List<string> knowsManagers = [];
        List<string> knowsLocations = [];
        foreach ((string node, NodePorts peer) in peers)
        {
            knowsManagers.AddRange(["--peer", $"{node}=127.0.0.1:{peer.Manager}"]);
            knowsLocations.AddRange(["--peer", $"{node}=127.0.0.1:{peer.Location}"]);
        }

        Service New(string kind, int port, params string[] arguments) =>
            new(name, kind, settings.Words ?? Layout.Root, [.. common, "--listen", $"127.0.0.1:{port}", .. arguments])
            {
                Through = settings.Through,
            };

        Manager = New("manager", ports.Manager, [.. knowsManagers, .. settings.Manager()]);
        Location = New("location", ports.Location, [.. knowsLocations, "--cachems", "300"]);
        FileServer = New("files", ports.Files, "--waitlimitms", $"{settings.LockWaitMs}");
        _servers = [Files];
    }

    /// <summary>The node's name.</summary>
    public string Name { get; }

    /// <summary>Its ports.</summary>
    public NodePorts Ports { get; }

    /// <summary>The name of its file Server.</summary>
    public string Files => Name + ".files";

    /// <summary>Its folder.</summary>
    public NodeLayout Layout { get; }

    public Service Manager { get; }

    public Service Location { get; }

    public Service FileServer { get; }

    /// <summary>All its services.</summary>
    public IEnumerable<Service> Services => [Manager, Location, FileServer, .. _more];

    /// <summary>A second file Server of this node: its folder has the node's sockets by other names.</summary>
    public Service AddFileServer(string server)
    {
        NodeLayout own = new(Layout.Root + "-" + server.Replace('.', '-'));
        own.Prepare();
        File.CreateSymbolicLink(own.ManagerSocket, Layout.ManagerSocket);
        File.CreateSymbolicLink(own.LocationSocket, Layout.LocationSocket);
        Service more = new(
            Name, "files (second)", own.Root, ["--node", Name, "--data", own.Root, "--name", server]);
        _more.Add(more);
        _servers.Add(server);
        return more;
    }

    /// <summary>The file on the disk that a Server of this node serves.</summary>
    public string PathOf(string server, string file) => Path.Combine(
        server == Files
            ? Layout.FilesDirectory
            : new NodeLayout(Layout.Root + "-" + server.Replace('.', '-')).FilesDirectory,
        file);

    /// <summary>Starts what is not up.</summary>
    public void Start()
    {
        foreach (Service service in Services.Where(s => !s.IsUp))
        {
            service.Start();
        }
    }

    /// <summary>Ends when the manager answers and knows all its file Servers.</summary>
    public Task ReadyAsync(CancellationToken cancellation = default) => Until.HoldsAsync(
        async () =>
        {
            RefuseEnd();
            Status? status = await AskAsync(m => m.StatusAsync(cancellation), cancellation);
            return status is not null
                && _servers.All(name => status.Servers.Any(s => s.Server == name && s.Connected));
        },
        () => $"{Name} is ready. {string.Join('\n', Services.Select(s => s.Name + ": " + s.LastWords()))}",
        StartLimit, cancellation);

    /// <summary>The manager's own words about itself; null while it does not answer.</summary>
    public async Task<T?> AskAsync<T>(Func<OperatorClient, Task<T>> question, CancellationToken cancellation = default)
        where T : class
    {
        try
        {
            await using OperatorClient manager = await OperatorClient.ConnectAsync(Layout, cancellation);
            return await question(manager);
        }
        catch (CommandFailedException unreachable) when (unreachable.ExitCode == ExitCodes.Unreachable)
        {
            return null;
        }
    }

    /// <summary>The actions that are open or in doubt here; null while the manager does not answer.</summary>
    public async Task<IReadOnlyList<ActionStatus>?> UnendedAsync(CancellationToken cancellation = default)
    {
        Actions? actions = await AskAsync(m => m.ActionsAsync(null, false, 10_000, cancellation), cancellation);
        return actions?.Items.Where(a => a.Outcome is Outcome.InDoubt or Outcome.Active).ToList();
    }

    public void Dispose()
    {
        foreach (Service service in Services.Reverse())
        {
            service.Dispose();
        }
    }

    private void RefuseEnd()
    {
        foreach (Service service in Services.Where(s => !s.IsUp))
        {
            throw new InvalidOperationException($"{service.Name} ended by itself:\n{service.LastWords()}");
        }
    }
}
