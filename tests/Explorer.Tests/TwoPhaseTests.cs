using Ccr.Explorer.Search;

namespace Ccr.Explorer.Tests;

/// <summary>The engine is believed because it counts what others have published.</summary>
public sealed class TwoPhaseTests
{
    [Theory]
    [InlineData(3, 288)]
    [InlineData(5, 8_832)]
    [InlineData(6, 50_816)]
    public void ThePublishedCountsOfTwoPhaseCommitAreReproduced(int managers, int distinct)
    {
        SearchResult result = new BreadthFirst(new TwoPhase(managers)).Run();
        Assert.Null(result.Wrong);
        Assert.True(result.Complete);
        Assert.Equal(distinct, result.Distinct);
    }

    [Fact]
    public void TheInitialStateAndEverySuccessorIsGenerated() =>
        Assert.Equal(1_146, new BreadthFirst(new TwoPhase(3)).Run().Generated);

    [Fact]
    public void ACounterexampleIsTheShortest()
    {
        SearchResult result = new BreadthFirst(new TwoPhase(2) { CommitIsWrong = true }).Run();
        Assert.Equal("one has committed", result.Wrong);
        Assert.Equal(6, result.Way.Count);
        Assert.Equal(["TMCommit", "RMRcvCommitMsg(0)"], result.Way.TakeLast(2));
    }
}
