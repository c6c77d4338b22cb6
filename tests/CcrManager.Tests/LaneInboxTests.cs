using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.TestSupport;

namespace Ccr.CcrManager.Tests;

public sealed class LaneInboxTests
{
    [Fact]
    public async Task OneThreadAtATimeTakesEveryInputAndInOrderOfEachPoster()
    {
        const int Posters = 4, Each = 20_000;
        long[] last = new long[Posters];
        int inside = 0, taken = 0, overlaps = 0, disorder = 0;
        LaneInbox inbox = null!;
        inbox = new LaneInbox(() =>
        {
            overlaps += Interlocked.Increment(ref inside) == 1 ? 0 : 1;
            while (inbox.TryDequeue(out InboxItem item))
            {
                long id = ((DeadlineReached)item.Input).Deadline.Value;
                (long poster, long number) = (id / Each, id % Each);
                disorder += number == last[poster]++ ? 0 : 1;
                taken++;
            }

            Interlocked.Decrement(ref inside);
        });

        await Task.WhenAll(Enumerable.Range(0, Posters).Select(poster => Task.Run(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                inbox.Enqueue(new InboxItem(new DeadlineReached(new DeadlineId((poster * (long)Each) + i)), null, 0));
                inbox.Kick();
            }
        })));
        await Eventually.HoldsAsync(() => Volatile.Read(ref taken) == Posters * Each, "every input was taken");
        Assert.Equal(0, overlaps);
        Assert.Equal(0, disorder);
    }

    [Fact]
    public void AnIdleLaneIsRunByWhoPosts()
    {
        int? ranOn = null;
        LaneInbox inbox = null!;
        inbox = new LaneInbox(() =>
        {
            inbox.TryDequeue(out _);
            ranOn = Environment.CurrentManagedThreadId;
        });
        inbox.Enqueue(new InboxItem(DeadlinesDue.Instance, null, 0));
        inbox.Kick();
        Assert.Equal(Environment.CurrentManagedThreadId, ranOn);
    }

    [Fact]
    public async Task APosterIsNotKeptForTheWorkOfOthers()
    {
        int turns = 0, elsewhere = 0;
        int poster = Environment.CurrentManagedThreadId;
        LaneInbox inbox = null!;
        inbox = new LaneInbox(() =>
        {
            inbox.TryDequeue(out _);
            if (Environment.CurrentManagedThreadId != poster)
            {
                Interlocked.Increment(ref elsewhere);
            }

            Interlocked.Increment(ref turns);
        });
        for (int i = 0; i < 1_000; i++)
        {
            inbox.Enqueue(new InboxItem(DeadlinesDue.Instance, null, 0));
        }

        inbox.Kick();
        int here = Volatile.Read(ref turns) - Volatile.Read(ref elsewhere);
        Assert.InRange(here, 1, ManagerLimits.InlineTurnsMax);
        await Eventually.HoldsAsync(() => Volatile.Read(ref turns) == 1_000, "a pool thread did the rest");
    }
}
