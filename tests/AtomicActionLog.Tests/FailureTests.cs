using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActionLog.Tests;

/// <summary>A write or force that fails is the end of the log: nothing is tried again, nothing is promised.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void After_a_failed_force_every_call_throws_though_the_disk_would_work_again()
    {
        FaultyDisk disk = new();
        using FasterAtomicActionLog log = FasterAtomicActionLog.Open(_scratch.Options(disk: disk));
        log.Append(Sample.Ready(1));
        log.Force();
        disk.FailingSync = disk.Syncs + 1;
        log.Append(Sample.Ready(2));

        LogFailedException first = Assert.Throws<LogFailedException>(log.Force);
        int writes = disk.Writes;
        LogFailedException second = Assert.Throws<LogFailedException>(log.Force);
        LogFailedException third = Assert.Throws<LogFailedException>(() => log.Append(Sample.Ready(3)));

        Assert.Contains("could not force: Input/output error", first.Message, StringComparison.Ordinal);
        Assert.Contains("What is durable is unknown", first.Message, StringComparison.Ordinal);
        Assert.Equal(first.Message, second.Message);
        Assert.Equal(first.Message, third.Message);
        log.Dispose();
        Assert.Equal(writes, disk.Writes);
    }

    [Fact]
    public void A_full_disk_is_the_same()
    {
        FaultyDisk disk = new();
        using FasterAtomicActionLog log = FasterAtomicActionLog.Open(_scratch.Options(disk: disk));
        log.Append(Sample.Ready(1));
        disk.FailingWrite = disk.Writes + 1;

        Assert.Contains(
            "No space left on device", Assert.Throws<LogFailedException>(log.Force).Message, StringComparison.Ordinal);
        Assert.Throws<LogFailedException>(() => log.Append(Sample.Ready(3)));
    }

    [Fact]
    public void A_page_that_cannot_be_written_while_records_are_appended_is_noticed()
    {
        FaultyDisk disk = new();
        using FasterAtomicActionLog log = FasterAtomicActionLog.Open(_scratch.Options(disk: disk));
        disk.FailingWrite = disk.Writes + 1;

        Assert.Throws<LogFailedException>(() =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                log.Append(Sample.Ready(i));
            }

            log.Force();
        });
    }

    [Fact]
    public void A_page_is_durable_before_the_next_is_begun()
    {
        NotingDisk disk = new();
        using FasterAtomicActionLog log = FasterAtomicActionLog.Open(_scratch.Options(disk: disk));
        disk.Notes.Clear();
        for (int i = 0; i < 400; i++)
        {
            log.Append(Sample.Ready(i));
        }

        log.Force();

        Assert.True(disk.Notes.Count > 20, "many pages were written");
        Assert.All(disk.Notes.Index(), note => Assert.Equal(note.Index % 2 == 0 ? "write" : "force", note.Item));
    }

    [Fact]
    public void One_force_of_many_records_is_one_write_and_one_fdatasync()
    {
        NotingDisk disk = new();
        using FasterAtomicActionLog log = FasterAtomicActionLog.Open(_scratch.Options(disk: disk));
        disk.Notes.Clear();
        for (int i = 0; i < 10; i++)
        {
            log.Append(Sample.Ready(i));
        }

        log.Force();
        log.Force();

        Assert.Equal(["write", "force"], disk.Notes);
    }

    [Fact]
    public void Whichever_write_or_force_fails_what_was_acknowledged_is_there_at_the_restart()
    {
        int failures = 0;
        for (int nth = 1; nth <= 60; nth++)
        {
            failures += FailAt(new FaultyDisk { FailingSync = nth }) ? 1 : 0;
            failures += FailAt(new FaultyDisk { FailingWrite = nth }) ? 1 : 0;
        }

        Assert.True(failures > 100, $"only {failures} of the faults were met");
    }

    // Returns whether the fault was met.
    private static bool FailAt(FaultyDisk disk)
    {
        using Scratch scratch = new();
        int acknowledged = 0;
        bool met = false;
        try
        {
            using FasterAtomicActionLog log = FasterAtomicActionLog.Open(scratch.Options(disk: disk));
            for (int i = 1; i <= 80; i++)
            {
                log.Append(Sample.Ready(i));
                log.Force();
                acknowledged = i;
            }
        }
        catch (LogFailedException)
        {
            met = true;
        }

        using FasterAtomicActionLog again = scratch.Open();
        IReadOnlyList<LogContent> recovered = again.Recovered;
        Assert.InRange(recovered.Count, acknowledged, acknowledged + 1);
        Assert.Equal(Enumerable.Range(1, recovered.Count).Select(i => Sample.Ready(i)), recovered);
        return met;
    }
}
