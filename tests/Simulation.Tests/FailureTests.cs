using Ccr.AtomicActions.Contract;
using Ccr.Simulation.Command;

namespace Ccr.Simulation.Tests;

/// <summary>Whatever goes wrong in a seed is that seed's finding, in a sentence.</summary>
public sealed class FailureTests
{
    [Fact]
    public void Whatever_is_thrown_fails_the_seed_in_a_sentence()
    {
        SimulationResult crashed = Run(_ => throw new DivideByZeroException("by nothing"));
        Assert.StartsWith("CRASH: DivideByZeroException: by nothing", crashed.Sentence, StringComparison.Ordinal);
        SimulationResult impossible = Run(_ => throw new InvariantException("never"));
        Assert.Equal("CORE: An impossible state: never", impossible.Sentence);
    }

    [Fact]
    public void A_seed_that_does_not_come_to_rest_fails()
    {
        SimulationResult result = Run(world =>
        {
            void Again() => world.Clock.In(0, Again);
            Again();
            world.Clock.RunUntil(world.Clock.NowUs + 1);
            return null;
        });
        Assert.StartsWith("V1: It does not come to rest", result.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_range_stops_at_the_first_failure()
    {
        StringWriter output = new();
        Assert.Equal(0, SimCommand.Run(["1..2", "--until-failure"], output, output));
        Assert.Equal("no failure in 2 seeds", output.ToString().Trim());
        bool failed = false;
        SimulationOptions options = new() { ExtraCheck = world => world.Plan.Seed >= 3 ? "I1: planted" : null };
        SimulationTotals totals = SimulationRange.Run(
            1, 100, 1, options, result => failed |= result.Failed, () => failed);
        Assert.Equal(3UL, Assert.Single(totals.Failures).Key);
        Assert.Equal(3, totals.Counters.Seeds);
    }

    private static SimulationResult Run(Func<SimWorld, string?> check) =>
        SimulationRun.Run(1, new SimulationOptions { ExtraCheck = check });
}
