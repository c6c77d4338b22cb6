namespace Ccr.Simulation.Tests;

/// <summary>A failing plan is made small.</summary>
public sealed class MinimiserTests
{
    [Fact]
    public void A_plan_shrinks_to_what_the_failure_needs()
    {
        // A check that is wrong on purpose: it calls any action failed that was committed at tokyo's first Server.
        SimulationOptions options = new()
        {
            ExtraCheck = world => world.Nodes[0].Servers[0].State.Balances.Any(b => b != ServerState.OpeningBalance)
                ? "money was moved at tokyo" : null,
        };
        SimPlan plan = Enumerable.Range(1, 50).Select(seed => PlanDrawer.Draw((ulong)seed, options))
            .First(p => p.Faults.Count > 5 && SimulationRun.Run(p, options).Sentence == "money was moved at tokyo");
        SimPlan least = new Minimiser(options).Minimise(plan);
        Assert.Equal("money was moved at tokyo", SimulationRun.Run(least, options).Sentence);
        Assert.Single(least.Work);
        Assert.Empty(least.Faults);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Another_rule_that_breaks_on_the_way_is_not_followed()
    {
        // The rule of the whole plan needs two actions; a plan of fewer breaks another one.
        SimulationOptions options = new()
        {
            ExtraCheck = world => world.Plan.Work.Count >= 2 ? "I1: two actions" : "I2: one, or none",
        };
        SimPlan plan = PlanDrawer.Draw(1, options);
        Assert.Equal("I1", SimulationRun.Run(plan, options).Rule);
        SimPlan least = new Minimiser(options).Minimise(plan);
        Assert.Equal("I1", SimulationRun.Run(least, options).Rule);
        Assert.Equal(2, least.Work.Count);
    }
}
