using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;

namespace Ccr.CcrManager.Tests;

public sealed class LaneDeadlinesTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly List<DeadlineId> _reached = [];
    private readonly LaneDeadlines _deadlines;

    public LaneDeadlinesTests() => _deadlines = new LaneDeadlines(_time, () =>
    {
        _deadlines!.TakeDue(_reached);
        _deadlines.Arm();
    });

    public void Dispose() => _deadlines.Dispose();

    [Fact]
    public void TheyAreReachedInTheOrderOfTheirTimes()
    {
        Set(1, 30);
        Set(2, 10);
        Set(3, 20);
        _time.Advance(9);
        Assert.Empty(_reached);
        _time.Advance(100);
        Assert.Equal([new(2), new(3), new(1)], _reached);
    }

    [Fact]
    public void AClearedOneIsNotReached()
    {
        Set(1, 10);
        Set(2, 20);
        _deadlines.Clear(new DeadlineId(1));
        _time.Advance(100);
        Assert.Equal([new(2)], _reached);
    }

    [Fact]
    public void OneThatIsSetAnewIsReachedOnceAndAtItsNewTime()
    {
        Set(1, 10);
        Set(1, 50);
        _time.Advance(40);
        Assert.Empty(_reached);
        _time.Advance(10);
        Assert.Equal([new(1)], _reached);
        _time.Advance(100);
        Assert.Single(_reached);
    }

    [Fact]
    public void ManyClearedOnesLeaveTheRestInPlace()
    {
        for (int i = 0; i < 10_000; i++)
        {
            Set(i, 1_000 + i);
            if (i % 100 != 0)
            {
                _deadlines.Clear(new DeadlineId(i));
            }
        }

        Assert.Equal(100, _deadlines.Count);
        _time.Advance(100_000);
        Assert.Equal(100, _reached.Count);
        Assert.Equal(0, _deadlines.Count);
    }

    private void Set(long id, long delayMs)
    {
        _deadlines.Set(new DeadlineId(id), delayMs);
        _deadlines.Arm();
    }
}
