using Ccr.AtomicActionLog.Storage;

namespace Ccr.Simulation.Tests;

/// <summary>The simulated disk loses what a disk may lose, and nothing else.</summary>
public sealed class DiskModelTests
{
    private const string Path = "/log/file";
    private const int Rounds = 200;

    [Fact]
    public void What_was_forced_survives_a_stop_of_the_machine()
    {
        for (ulong seed = 0; seed < Rounds; seed++)
        {
            SimDisk disk = Written(seed, out IDiskFile file);
            file.Write([5, 6], 4);
            disk.Stop(machine: true);
            Assert.Equal([1, 2, 3, 4], ((IDisk)disk).ReadAll(Path)[..4]);
        }
    }

    [Fact]
    public void What_was_not_forced_survives_the_process_alone()
    {
        SimDisk disk = Written(1, out IDiskFile file);
        file.Write([5, 6], 4);
        disk.Complete();
        disk.Stop(machine: false);
        Assert.Equal([1, 2, 3, 4, 5, 6], ((IDisk)disk).ReadAll(Path));
        Assert.Throws<IOException>(() => file.Write([7], 6));
    }

    [Fact]
    public void An_unforced_write_is_kept_lost_or_torn()
    {
        HashSet<int> lengths = [];
        for (ulong seed = 0; seed < Rounds; seed++)
        {
            SimDisk disk = Written(seed, out IDiskFile file);
            file.Write([5, 6, 7, 8], 4);
            disk.Complete();
            disk.Stop(machine: true);
            lengths.Add(((IDisk)disk).ReadAll(Path).Length);
        }

        Assert.Contains(4, lengths);
        Assert.Contains(8, lengths);
        Assert.Contains(lengths, length => length is > 4 and < 8);
    }

    [Fact]
    public void A_name_that_was_not_forced_may_vanish()
    {
        bool[] there = [.. Enumerable.Range(0, Rounds).Select(seed =>
        {
            SimDisk disk = new(new Prng((ulong)seed));
            using IDiskFile file = disk.Open(Path);
            file.Write([1], 0);
            file.Sync();
            disk.Complete();
            disk.Stop(machine: true);
            return disk.Exists(Path);
        })];
        Assert.Contains(true, there);
        Assert.Contains(false, there);
    }

    [Fact]
    public void A_full_disk_and_a_failing_one_say_so()
    {
        SimDisk disk = Written(3, out IDiskFile file);
        disk.IsFull = true;
        file.Write([9], 0);
        Assert.Throws<IOException>(() => file.Write([9], 4));
        disk.OperationsUntilFailure = 1;
        file.Write([9], 0);
        Assert.Throws<IOException>(file.Sync);
    }

    private static SimDisk Written(ulong seed, out IDiskFile file)
    {
        SimDisk disk = new(new Prng(seed));
        file = disk.Open(Path);
        disk.SyncDirectory("/log");
        file.Write([1, 2, 3, 4], 0);
        file.Sync();
        disk.Complete();
        return disk;
    }
}
