using System.Diagnostics;

namespace Ccr.Simulation.Tests;

/// <summary>A seed is one history, wherever and however often it is run.</summary>
public sealed class DeterminismTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public void A_seed_runs_twice_alike_to_the_letter()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            Assert.Null(SimulationRange.Twice(seed, new SimulationOptions()).Sentence);
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void A_manager_killed_at_an_output_is_killed_at_the_same_one_where_nobody_reads()
    {
        SimulationOptions options = new()
        {
            Weights = new Dictionary<FaultKind, double> { [FaultKind.CrashAtOutput] = 30, [FaultKind.Poison] = 30 },
        };
        for (ulong seed = 1; seed <= 20; seed++)
        {
            Assert.Null(SimulationRange.Twice(seed, options).Sentence);
        }
    }

    [Fact]
    public void Two_seeds_differ() =>
        Assert.NotEqual(SimulationRun.Run(1).TranscriptHash, SimulationRun.Run(2).TranscriptHash);

    [Fact]
    public void Another_process_with_another_culture_and_another_hash_seed_tells_the_same()
    {
        string here = SimulationRun.Run(12, new SimulationOptions { Transcript = true }).Transcript;
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(SimulationRun).Assembly.Location);
        start.ArgumentList.Add("12");
        start.Environment["LC_ALL"] = "de_DE.UTF-8";
        using Process other = Process.Start(start)!;
        string there = other.StandardOutput.ReadToEnd();
        other.WaitForExit();
        Assert.StartsWith(here, there, StringComparison.Ordinal);
        Assert.Contains("seeds", there[here.Length..], StringComparison.Ordinal);
    }
}
