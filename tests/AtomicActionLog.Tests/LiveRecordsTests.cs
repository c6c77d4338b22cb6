using Ccr.AtomicActions;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog.Tests;

public sealed class LiveRecordsTests
{
    private static readonly ManagerIdentity Self = new(Sample.Tokyo, new LogIdentity(1), 4);
    private readonly LiveRecords _live = new();

    [Fact]
    public void Ready_lives_until_commit_of_its_key_and_commit_until_forget()
    {
        Apply(Sample.Ready(1, 1), Sample.Ready(2, 1));
        Apply(Sample.Commit(1, 1));
        AssertLive(Sample.Ready(2, 1), Sample.Commit(1, 1));
        Apply(Sample.Forget(1, 1));
        AssertLive(Sample.Ready(2, 1));
        Apply(Sample.Forget(2, 1));
        AssertLive();
    }

    [Fact]
    public void Branches_of_one_action_and_its_root_live_apart()
    {
        Apply(Sample.Ready(1, 1), Sample.Ready(1, 2), Sample.Commit(1));
        Apply(Sample.Forget(1, 2));
        AssertLive(Sample.Ready(1, 1), Sample.Commit(1));
        Apply(Sample.Forget(1));
        AssertLive(Sample.Ready(1, 1));
    }

    [Fact]
    public void A_heuristic_decision_is_kept_beside_ready_until_forget()
    {
        Apply(Sample.Ready(1, 1), Sample.Heuristic(1, 1));
        AssertLive(Sample.Ready(1, 1), Sample.Heuristic(1, 1));
        Apply(Sample.Commit(1, 1));
        AssertLive(Sample.Heuristic(1, 1), Sample.Commit(1, 1));
        Apply(Sample.Forget(1, 1));
        AssertLive();
    }

    [Fact]
    public void Damage_replaces_all_of_its_key_and_stays_until_forget()
    {
        Apply(Sample.Ready(1, 1), Sample.Heuristic(1, 1), Sample.Damage(1, 1));
        AssertLive(Sample.Damage(1, 1));
        Apply(Sample.Commit(1, 1), Sample.Heuristic(1, 1), Sample.Ready(1, 1));
        AssertLive(Sample.Damage(1, 1));
        Apply(Sample.Damage(1, 1, reported: true));
        AssertLive(Sample.Damage(1, 1, reported: true));
        Apply(Sample.Forget(1, 1));
        AssertLive();
    }

    [Fact]
    public void A_one_phase_server_is_kept_by_name()
    {
        Apply(new OnePhaseServer("files"), new OnePhaseServer("prices"), new OnePhaseServer("files"));
        AssertLive(new OnePhaseServer("prices"), new OnePhaseServer("files"));
    }

    [Fact]
    public void A_whole_checkpoint_replaces_what_was_before_it()
    {
        Apply(Sample.Ready(1, 1), Sample.Ready(2, 1));
        Apply(new Checkpoint(1, 2, Self, [Sample.Ready(3, 1)]));
        AssertLive(Sample.Ready(1, 1), Sample.Ready(2, 1));
        Assert.False(_live.HasCheckpoint);
        Apply(new Checkpoint(2, 2, Self, [Sample.Commit(4)]));
        AssertLive(Sample.Ready(3, 1), Sample.Commit(4));
        Assert.True(_live.HasCheckpoint);
        Assert.Equal(Self, _live.Identity);
    }

    [Fact]
    public void An_unfinished_checkpoint_changes_nothing()
    {
        Apply(Sample.Ready(1, 1));
        Apply(new Checkpoint(1, 2, Self, [Sample.Ready(3, 1)]));
        Apply(new EpochRecord(Self, 1));
        Apply(new Checkpoint(2, 2, Self, [Sample.Ready(4, 1)]));
        AssertLive(Sample.Ready(1, 1));
        Apply(new Checkpoint(1, 3, Self, [Sample.Ready(5, 1)]), new Checkpoint(3, 3, Self, []));
        AssertLive(Sample.Ready(1, 1));
        Apply(new Checkpoint(1, 3, Self, [Sample.Ready(5, 1)]), new Checkpoint(1, 1, Self, [Sample.Ready(6, 1)]));
        AssertLive(Sample.Ready(6, 1));
    }

    [Fact]
    public void Octets_are_those_of_the_live_records()
    {
        _live.Apply(Sample.Ready(1, 1), 100);
        _live.Apply(Sample.Heuristic(1, 1), 10);
        _live.Apply(Sample.Ready(2, 1), 1_000);
        Assert.Equal(1_110, _live.Octets);
        _live.Apply(Sample.Commit(1, 1), 60);
        Assert.Equal(1_070, _live.Octets);
        _live.Apply(Sample.Forget(1, 1), 5);
        Assert.Equal(1_000, _live.Octets);
        Assert.Equal(1, _live.Count);
    }

    private void Apply(params LogContent[] contents)
    {
        foreach (LogContent content in contents)
        {
            _live.Apply(content);
        }
    }

    private void AssertLive(params LogContent[] expected)
    {
        Assert.Equal(expected, _live.Snapshot());
        Assert.Equal(expected.Length, _live.Count);
    }
}
