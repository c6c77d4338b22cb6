using Ccr.Explorer.Nodes;
using Ccr.Explorer.World;

namespace Ccr.Explorer.Tests;

/// <summary>
/// The real core, every history: deliveries, losses, crashes behind each output, deadlines, refusals. With
/// CCR_EXPLORER_DEPTH=deep there are more faults, and a tree of depth 3.
/// </summary>
public sealed class CoreExplorationTests
{
    private const int StatesMax = 60_000_000;

    private static readonly bool IsDeep = Environment.GetEnvironmentVariable("CCR_EXPLORER_DEPTH") == "deep";

    [Fact]
    public void OneSubordinateAndOneFault()
    {
        Exploration done = Explore(new WorldOptions { Name = "1 subordinate, 1 fault", Faults = 1 });
        Assert.True(done.Result.Distinct > 5_000);
        Assert.Null(done.Space.CompareMerges(out int compared));
        Assert.True(compared > 100, $"{compared} inputs were given to two lanes");
    }

    [Fact]
    public void OneSubordinateThatMayVoteNoChange() => Explore(new WorldOptions
    {
        Name = "1 subordinate, no change",
        Faults = IsDeep ? 2 : 1,
        Variants = new Variants { NoChange = true },
    });

    [Fact]
    public void OneSubordinateInAnyOrderOfItsOwnWork() => Explore(new WorldOptions
    {
        Name = "1 subordinate, any order",
        Faults = 1,
        Variants = new Variants { AnyOrder = true },
    });

    [Fact]
    [Trait("Category", "Slow")]
    public void OneSubordinateAndTwoFaults() => Explore(
        new WorldOptions { Name = "1 subordinate, 2 faults", Faults = IsDeep ? 3 : 2 });

    [Fact]
    [Trait("Category", "Slow")]
    public void TwoSubordinates() => Explore(
        new WorldOptions { Name = "2 subordinates", Nodes = 3, Faults = IsDeep ? 2 : 1 },
        IsDeep ? StatesMax : 400_000);

    private static Exploration Explore(WorldOptions options, int statesMax = StatesMax)
    {
        Exploration done = Exploration.Run(options, statesMax);
        Assert.True(done.Result.Wrong is null, done.Result.ToString());
        Assert.True(done.Doomed.Count == 0, "V1 does not hold behind:\n  " + string.Join("\n  ", done.Doomed));
        Assert.True(statesMax < StatesMax || IsDeep || done.Result.Complete);
        return done;
    }
}
