using Ccr.Invariants;

namespace Ccr.Simulation;

/// <summary>All that one simulated run consists of.</summary>
internal sealed class SimWorld
{
    private static readonly string[] Names = ["tokyo", "osaka", "kyoto", "nara"];

    internal SimWorld(SimPlan plan, SimulationOptions options)
    {
        Plan = plan;
        Clock = new SimClock();
        Transcript = new Transcript(Clock, options.Transcript);
        Checker = options.Checker ?? new AtomicityChecker();
        Timing = new Prng(plan.Seed, 3);
        Net = new SimNetwork(this, new Prng(plan.Seed, 4))
        {
            SplitChance = plan.Knobs.SplitChance,
            LatencyMaxUs = plan.Knobs.LatencyMaxUs,
        };
        Truth = new Truth(this);
        Nodes = [.. Enumerable.Range(0, plan.Knobs.Nodes).Select(i => new SimNode(this, i, Names[i]))];
        Faults = new FaultDriver(this);
    }

    internal SimPlan Plan { get; }

    internal SimClock Clock { get; }

    internal Transcript Transcript { get; }

    internal AtomicityChecker Checker { get; }

    internal SimulationCounters Counters { get; } = new() { Seeds = 1 };

    internal SimulationCoverage Coverage { get; } = new();

    /// <summary>How long processes take for what they do.</summary>
    internal Prng Timing { get; }

    internal SimNetwork Net { get; }

    internal Truth Truth { get; }

    internal IReadOnlyList<SimNode> Nodes { get; }

    internal FaultDriver Faults { get; }

    internal List<SimClient> Clients { get; } = [];

    internal static string ServerName(int node, int server) => $"{Names[node]}.bank{server}";

    internal static string DatabaseName(int node, int database) => $"{Names[node]}.db{database}";

    /// <summary>The running database of this name, or null.</summary>
    internal SimServer? DatabaseAt(string name) => Nodes.SelectMany(n => n.Databases)
        .FirstOrDefault(p => p.Name == name)?.Running is { IsAlive: true } running ? running : null;

    /// <summary>The running Server of this name, or null.</summary>
    internal SimServer? ServerAt(string name)
    {
        foreach (SimNode node in Nodes)
        {
            foreach (ServerPlaceOf place in node.Servers)
            {
                if (place.Name == name)
                {
                    return place.Running is { IsAlive: true } running ? running : null;
                }
            }
        }

        return null;
    }
}
