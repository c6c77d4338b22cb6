using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Files;

namespace Ccr.Attack;

/// <summary>The two nodes of the scripted actions, with a Client at tokyo, the superior.</summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    /// <summary>The second file Server of tokyo.</summary>
    public const string Second = "tokyo.second";

    /// <summary>Within this time after all is up again nobody is in doubt.</summary>
    public static readonly TimeSpan QuietLimit = TimeSpan.FromSeconds(20);

    private static readonly NodeSettings WithoutPings =
        new() { PingIntervalMs = 600_000, PingTimeoutMs = 1_200_000 };

    private readonly DirectoryInfo _folder;
    private CcrServer? _refuser;

    private TwoNodes(DirectoryInfo folder, AttackNode tokyo, AttackNode osaka, Service second)
    {
        _folder = folder;
        Tokyo = tokyo;
        Osaka = osaka;
        SecondServer = second;
    }

    public AttackNode Tokyo { get; }

    public AttackNode Osaka { get; }

    /// <summary>The second file Server of tokyo.</summary>
    public Service SecondServer { get; }

    public CcrClient Client { get; private set; } = null!;

    public CcrFiles Files { get; } = new();

    public static async Task<TwoNodes> StartAsync()
    {
        DirectoryInfo folder = Ccr.Processes.TestFolder.Create();
        NodePorts first = NodePorts.Free();
        NodePorts second = NodePorts.Free();
        AttackNode tokyo = new("tokyo", folder.FullName, first, [("osaka", second)], WithoutPings);
        AttackNode osaka = new("osaka", folder.FullName, second, [("tokyo", first)], WithoutPings);
        TwoNodes nodes = new(folder, tokyo, osaka, tokyo.AddFileServer(Second));
        try
        {
            await nodes.BeginAsync();
            return nodes;
        }
        catch
        {
            await nodes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts again what is not up, and waits until all answer.</summary>
    public async Task ReadyAsync()
    {
        Tokyo.Start();
        Osaka.Start();
        await Tokyo.ReadyAsync();
        await Osaka.ReadyAsync();
    }

    /// <summary>Waits until neither node has an action that is open or in doubt.</summary>
    public async Task QuietAsync()
    {
        string open = "";
        await Until.HoldsAsync(
            async () =>
            {
                List<string> unended = [];
                foreach (AttackNode node in new[] { Tokyo, Osaka })
                {
                    IReadOnlyList<ActionStatus>? actions = await node.UnendedAsync();
                    unended.AddRange(actions?.Select(a => $"{node.Name}: {a.Action} {a.State}. {a.Note}")
                        ?? [$"{node.Name} does not answer"]);
                }

                open = string.Join("; ", unended);
                return unended.Count == 0;
            },
            () => $"nobody is in doubt: {open}", QuietLimit);
    }

    /// <summary>The node of a Server.</summary>
    public AttackNode NodeOf(string server) => server.StartsWith("tokyo", StringComparison.Ordinal) ? Tokyo : Osaka;

    public async ValueTask DisposeAsync()
    {
        if (_refuser is not null)
        {
            await _refuser.DisposeAsync();
        }

        await Files.DisposeAsync();
        if (Client is not null)
        {
            await Client.DisposeAsync();
        }

        Tokyo.Dispose();
        Osaka.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task BeginAsync()
    {
        _refuser = Refuser.Start(Osaka.Layout);
        await ReadyAsync();
        await _refuser.Registered.WaitAsync(AttackNode.StartLimit);
        Client = await CcrClient.ConnectAsync(
            Tokyo.Layout.ManagerSocket,
            new CcrClientOptions
            {
                Program = "attack",
                ConnectAttempts = 100,
                AcknowledgeDelay = TimeSpan.FromMilliseconds(1),
            });
    }
}
