using Ccr.Artemis.Tests.Support;
using Ccr.Protocol.Names;

namespace Ccr.Artemis.Tests;

public sealed class JournalTests
{
    private static readonly ManagerIdentity Manager = new(NodeName.Parse("tokyo"), new LogIdentity(77), 3);

    [Fact]
    public void Every_record_comes_back_as_it_went()
    {
        MemoryFolder folder = new();
        JournalRecord[] records = [.. AllRecords()];
        using (GroupJournal journal = GroupJournal.Open(folder, out IReadOnlyList<JournalRecord> none))
        {
            Assert.Empty(none);
            foreach (JournalRecord record in records)
            {
                journal.Append(record);
            }
        }

        using GroupJournal again = GroupJournal.Open(folder, out IReadOnlyList<JournalRecord> read);
        Assert.Equal(records.Select(JournalCodec.ToOctets), read.Select(JournalCodec.ToOctets));
    }

    [Fact]
    public void A_torn_end_is_cut_wherever_it_was_torn()
    {
        MemoryFolder whole = new();
        long first;
        using (GroupJournal journal = GroupJournal.Open(whole, out _))
        {
            journal.Append(new Started(1));
            first = journal.Length;
            journal.Append(new Taken(1, 0, Figures()), new CommittedNow(1));
        }

        byte[] octets = Content(whole);
        for (int length = (int)first; length < octets.Length; length++)
        {
            MemoryFolder torn = new();
            torn.Create(GroupJournal.FileName).WriteAt(0, octets.AsSpan(0, length));
            using GroupJournal journal = GroupJournal.Open(torn, out IReadOnlyList<JournalRecord> read);
            Assert.Equal([new Started(1)], read);
            Assert.Equal(first, journal.Length);
        }
    }

    [Fact]
    public void Damage_before_the_end_is_refused()
    {
        MemoryFolder folder = new();
        using (GroupJournal journal = GroupJournal.Open(folder, out _))
        {
            journal.Append(new Started(1));
            journal.Append(new Taken(1, 0, Figures()));
            journal.Append(new CommittedNow(1));
        }

        folder.Damage(GroupJournal.FileName, 30);
        InvalidDataException damage = Assert.Throws<InvalidDataException>(() => GroupJournal.Open(folder, out _));
        Assert.Contains("is damaged at octet", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_records_fold_into_the_same_state()
    {
        GroupState state = Folded(AllRecords());
        GroupState again = Folded(state.ToRecords());

        Assert.Equal(state.Checkpoints, again.Checkpoints);
        Assert.Equal(
            (state.Incarnation, state.Manager, state.LastNumber, state.RestartedFrom, state.RestartedAfter),
            (again.Incarnation, again.Manager, again.LastNumber, again.RestartedFrom, again.RestartedAfter));
    }

    [Fact]
    public void A_number_survives_its_checkpoint()
    {
        GroupState state = Folded([new Taken(9, 0, Figures()), new Dropped([9])]);

        Assert.Equal(9, Folded(state.ToRecords()).LastNumber);
        Assert.Empty(Folded(state.ToRecords()).Checkpoints);
    }

    [Fact]
    public void A_restart_takes_the_highest_after_the_last_restart()
    {
        GroupState state = Folded(
        [
            new Taken(1, 0, Figures()), new CommittedNow(1), new Taken(2, 1, Figures()), new CommittedNow(2),
            new Taken(3, 2, Figures()), new CommittedNow(3), new RestartedFrom(2, 3),
        ]);
        Assert.Equal([2], state.Candidates.Select(c => c.Number));

        state.Apply(new Taken(4, 2, Figures()));
        Assert.Equal([2], state.Candidates.Select(c => c.Number));
        state.Apply(new Taken(5, 4, Figures()));
        state.Apply(new CommittedNow(5));
        state.Apply(new CommittedNow(4)); // late: it never supersedes the newer one
        Assert.Equal(5, state.Candidates.Max(c => c.Number));
    }

    private static IEnumerable<JournalRecord> AllRecords()
    {
        Assert.True(AtomicActionId.TryParse("tokyo:3.42", out AtomicActionId? action));
        Assert.True(BranchId.TryParse("tokyo:i1", out BranchId? branch));
        yield return new Started(4);
        yield return new ManagerMet(Manager);
        yield return new Taken(1, 0, Figures());
        yield return new ReadySaid(1, action, branch, Manager);
        yield return new CommittedNow(1);
        yield return new Taken(2, 1, Figures());
        yield return new CommittedAlone(2, action, branch, Manager);
        yield return new Taken(3, 2, Figures());
        yield return new CommittedAlone(3, action, branch, Manager);
        yield return new Forgotten(3);
        yield return new Taken(4, 3, Figures());
        yield return new RolledBackNow(4);
        yield return new RestartedFrom(3, 4);
        yield return new Taken(5, 3, Figures());
        yield return new ReadySaid(5, action, branch, Manager);
        yield return new Taken(6, 5, Figures());
        yield return new Dropped([1]);
    }

    private static CheckpointFigures Figures() => new(1, 2, 3, 4, 5, true);

    private static GroupState Folded(IEnumerable<JournalRecord> records)
    {
        GroupState state = new();
        records.ToList().ForEach(state.Apply);
        return state;
    }

    private static byte[] Content(MemoryFolder folder)
    {
        byte[] octets = new byte[folder.LengthOf(GroupJournal.FileName)];
        folder.Open(GroupJournal.FileName).ReadAt(0, octets);
        return octets;
    }
}
