using Ccr.Explorer.Nodes;
using Ccr.Explorer.World;

namespace Ccr.Explorer.Tests;

/// <summary>
/// The real core: deliveries, losses, crashes behind each output, deadlines, refusals, decisions by hand. Where it says
/// "all orders", that is so; elsewhere one order of steps at different nodes that commute, and every other one costs
/// a fault (<see cref="WorldSpace"/>). What a run did not complete fails. With CCR_EXPLORER_DEPTH=deep there are more
/// faults.
/// </summary>
public sealed class CoreExplorationTests : IClassFixture<CellsOfAllRuns>
{
    private static readonly bool IsDeep = Environment.GetEnvironmentVariable("CCR_EXPLORER_DEPTH") == "deep";

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData(2)]
    [InlineData(3)]
    public void WithOneFaultOneOrderFindsTheEndsThatAllOrdersFind(int nodes)
    {
        var options = new WorldOptions { Name = $"{nodes - 1} subordinates, 1 fault", Nodes = nodes, Faults = 1 };
        Exploration one = Explore(options);
        Exploration all = Explore(options with { Name = options.Name + ", all orders", Reduced = false });
        Assert.True(one.Result.Distinct > 1_000);
        Assert.True(one.Result.Distinct * 5 < all.Result.Distinct * 4, "the reduction reduces");
        Assert.True(one.Ends.Count > 10);
        Assert.Equal(all.Ends.Keys, one.Ends.Keys);
        Assert.Null(all.Space.CompareMerges(out int compared));
        Assert.True(compared > 50, $"{compared} inputs were given to two lanes");
    }

    [Fact]
    public void OnePhaseAtTheRootAlone() =>
        Explore(new WorldOptions { Name = "one phase, 3 faults", Nodes = 1, Faults = 3, Reduced = false });

    [Fact]
    public void OnePhaseAtOneSubordinate() => Explore(new WorldOptions
    {
        Name = "one phase below, 2 faults",
        RootServes = false,
        Faults = IsDeep ? 3 : 2,
    });

    [Fact]
    [Trait("Category", "Slow")]
    public void OneSubordinateThatMayVoteNoChange() => Explore(new WorldOptions
    {
        Name = "1 subordinate, no change, 2 faults",
        Faults = IsDeep ? 3 : 2,
        Variants = new Variants { NoChange = true },
    });

    [Fact]
    [Trait("Category", "Slow")]
    public void OneSubordinateInAnyOrderOfItsOwnWork() => Explore(new WorldOptions
    {
        Name = "1 subordinate, any order of own work, 2 faults",
        Faults = IsDeep ? 3 : 2,
        Variants = new Variants { AnyOrder = true },
    });

    [Fact]
    public void AnIntermediate() => Explore(new WorldOptions
    {
        Name = $"depth 3, {(IsDeep ? 3 : 2)} faults",
        Nodes = 3,
        IsChain = true,
        Faults = IsDeep ? 3 : 2,
    });

    [Fact]
    [Trait("Category", "Slow")]
    public void DecisionsByHandAndTwoFaults() => Explore(new WorldOptions
    {
        Name = "1 subordinate, by hand, 2 faults",
        Faults = 3,
        Variants = new Variants { ByHand = true },
    });

    [Fact]
    [Trait("Category", "Slow")]
    public void OneSubordinateAndThreeFaultsInAllOrders()
    {
        Exploration done = Explore(new WorldOptions
        {
            Name = "1 subordinate, 3 faults, all orders",
            Faults = IsDeep ? 4 : 3,
            Reduced = false,
        });
        Assert.True(done.Result.Distinct > 500_000);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void TwoSubordinatesAndThreeFaults()
    {
        Exploration done = Explore(new WorldOptions { Name = "2 subordinates, 3 faults", Nodes = 3, Faults = 3 });
        Assert.True(done.Result.Distinct > 1_000_000);
    }

    private static Exploration Explore(WorldOptions options)
    {
        Exploration done = Exploration.Run(options with { Name = options.Name + (IsDeep ? ", deep" : "") });
        Assert.True(done.Result.Wrong is null, done.Result.ToString());
        Assert.True(done.Doomed.Count == 0, "V1 does not hold behind:\n  " + string.Join("\n  ", done.Doomed));
        Assert.True(done.Result.Complete);
        return done;
    }
}

/// <summary>Notes which cells of the protocol tables were taken, and writes it down when all runs are over.</summary>
public sealed class CellsOfAllRuns : IDisposable
{
    /// <summary>Before the first run.</summary>
    public CellsOfAllRuns() => Cells.Note();

    /// <inheritdoc/>
    public void Dispose() => Cells.Write();
}
