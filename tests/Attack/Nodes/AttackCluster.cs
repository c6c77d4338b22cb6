using Ccr.Protocol.Messages;

namespace Ccr.Attack;

/// <summary>Some nodes that know each other, in a folder that is gone afterwards.</summary>
internal sealed class AttackCluster : IDisposable
{
    private static readonly string[] Names = ["tokyo", "osaka", "nagoya", "kyoto"];

    private readonly DirectoryInfo _folder = Ccr.Processes.TestFolder.Create();

    public AttackCluster(NodePorts[] ports, Func<int, NodeSettings> settings)
    {
        for (int i = 0; i < ports.Length; i++)
        {
            int self = i;
            Nodes.Add(new AttackNode(
                Names[i], _folder.FullName, ports[i],
                Enumerable.Range(0, ports.Length).Where(p => p != self).Select(p => (Names[p], ports[p])),
                settings(i)));
        }
    }

    public List<AttackNode> Nodes { get; } = [];

    /// <summary>A folder for the test's own files.</summary>
    public string Folder => _folder.FullName;

    /// <summary>Starts what is not up, and waits until all answer.</summary>
    public async Task ReadyAsync()
    {
        foreach (AttackNode node in Nodes)
        {
            node.Start();
        }

        foreach (AttackNode node in Nodes)
        {
            await node.ReadyAsync();
        }
    }

    /// <summary>The branches that are in doubt now, over all nodes that answer.</summary>
    public async Task<IReadOnlySet<string>> InDoubtAsync()
    {
        HashSet<string> doubts = [];
        foreach (AttackNode node in Nodes)
        {
            Note(doubts, node, await node.UnendedAsync() ?? []);
        }

        return doubts;
    }

    /// <summary>Waits until no node has an action that is open or in doubt; returns what it saw in doubt.</summary>
    public async Task<IReadOnlySet<string>> QuietAsync(TimeSpan limit)
    {
        HashSet<string> doubts = [];
        string open = "";
        await Until.HoldsAsync(
            async () =>
            {
                List<string> unended = [];
                foreach (AttackNode node in Nodes)
                {
                    IReadOnlyList<ActionStatus>? actions = await node.UnendedAsync();
                    Note(doubts, node, actions ?? []);
                    unended.AddRange(actions?.Select(a => $"{node.Name}: {a.Action} {a.State}. {a.Note}")
                        ?? [$"{node.Name} does not answer"]);
                }

                open = string.Join("; ", unended);
                return unended.Count == 0;
            },
            () => $"nobody is in doubt: {open}", limit);
        return doubts;
    }

    public void Dispose()
    {
        foreach (AttackNode node in Nodes)
        {
            node.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    private static void Note(HashSet<string> doubts, AttackNode node, IReadOnlyList<ActionStatus> actions) =>
        doubts.UnionWith(actions.Where(a => a.Outcome == Outcome.InDoubt)
            .Select(a => $"{node.Name} {a.Action} {a.Branch}"));
}
