using System.Globalization;
using Xunit.Abstractions;

namespace Ccr.Attack;

/// <summary>Random kill, stop and continue of every service of three nodes, under load.</summary>
public sealed class RandomKillTests(ITestOutputHelper output)
{
    private const int KillsDefault = 100;
    private const int KillsPerRound = 200;
    private const int Nodes = 3;
    private const int ReasonsMax = 12;

    private static readonly TimeSpan QuietLimit = TimeSpan.FromSeconds(30);

    /// <summary>
    /// CCR_ATTACK_KILLS sets another number, CCR_ATTACK_SEED another seed; CCR_ATTACK_PORTION is the number of this
    /// piece of a run that is made in pieces.
    /// </summary>
    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int set)
            ? set
            : otherwise;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Every_service_is_killed_and_stopped_under_load_and_nothing_is_lost()
    {
        int kills = Setting("CCR_ATTACK_KILLS", KillsDefault);
        int seed = Setting("CCR_ATTACK_SEED", 20);
        int portion = Setting("CCR_ATTACK_PORTION", 0);
        Evidence.Evidence evidence = new("processes", portion == 0 ? "random kills" : $"random kills {portion}");
        Dictionary<string, long> counts = [];
        long began = Environment.TickCount64;
        for (int round = 0; counts.GetValueOrDefault("kills") < kills; round++)
        {
            long left = kills - counts.GetValueOrDefault("kills");
            await RoundAsync((int)Math.Min(left, KillsPerRound), seed + round, counts);
        }

        counts["seconds"] = (Environment.TickCount64 - began) / 1_000;
        foreach ((string what, long count) in counts)
        {
            output.WriteLine($"{count,8} {what}");
            evidence.Count(what, count);
        }

        evidence.Write();
    }

    private async Task RoundAsync(int kills, int seed, Dictionary<string, long> counts)
    {
        output.WriteLine($"seed {seed}, {kills} kills");
        using AttackCluster cluster = new(
            [.. Enumerable.Range(0, Nodes).Select(_ => NodePorts.Free())], _ => new NodeSettings());
        await cluster.ReadyAsync();
        await using Load load = await Load.OpenAsync(cluster, seed);
        Chaos chaos = new(cluster, () => load.Committed, seed);
        load.Start();
        await chaos.RunAsync(kills, () => load.HasFailed);
        await cluster.ReadyAsync();
        await load.StopAsync();
        HashSet<string> inDoubt = [.. chaos.InDoubt, .. await cluster.QuietAsync(QuietLimit)];
        IReadOnlyDictionary<string, long> checkedCounts = await load.CheckAsync();

        foreach ((string reason, int count) in load.Reasons.Take(ReasonsMax))
        {
            output.WriteLine($"{count,8} rolled back: {reason}");
        }

        Assert.True(load.Committed > kills / 4, $"Only {load.Committed} actions committed (seed {seed}).");
        Add(counts, "kills", chaos.Kills);
        foreach ((string kind, int count) in chaos.KillsOf)
        {
            Add(counts, $"kills of {kind}", count);
        }

        Add(counts, "pauses", chaos.Pauses);
        Add(counts, "pauses longer than the timeouts", chaos.LongPauses);
        Add(counts, "actions", load.Committed + load.RolledBack + load.Unknown);
        Add(counts, "actions committed", load.Committed);
        Add(counts, "actions rolled back", load.RolledBack);
        Add(counts, "actions never told", load.Unknown);
        Add(counts, "branches seen in doubt, then resolved", inDoubt.Count);
        foreach (string what in new[] { "transfers", "reads of all accounts", "appends", "reads" })
        {
            Add(counts, what, checkedCounts.GetValueOrDefault(what));
        }
    }

    private static void Add(Dictionary<string, long> counts, string what, long count) =>
        counts[what] = counts.GetValueOrDefault(what) + count;
}
