using System.Globalization;

namespace Ccr.Simulation.Tests;

/// <summary>Seeds, each a small world under faults of its own.</summary>
public sealed class SeedTests
{
    private const ulong QuickSeeds = 300;
    private const ulong Seeds = 8_000;
    private const int Jobs = 2;

    [Fact]
    public void A_few_seeds_hold() => Hold(1, QuickSeeds, "quick");

    [Fact]
    [Trait("Category", "Slow")]
    public void Thousands_of_seeds_hold()
    {
        string? wanted = Environment.GetEnvironmentVariable("CCR_SIM_SEEDS");
        ulong count = wanted is null ? Seeds : ulong.Parse(wanted, CultureInfo.InvariantCulture);
        Hold(QuickSeeds + 1, QuickSeeds + count, "seeds");
    }

    [Fact]
    public void Every_seed_that_ever_failed_holds()
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "seeds.txt"));
        ulong[] seeds = [.. lines.Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => ulong.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture))];
        Assert.NotEmpty(seeds);
        Assert.All(seeds, seed => Assert.Null(SimulationRun.Run(seed).Sentence));
    }

    private static void Hold(ulong first, ulong last, string part)
    {
        var evidence = new Evidence.Evidence("simulator", part);
        SimulationTotals totals = SimulationRange.Run(first, last, Jobs, new SimulationOptions());
        foreach ((string name, long value) in totals.Counters.Values())
        {
            evidence.Count(name, value);
        }

        evidence.Count("kinds of messages, records and inputs that occurred", totals.Coverage.Items().Count());
        foreach ((ulong seed, string sentence) in totals.Failures)
        {
            evidence.Found($"./ccr sim {seed}: {sentence}");
        }

        evidence.Write();
        Assert.True(totals.Failures.Count == 0, string.Join('\n', totals.Failures.Select(f => $"{f.Key}: {f.Value}")));
        Assert.True(totals.Counters.Committed > (long)(last - first), "hardly anything was committed");
        Assert.True(totals.Counters.MachineCrashes > 0 && totals.Counters.Partitions > 0, "no faults were put in");
    }
}
