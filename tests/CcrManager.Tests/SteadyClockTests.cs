using Ccr.CcrManager.Lanes;
using Ccr.TestSupport;

namespace Ccr.CcrManager.Tests;

public sealed class SteadyClockTests
{
    [Fact]
    public void ItIsTheWallClockAsLongAsThatIsNotSet()
    {
        ManualTime time = new();
        SteadyClock clock = new(time);
        for (int step = 0; step < 5; step++)
        {
            Assert.Equal(time.GetUtcNow(), clock.Now);
            time.Advance(1 + (step * 100_000L));
        }
    }

    [Fact]
    public void ItGoesOnWhileTheWallClockIsSetBackAndForth()
    {
        SteadyClock clock = new(new JumpingTime());
        DateTimeOffset first = clock.Now, before = first;
        for (int look = 0; look < 1_000; look++)
        {
            DateTimeOffset now = clock.Now;
            Assert.True(now >= before.AddSeconds(-1));
            before = now;
        }

        Assert.InRange(before - first, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }
}
