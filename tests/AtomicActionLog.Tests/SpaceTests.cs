using Ccr.AtomicActionLog.Storage;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActionLog.Tests;

/// <summary>SEM-19: the log stays small, and keeps a reserve for what exists already.</summary>
public sealed class SpaceTests : IDisposable
{
    private const long LimitBytes = 256 << 10;
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void With_one_action_in_doubt_for_ever_the_log_stays_under_its_limit()
    {
        const int actions = 200_000;
        const long limitBytes = 4 << 20;
        LogOptions options = _scratch.Options(limitBytes, geometry: new LogGeometry(1 << 16, 1 << 17));
        long mostOnDisk = 0;
        using (FasterAtomicActionLog log = FasterAtomicActionLog.Open(options))
        {
            log.Append(Sample.Ready(0));
            for (int i = 1; i <= actions; i++)
            {
                log.Append(Sample.Commit(i));
                log.Append(Sample.Forget(i));
                if (i % 1_000 == 0)
                {
                    log.Force();
                    mostOnDisk = Math.Max(mostOnDisk, OnDisk());
                    Assert.False(log.IsFull);
                }
            }

            Assert.True(log.LastSequence > 2 * actions);
        }

        Assert.InRange(mostOnDisk, limitBytes / 4, limitBytes);
        using FasterAtomicActionLog again = FasterAtomicActionLog.Open(options);
        Assert.Equal([Sample.Ready(0)], again.Recovered);
        Assert.Equal(2u, again.Self.Epoch);
        Assert.True(again.LastSequence > 2 * actions, "sequence numbers go on");
    }

    [Fact]
    public void A_checkpoint_carries_every_kind_of_live_record_in_order()
    {
        List<LogContent> live =
        [
            Sample.Ready(1),
            Sample.Heuristic(1, 1),
            Sample.Commit(2),
            Sample.Damage(3, null),
            new OnePhaseServer("files"),
        ];
        using (FasterAtomicActionLog log = Open())
        {
            live.ForEach(log.Append);
            ChurnUntilCheckpoint(log);
        }

        Assert.DoesNotContain(LogInspector.Read(_scratch.Log), record => record.Sequence <= 5);
        using FasterAtomicActionLog again = Open();
        Assert.Equal(live, again.Recovered);
    }

    [Fact]
    public void A_large_checkpoint_comes_in_parts_and_is_whole_again()
    {
        using Scratch roomy = new();
        LogOptions options = new()
        {
            Directory = roomy.Log,
            Node = Sample.Tokyo,
            LimitBytes = 16 << 20,
            AllowVolatileDirectory = true,
        };
        using (FasterAtomicActionLog log = FasterAtomicActionLog.Open(options))
        {
            for (int i = 0; i < 9_000; i++)
            {
                log.Append(Sample.Ready(i));
            }

            ChurnUntilCheckpoint(log, 10_000);
            Assert.True(Directory.GetFiles(roomy.Log, "records.*").Length <= 8);
        }

        Assert.True(LogInspector.Verify(roomy.Log).Kinds["Checkpoint"] > 2);
        using FasterAtomicActionLog again = FasterAtomicActionLog.Open(options);
        Assert.Equal(Enumerable.Range(0, 9_000).Select(i => Sample.Ready(i)), again.Recovered);
    }

    [Fact]
    public void Above_a_quarter_of_live_records_new_actions_are_refused_and_existing_ones_can_be_ended()
    {
        using FasterAtomicActionLog log = Open();
        int prepared = 0;
        while (!log.IsFull)
        {
            log.Append(Sample.Ready(++prepared));
        }

        log.Force();
        Assert.True(prepared > 300, $"{prepared}");

        for (int i = 1; i <= prepared; i++)
        {
            log.Append(Sample.Commit(i, 1));
            log.Force();
        }

        Assert.True(OnDisk() <= LimitBytes);
        for (int i = 1; i <= prepared; i++)
        {
            log.Append(Sample.Forget(i, 1));
        }

        log.Force();
        ChurnUntilCheckpoint(log);
        Assert.False(log.IsFull);
        Assert.True(OnDisk() <= LimitBytes);
    }

    [Fact]
    public void The_end_comes_only_when_the_reserve_is_gone_and_nothing_promised_is_lost_by_it()
    {
        int promised = 0;
        int admitted = 0;
        using (FasterAtomicActionLog log = Open())
        {
            LogFailedException end = Assert.Throws<LogFailedException>(() =>
            {
                for (int i = 1; i < 1_000_000; i++)
                {
                    admitted = log.IsFull ? admitted : i;
                    log.Append(Sample.Ready(i));
                    log.Force();
                    promised = i;
                }
            });
            Assert.Contains("has reached its limit", end.Message, StringComparison.Ordinal);
        }

        Assert.True(promised > admitted * 3 / 2, $"{promised} promised, {admitted} before it was full");
        Assert.True(OnDisk() <= LimitBytes);
        using FasterAtomicActionLog again = FasterAtomicActionLog.Open(_scratch.Options(LimitBytes * 4));
        Assert.Equal(Enumerable.Range(1, promised).Select(i => Sample.Ready(i)), again.Recovered);
    }

    [Fact]
    public void A_stop_between_a_checkpoint_and_the_removal_of_old_segments_does_no_harm()
    {
        using Scratch before = new();
        using (FasterAtomicActionLog log = Open())
        {
            log.Append(Sample.Ready(0));
            while (log.UsedOctets < LimitBytes / 2)
            {
                log.Append(Sample.Forget(1));
            }

            log.Force();
            foreach (string path in Directory.GetFiles(_scratch.Log, "records.*"))
            {
                File.Copy(path, Path.Combine(before.Root, Path.GetFileName(path)));
            }

            ChurnUntilCheckpoint(log);
        }

        string[] old = [.. Directory.GetFiles(before.Root, "records.*").Order()];
        Assert.False(File.Exists(Path.Combine(_scratch.Log, Path.GetFileName(old[0]))));
        File.Copy(old[0], Path.Combine(_scratch.Log, Path.GetFileName(old[0])));

        using FasterAtomicActionLog again = Open();
        Assert.Equal([Sample.Ready(0)], again.Recovered);
        Assert.False(File.Exists(Path.Combine(_scratch.Log, Path.GetFileName(old[0]))));
    }

    private static void ChurnUntilCheckpoint(FasterAtomicActionLog log, int number = 900)
    {
        long used = 0;
        while (log.UsedOctets >= used)
        {
            used = log.UsedOctets;
            log.Append(Sample.Commit(number));
            log.Append(Sample.Forget(number));
        }
    }

    private FasterAtomicActionLog Open() => FasterAtomicActionLog.Open(_scratch.Options(LimitBytes));

    private long OnDisk() => Directory.GetFiles(_scratch.Log, "records.*").Sum(path => new FileInfo(path).Length);
}
