using System.Collections.Concurrent;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActionLog.Tests;

public sealed class LogWriterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ScriptedLog _log = new();
    private readonly BlockingCollection<(int Lane, long Position)> _forced = [];
    private readonly BlockingCollection<string> _failures = [];

    public void Dispose()
    {
        _log.Dispose();
        _forced.Dispose();
        _failures.Dispose();
    }

    [Fact]
    public void A_forced_record_is_reported_at_its_lanes_own_position()
    {
        using LogWriter writer = Start(lanes: 3);

        writer.Hand(1, [Note("a", forced: true)]);
        Assert.Equal((1, 1L), NextForced());
        writer.Hand(2, [Note("b", forced: true)]);
        Assert.Equal((2, 1L), NextForced());
        writer.Hand(1, [Note("c", forced: true), Note("d", forced: true)]);

        Assert.Equal((1, 3L), NextForced());
    }

    [Fact]
    public void What_arrives_during_a_force_shares_the_next_one()
    {
        using LogWriter writer = Start(lanes: 2);
        _log.HoldForces();
        writer.Hand(0, [Note("a", forced: true)]);
        Assert.True(_log.Forcing.Wait(Patience));

        writer.Hand(1, [Note("b", forced: true)]);
        writer.Hand(0, [Note("c", forced: true)]);
        writer.Hand(1, [Note("d", forced: true)]);
        _log.LetForces();

        Assert.Equal((0, 1L), NextForced());
        Assert.Equal((0, 2L), NextForced());
        Assert.Equal((1, 2L), NextForced());
        Assert.Equal(["a", "force", "b", "c", "d", "force"], Calls(6));
    }

    [Fact]
    public void An_unforced_record_alone_waits_and_is_reported_with_the_next_force()
    {
        using LogWriter writer = Start(lanes: 2);
        _log.HoldForces();

        writer.Hand(0, [Note("lazy", forced: false)]);
        writer.Hand(1, [Note("now", forced: true)]);
        Assert.True(_log.Forcing.Wait(Patience));
        Assert.Empty(_forced);
        _log.LetForces();

        Assert.Equal((0, 1L), NextForced());
        Assert.Equal((1, 1L), NextForced());
    }

    [Fact]
    public void An_unforced_record_is_forced_when_the_writer_falls_idle()
    {
        using LogWriter writer = Start(lanes: 1);

        writer.Hand(0, [Note("lazy", forced: false)]);

        Assert.Equal((0, 1L), NextForced());
        Assert.Equal(["lazy", "force"], Calls(2));
    }

    [Fact]
    public void A_failed_force_is_reported_once_and_nothing_afterwards()
    {
        using LogWriter writer = Start(lanes: 1);
        _log.FailNextForce = "The disk is gone.";

        writer.Hand(0, [Note("a", forced: true)]);
        Assert.True(_failures.TryTake(out string? reason, Patience));
        writer.Hand(0, [Note("b", forced: true)]);
        writer.Dispose();

        Assert.Equal("The disk is gone.", reason);
        Assert.Empty(_failures);
        Assert.Empty(_forced);
        Assert.Equal(["a"], Calls(1));
    }

    [Fact]
    public void Disposing_forces_and_reports_what_was_handed_over()
    {
        LogWriter writer = Start(lanes: 1);
        writer.Hand(0, [Note("a", forced: false), Note("b", forced: false)]);
        writer.Dispose();

        Assert.Equal((0, 2L), NextForced());
        Assert.Throws<ObjectDisposedException>(() => writer.Hand(0, [Note("c", forced: true)]));
    }

    [Fact]
    public void A_lane_waits_for_room_when_the_queue_is_full()
    {
        using LogWriter writer = Start(lanes: 1);
        _log.HoldForces();
        writer.Hand(0, [Note("first", forced: true)]);
        Assert.True(_log.Forcing.Wait(Patience));
        (LogContent, bool)[] many = [.. Enumerable.Repeat(Note("x", forced: true), LogWriter.QueuedRecordsMax)];
        writer.Hand(0, many);

        using ManualResetEventSlim passed = new();
        Thread lane = new(() =>
        {
            writer.Hand(0, [Note("last", forced: true)]);
            passed.Set();
        });
        lane.Start();
        Assert.True(SpinWait.SpinUntil(() => lane.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Patience));
        Assert.False(passed.IsSet);
        _log.LetForces();

        Assert.True(passed.Wait(Patience));
        Assert.Equal((0, 1L), NextForced());
        lane.Join();
        writer.Dispose();
        Assert.Equal(LogWriter.QueuedRecordsMax + 2, _forced.Max(one => one.Position));
    }

    [Fact]
    public void Many_lanes_at_once_each_get_all_their_positions()
    {
        const int lanes = 8;
        const int each = 2_000;
        using LogWriter writer = Start(lanes);

        Parallel.For(0, lanes, new ParallelOptions { MaxDegreeOfParallelism = lanes }, lane =>
        {
            for (int i = 0; i < each; i++)
            {
                writer.Hand(lane, [Note($"{lane}", forced: true)]);
            }
        });
        writer.Dispose();

        ILookup<int, long> byLane = _forced.ToLookup(one => one.Lane, one => one.Position);
        for (int lane = 0; lane < lanes; lane++)
        {
            Assert.Equal(byLane[lane].Order(), byLane[lane]);
            Assert.Equal(each, byLane[lane].Last());
        }
    }

    [Fact]
    public void Fullness_of_the_log_is_seen_after_the_next_batch()
    {
        using LogWriter writer = Start(lanes: 1);
        Assert.False(writer.IsFull);
        _log.IsFull = true;

        writer.Hand(0, [Note("a", forced: true)]);
        NextForced();

        Assert.True(writer.IsFull);
    }

    private static (LogContent Content, bool Forced) Note(string text, bool forced) =>
        (new OperatorNote(0, "test", text), forced);

    private LogWriter Start(int lanes) =>
        new(_log, lanes, (lane, position) => _forced.Add((lane, position)), _failures.Add);

    private (int Lane, long Position) NextForced()
    {
        Assert.True(_forced.TryTake(out (int, long) one, Patience), "nothing was reported as forced");
        return one;
    }

    private string[] Calls(int count)
    {
        lock (_log.Calls)
        {
            return [.. _log.Calls.Take(count)];
        }
    }
}
