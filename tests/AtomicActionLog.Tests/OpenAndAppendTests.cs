using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActionLog.Tests;

public sealed class OpenAndAppendTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_new_log_is_empty_and_starts_epoch_1()
    {
        using FasterAtomicActionLog log = _scratch.Open();

        Assert.Equal(1u, log.Self.Epoch);
        Assert.Equal(Sample.Tokyo, log.Self.Node);
        Assert.NotEqual(default, log.Self.Log);
        Assert.Empty(log.Recovered);
        Assert.Empty(log.Notices);
        Assert.False(log.IsFull);
    }

    [Fact]
    public void Forced_records_are_recovered_oldest_first_and_given_out_once()
    {
        using (FasterAtomicActionLog log = _scratch.Open())
        {
            log.Append(Sample.Ready(1));
            log.Append(Sample.Ready(2));
            log.Force();
            log.Append(Sample.Commit(3));
            log.Append(Sample.Forget(1, 1));
            log.Force();
        }

        using FasterAtomicActionLog again = _scratch.Open();

        Assert.Equal([Sample.Ready(2), Sample.Commit(3)], again.Recovered);
        Assert.Empty(again.Recovered);
        Assert.Empty(again.Notices);
    }

    [Fact]
    public void The_epoch_rises_by_one_with_each_start_and_the_identity_stays()
    {
        Ccr.Protocol.Names.LogIdentity identity = default;
        for (uint start = 1; start <= 5; start++)
        {
            using FasterAtomicActionLog log = _scratch.Open();
            identity = start == 1 ? log.Self.Log : identity;
            Assert.Equal(start, log.Self.Epoch);
            Assert.Equal(identity, log.Self.Log);
        }
    }

    [Fact]
    public void Records_of_many_starts_and_pages_are_all_there()
    {
        List<LogContent> expected = [];
        for (int start = 0; start < 20; start++)
        {
            using FasterAtomicActionLog log = _scratch.Open();
            Assert.Equal(expected, log.Recovered);
            for (int i = 0; i < 37; i++)
            {
                LogReady ready = Sample.Ready((start * 100) + i);
                expected.Add(ready);
                log.Append(ready);
                if (i % 5 == 0)
                {
                    log.Force();
                }
            }
        }

        using FasterAtomicActionLog last = _scratch.Open();
        Assert.Equal(expected, last.Recovered);
    }

    [Fact]
    public void What_was_forced_survives_a_stop_without_dispose_and_the_limit_is_stated()
    {
        FasterAtomicActionLog log = _scratch.Open();
        log.Append(Sample.Ready(1));
        log.Force();
        log.Append(Sample.Ready(2));
        using Scratch copy = _scratch.CopyLog();
        log.Dispose();

        using FasterAtomicActionLog again = copy.Open();

        Assert.Equal([Sample.Ready(1)], again.Recovered);
        Assert.Contains("was not stopped cleanly", Assert.Single(again.Notices), StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_opener_is_refused_and_told_which_process_holds_the_log()
    {
        using FasterAtomicActionLog log = _scratch.Open();

        LogFailedException refused = Assert.Throws<LogFailedException>(_scratch.Open);

        Assert.Contains(
            $"already in use by process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_is_free_again_after_dispose()
    {
        _scratch.Open().Dispose();
        _scratch.Open().Dispose();
    }

    [Fact]
    public void A_call_while_another_is_under_way_is_a_broken_invariant()
    {
        using ReentrantDisk disk = new();
        using FasterAtomicActionLog log = FasterAtomicActionLog.Open(_scratch.Options(disk: disk));
        Exception? seen = null;
        disk.OnSync = () => seen ??= Record.Exception(log.Force);

        log.Append(Sample.Ready(1));
        log.Force();

        Assert.IsType<InvariantException>(seen);
    }

    [Fact]
    public void A_disposed_log_refuses_further_calls()
    {
        FasterAtomicActionLog log = _scratch.Open();
        log.Dispose();
        log.Dispose();

        Assert.Throws<ObjectDisposedException>(() => log.Append(Sample.Ready(1)));
        Assert.Throws<ObjectDisposedException>(log.Force);
    }
}
