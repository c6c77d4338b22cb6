using System.Globalization;
using Ccr.AtomicActions.Tests.Support;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Xunit.Abstractions;

namespace Ccr.Hostile.Sequences;

/// <summary>
/// Two live lanes under a hostile network, each superior to the other in turn: no exception ever, and when the network
/// is good again they come to rest and commit together.
/// </summary>
public sealed class LaneTests(ITestOutputHelper output)
{
    private const int SeedsDefault = 3_000;
    private const int ActionsPerSeed = 10;
    private const int AttemptsMax = 30;
    private const long SettleMs = 60 * 60 * 1000;

    private static int Seeds =>
        int.TryParse(
            Environment.GetEnvironmentVariable("CCR_HOSTILE_SEEDS"), CultureInfo.InvariantCulture, out int set)
            ? set
            : SeedsDefault;

    [Fact]
    [Trait("Category", "Slow")]
    public void Nothing_that_a_peer_can_send_stops_a_lane()
    {
        long altered = 0;
        Dictionary<string, (int Seed, int Count, string Text)> failures = [];
        for (int seed = 0; seed < Seeds; seed++)
        {
            try
            {
                altered += Run(seed);
            }
            catch (Exception thrown)
            {
                string[] place = [.. (thrown.StackTrace ?? "").Split('\n').Take(3).Select(l => l.Trim())];
                string kind = $"{thrown.GetType().Name} {string.Join(" < ", place)}";
                (int Seed, int Count, string Text) known =
                    failures.GetValueOrDefault(kind, (seed, 0, thrown.Message));
                failures[kind] = known with { Count = known.Count + 1 };
            }
        }

        output.WriteLine($"{Seeds} seeds, {altered} messages altered or made up");
        new Evidence.Evidence("hostile-bytes", "lanes").Count("seeds", Seeds).Count("messages altered", altered)
            .Write();
        Assert.True(failures.Count == 0, string.Join('\n', failures.Select(
            f => $"seed {f.Value.Seed}, {f.Value.Count} times: {f.Value.Text} {f.Key}")));
    }

    private static long Run(int seed)
    {
        Random random = new(seed);
        Cluster cluster = new(null, "tokyo", "osaka");
        HostileNetwork network = new(seed, percent: 5 + random.Next(40));
        cluster.Alter = network.Alter;
        Node[] nodes = [.. cluster.Nodes];
        foreach (FakeServer server in nodes.SelectMany(n => n.Servers))
        {
            server.Vote = _ => random.Next(8) switch { 0 => false, 1 => null, _ => true };
        }

        for (int i = 0; i < ActionsPerSeed; i++)
        {
            Act(cluster, network, nodes, random);
        }

        network.IsHostile = false;
        foreach (Node node in nodes.Where(n => !n.IsUp))
        {
            node.Start();
        }

        cluster.Advance(SettleMs);
        foreach (FakeServer server in nodes.SelectMany(n => n.Servers))
        {
            server.Vote = _ => true;
        }

        foreach (Node node in nodes)
        {
            CommitOnce(cluster, node);
        }

        return network.Altered;
    }

    /// <summary>A Client's action with injections after each of its steps.</summary>
    private static void Act(Cluster cluster, HostileNetwork network, Node[] nodes, Random random)
    {
        Node node = nodes[random.Next(2)];
        if (!node.IsUp)
        {
            node.Start();
            cluster.Run();
        }

        FakeClient client = new(node);
        client.Open(["tokyo.files", "osaka.files"]);
        Disturb(cluster, network, nodes, random);
        if (client.Has<TransOpenAck>())
        {
            AtomicActionId action = client.Action;
            if (random.Next(6) == 0)
            {
                client.Rollback();
            }
            else
            {
                client.Close();
            }

            Disturb(cluster, network, nodes, random);
            if (random.Next(8) == 0)
            {
                network.InjectDamage(node, nodes[random.Next(2)].Name, action);
                cluster.Run();
            }
        }

        switch (random.Next(10))
        {
            case 0:
                nodes[random.Next(2)].Crash();
                break;
            case 1:
                nodes[0].BreakLinksTo(nodes[1], "made up");
                break;
            case 2:
                client.Leave();
                break;
            default:
                cluster.Advance(random.Next(20_000));
                break;
        }

        cluster.Run();
    }

    private static void Disturb(Cluster cluster, HostileNetwork network, Node[] nodes, Random random)
    {
        cluster.Run();
        for (int i = random.Next(4); i > 0; i--)
        {
            network.Inject();
            cluster.Run();
        }

        if (random.Next(4) == 0)
        {
            cluster.Advance(random.Next(40_000));
        }

        foreach (Node node in nodes.Where(n => !n.IsUp && random.Next(2) == 0))
        {
            node.Start();
        }

        cluster.Run();
    }

    /// <summary>
    /// Associations whose abort the hostile network swallowed are found dead one at a time, each by an action.
    /// </summary>
    private static void CommitOnce(Cluster cluster, Node node)
    {
        FakeClient client = new(node);
        for (int attempt = 0; attempt < AttemptsMax && !client.Has<DoneCommit>(); attempt++)
        {
            client.Open(["tokyo.files", "osaka.files"]);
            cluster.Run();
            client.Close();
            cluster.Advance(1_000);
        }

        Assert.True(client.Has<DoneCommit>(), $"{node.Name} does not commit any more: "
            + string.Join(", ", client.Received.TakeLast(3)));
    }
}
