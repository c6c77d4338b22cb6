using Ccr.Artemis.Tests.Support;

namespace Ccr.Artemis.Tests;

/// <summary>Segments, chains, folding, and a crash at every change of the disk.</summary>
public sealed class StoreTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_checkpoint_holds_what_the_memory_was(int seed)
    {
        StoreBench bench = new(seed);
        Random random = new(seed);
        for (int i = 0; i < 40; i++)
        {
            bench.Program.Run(random.Next(1, 60));
            bench.Take(commit: random.Next(3) > 0);
            if (random.Next(4) == 0)
            {
                bench.Store.Compact();
            }

            if (i is 10 or 25)
            {
                bench.Reopen(); // the live image is gone: the next one is full
            }

            bench.AllHold();
        }

        bench.Store.Compact(always: true);
        bench.AllHold();
        Assert.Contains(bench.Store.Segments.All, file => file.Footer.Kind == SegmentKind.Base);
        Assert.InRange(bench.Store.Segments.All.Count, 3, 24);
    }

    /// <summary>Whoever only looks holds no lock: a segment may be folded away before its size is asked.</summary>
    [Fact]
    public void A_segment_that_was_folded_meanwhile_has_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("ccr-folded-").FullName;
        try
        {
            string there = Path.Combine(folder, "1"), folded = Path.Combine(folder, "2");
            File.WriteAllBytes(there, new byte[100]);
            Assert.Equal(100, GroupReport.OctetsOf([new FileInfo(folded), new FileInfo(there)]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void A_crash_at_any_change_of_the_disk_loses_no_committed_checkpoint(int seed)
    {
        long steps = Script(new StoreBench(seed));
        for (long at = 1; at <= steps; at++)
        {
            StoreBench bench = new(seed);
            bench.Steps.CrashAt = bench.Steps.Done + at;
            try
            {
                Script(bench);
            }
            catch (IOException) when (bench.Steps.Crashed)
            {
                // The crash that was asked for.
            }

            long[] kept = Wanted(bench);
            bench.ComeBack();
            bench.AllHold();
            foreach (long number in kept)
            {
                Assert.True(
                    bench.Store.Read(state => state[number]) is { Status: CheckpointStatus.Committed },
                    $"crash at change {at}: checkpoint {number} was lost");
                bench.Holds(number);
            }

            bench.Program.GoBack([]);
            bench.Program.Run(30);
            bench.Take(commit: true);
            bench.Store.Compact(always: true);
            bench.AllHold();
        }
    }

    [Fact]
    public void A_page_is_kept_once()
    {
        StoreBench bench = new(5);
        byte[] page = new byte[WireWords.PageOctets];
        new Random(1).NextBytes(page);
        for (ulong i = 0; i < 50; i++)
        {
            bench.Program.Write(0x10000 + (i * WireWords.PageOctets), page);
        }

        bench.Take(commit: true);
        Assert.Equal(1, bench.Store.Segments.All[0].Footer.BodiesCount);

        bench.Program.Write(0x10000, page); // written with the value that it has
        bench.Program.Write(0x20000, new byte[WireWords.PageOctets]);
        bench.Take(commit: true);
        SegmentFooter second = bench.Store.Segments.All[1].Footer;
        Assert.Equal((0, 1), (second.BodiesCount, second.TableCount));
        bench.AllHold();
    }

    [Fact]
    public void A_hit_of_the_index_is_compared()
    {
        StoreBench bench = new(6);
        byte[] page = new byte[WireWords.PageOctets];
        new Random(1).NextBytes(page);
        bench.Program.Write(0x10000, page);
        long first = bench.Take(commit: true);
        bench.Segments.Damage(bench.Store.Segments.All[0].Name, WireWords.PageOctets + 100);

        bench.Program.Write(0x20000, page); // the same hash; the body on the disk is another
        long second = bench.Take(commit: true);

        Assert.Equal(1, bench.Store.Segments.Of(second)!.Footer.BodiesCount);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void A_space_limit_refuses_the_checkpoint_and_loses_nothing()
    {
        StoreBench bench = new(7, new GroupSettings { Keep = 1, SpaceLimitOctets = 60 * WireWords.PageOctets });
        List<long> taken = [];
        for (int i = 0; i < 30; i++)
        {
            for (ulong p = 0; p < 15; p++)
            {
                byte[] page = new byte[WireWords.PageOctets];
                new Random((i * 100) + (int)p).NextBytes(page);
                bench.Program.Write(0x10000 + (p * WireWords.PageOctets), page);
            }

            taken.Add(bench.Take(commit: true)); // fits, since older ones are folded away
            Assert.True(bench.Store.Segments.OctetsOnDisk <= 60 * WireWords.PageOctets);
        }

        for (ulong p = 0; p < 80; p++)
        {
            byte[] page = new byte[WireWords.PageOctets];
            new Random((int)p).NextBytes(page);
            bench.Program.Write(0x100000 + (p * WireWords.PageOctets), page);
        }

        Assert.Throws<StoreFullException>(() => bench.Take(commit: true));
        bench.Holds(taken[^1]);
        bench.Reopen();
        bench.Holds(taken[^1]);
    }

    [Fact]
    public void A_damaged_segment_is_named_and_nothing_is_thrown_away()
    {
        StoreBench bench = new(8, new GroupSettings { ChainMax = 100 });
        bench.Program.Run(50);
        long first = bench.Take(commit: true);
        bench.Program.Run(50);
        long second = bench.Take(commit: true);
        string name = bench.Store.Segments.Of(second)!.Name;
        bench.Segments.Damage(name, bench.Segments.LengthOf(name) - 300);
        bench.Reopen();

        InvalidDataException damage =
            Assert.Throws<InvalidDataException>(() => bench.Store.Segments.ImageOf(second));
        Assert.Contains(name, damage.Message, StringComparison.Ordinal);
        bench.Holds(first);
        bench.Store.Compact(always: true);
        bench.Holds(first);
    }

    /// <summary>Checkpoints, folding and removal; returns how many changes of the disk it made.</summary>
    private static long Script(StoreBench bench)
    {
        long before = bench.Steps.Done;
        for (int i = 0; i < 9; i++)
        {
            bench.Program.Run(20);
            bench.Take(commit: i % 4 != 1);
            if (i % 2 == 1)
            {
                bench.Store.Compact();
            }
        }

        return bench.Steps.Done - before;
    }

    /// <summary>The committed ones that have to be there after the crash.</summary>
    private static long[] Wanted(StoreBench bench) =>
        [.. bench.Committed.OrderDescending().Take(bench.Settings.Keep)];
}
