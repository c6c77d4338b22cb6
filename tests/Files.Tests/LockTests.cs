using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Store;
using Ccr.Resources.Files.Tests.Support;

namespace Ccr.Resources.Files.Tests;

/// <summary>Whole-file locks among actions, and against other processes (SEM-11, 12, 20).</summary>
public sealed class LockTests
{
    private static readonly ReadFile Read = new(false, 0, 100);
    private static readonly ReadFile ReadForUpdate = new(true, 0, 100);
    private static readonly TimeSpan PastEveryLimit = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task Readers_share_a_file_and_a_writer_waits_until_the_last_has_gone()
    {
        using Workbench bench = await Open();
        AtomicActionId first = bench.Begin(), second = bench.Begin(), writer = bench.Begin();
        Assert.Equal("old", await bench.Read(first, "a"));
        Assert.Equal("old", await bench.Read(second, "a"));

        Task<FilesReply> writes = bench.Replace(writer, "a", "new");
        Assert.False(writes.IsCompleted);
        bench.Rollback(first);
        Assert.False(writes.IsCompleted);
        bench.Rollback(second);
        await writes;

        Assert.Equal("old", bench["a"]);
        Assert.Equal(AnswerKind.Ready, bench.Prepare(writer).Kind);
        Assert.Equal(BranchAnswer.Committed, bench.Commit(writer));
        Assert.Equal("new", bench["a"]);
    }

    [Fact]
    public async Task Waiters_are_served_in_the_order_in_which_they_came()
    {
        using Workbench bench = await Open();
        AtomicActionId holder = bench.Begin(), writer = bench.Begin(), reader = bench.Begin();
        await bench.Replace(holder, "a", "1");
        Task<FilesReply> writes = bench.Replace(writer, "a", "2");
        Task<string?> reads = bench.Read(reader, "a");

        bench.Rollback(holder);
        await writes;
        Assert.False(reads.IsCompleted);
        bench.Rollback(writer);
        Assert.Equal("old", await reads);
    }

    [Fact]
    public async Task The_victim_of_a_wait_is_named_with_its_holder_and_can_only_be_rolled_back()
    {
        using Workbench bench = await Open();
        AtomicActionId holder = bench.Begin(), victim = bench.Begin();
        await bench.Replace(holder, "a", "1");
        await bench.Replace(victim, "b", "2");

        Task<FilesMessage> waits = bench.Ask(victim, "a", Read);
        bench.Time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(waits.IsCompleted);
        bench.Time.Advance(PastEveryLimit);
        Refusal refusal = Assert.IsType<FilesRefused>(await waits).Refusal;

        Assert.Equal(RefusalCode.Deadlock, refusal.Code);
        Assert.Contains("'a'", refusal.Text);
        Assert.Contains(victim.ToString(), refusal.Text);
        Assert.Contains($"held by action {holder}", refusal.Text);
        Assert.Equal(refusal, await bench.Refused(victim, "b", Read));
        Assert.Equal(refusal, bench.Prepare(victim).Refusal);
        await bench.Replace(holder, "b", "the victim has let go of it");
    }

    [Fact]
    public async Task Wait_limits_are_jittered_around_the_base()
    {
        using Workbench bench = await Open();
        AtomicActionId holder = bench.Begin();
        await bench.Replace(holder, "a", "1");
        List<double> limitsMs = [];
        for (int i = 0; i < 20; i++)
        {
            Task<FilesMessage> waits = bench.Ask(bench.Begin(), "a", Read);
            bench.Time.Advance(PastEveryLimit);
            string text = Assert.IsType<FilesRefused>(await waits).Refusal.Text;
            limitsMs.Add(double.Parse(text.Split("waited ")[1].Split(' ')[0]));
        }

        Assert.All(limitsMs, ms => Assert.InRange(ms, 1_000, 3_000));
        Assert.True(limitsMs.Distinct().Count() > 10, string.Join(' ', limitsMs));
    }

    [Fact]
    public async Task A_circle_among_our_own_actions_is_found_at_once()
    {
        using Workbench bench = await Open();
        AtomicActionId first = bench.Begin(), second = bench.Begin();
        await bench.Replace(first, "a", "1");
        await bench.Replace(second, "b", "2");
        Task<FilesReply> waits = bench.Replace(first, "b", "1");

        Refusal refusal = await bench.Refused(second, "a", Read);
        Assert.Equal(RefusalCode.Deadlock, refusal.Code);
        Assert.Contains("in a circle", refusal.Text);
        await waits;
    }

    [Fact]
    public async Task Of_two_readers_that_both_want_to_write_one_is_refused_and_the_other_goes_on()
    {
        using Workbench bench = await Open();
        AtomicActionId first = bench.Begin(), second = bench.Begin();
        await bench.Read(first, "a");
        await bench.Read(second, "a");
        Task<FilesReply> upgrades = bench.Replace(first, "a", "1");
        Assert.False(upgrades.IsCompleted);

        Assert.Equal(RefusalCode.Deadlock, (await bench.Refused(second, "a", ReadForUpdate)).Code);
        await upgrades;
        Assert.Equal("1", await bench.Read(first, "a"));
    }

    [Fact]
    public async Task A_reader_turns_its_lock_into_an_exclusive_one()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        await bench.Read(action, "a");
        using (OtherProcess reader = await Other("flock", "shared", bench, "a"))
        {
            Assert.True(reader.HasLock);
            Task<FilesReply> upgrades = bench.Replace(action, "a", "1");
            Assert.False(upgrades.IsCompleted);
            reader.Dispose();
            bench.Time.Advance(TimeSpan.FromMilliseconds(100));
            await upgrades;
        }

        using OtherProcess writer = await Other("fcntl", "shared", bench, "a");
        Assert.False(writer.HasLock);
    }

    [Theory]
    [InlineData("flock")]
    [InlineData("fcntl")]
    public async Task Our_locks_keep_other_programs_out(string kind)
    {
        using Workbench bench = await Open();
        AtomicActionId reader = bench.Begin(), writer = bench.Begin();
        await bench.Read(reader, "a");
        await bench.Replace(writer, "b", "1");

        using OtherProcess readsShared = await Other(kind, "shared", bench, "a");
        using OtherProcess writesShared = await Other(kind, "exclusive", bench, "a");
        using OtherProcess readsExclusive = await Other(kind, "shared", bench, "b");
        Assert.True(readsShared.HasLock);
        Assert.False(writesShared.HasLock);
        Assert.False(readsExclusive.HasLock);

        bench.Rollback(writer);
        using OtherProcess after = await Other(kind, "exclusive", bench, "b");
        Assert.True(after.HasLock);
    }

    [Theory]
    [InlineData("flock", "exclusive", false)]
    [InlineData("fcntl", "exclusive", false)]
    [InlineData("flock", "shared", true)]
    [InlineData("fcntl", "shared", true)]
    public async Task Locks_of_other_programs_keep_us_out(string kind, string mode, bool mayRead)
    {
        using Workbench bench = await Open();
        AtomicActionId reader = bench.Begin(), writer = bench.Begin();
        OtherProcess other = await Other(kind, mode, bench, "a");
        Assert.True(other.HasLock);

        Task<FilesMessage> reads = bench.Ask(reader, "a", Read);
        Assert.Equal(mayRead, reads.IsCompleted);
        bench.Rollback(reader);
        Task<FilesMessage> writes = bench.Ask(writer, "a", ReadForUpdate);
        Assert.False(writes.IsCompleted);
        other.Dispose();
        bench.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.IsType<FilesReply>(await writes);
    }

    [Fact]
    public async Task A_wait_for_another_program_ends_at_the_limit_and_says_so()
    {
        using Workbench bench = await Open();
        using OtherProcess other = await Other("fcntl", "exclusive", bench, "a");
        Task<FilesMessage> waits = bench.Ask(bench.Begin(), "a", Read);
        bench.Time.Advance(PastEveryLimit);

        Refusal refusal = Assert.IsType<FilesRefused>(await waits).Refusal;
        Assert.Equal(RefusalCode.Deadlock, refusal.Code);
        Assert.Contains("'a', held by another process", refusal.Text);
    }

    [Fact]
    public async Task Rollback_ends_a_wait()
    {
        using Workbench bench = await Open();
        AtomicActionId holder = bench.Begin(), waiter = bench.Begin();
        await bench.Replace(holder, "a", "1");
        Task<FilesMessage> waits = bench.Ask(waiter, "a", Read);
        bench.Rollback(waiter);

        Assert.IsType<FilesRefused>(await waits);
        bench.Rollback(holder);
        Assert.Equal(0, bench.Store.LockedFiles);
    }

    [Fact]
    public async Task A_file_replaced_while_we_waited_for_its_lock_is_read_anew()
    {
        using Workbench bench = await Open();
        OtherProcess other = await Other("flock", "exclusive", bench, "a");
        Task<string?> reads = bench.Read(bench.Begin(), "a");
        bench["fresh"] = "replaced";
        File.Move(Path.Combine(bench.Root, "fresh"), Path.Combine(bench.Root, "a"), overwrite: true);
        other.Dispose();
        bench.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal("replaced", await reads);
    }

    [Fact]
    public async Task Branches_of_one_action_share_its_locks_and_its_updates()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        Assert.Equal(AnswerKind.Begun, bench.Store.Begin(action, Workbench.Branch(2)).Kind);
        await bench.Replace(action, "a", "1");
        Assert.Equal("1", await bench.Read(action, "a"));

        Assert.Equal(AnswerKind.Ready, bench.Prepare(action, 2).Kind);
        Assert.Equal(RefusalCode.WrongState, (await bench.Refused(action, "a", Read)).Code);
        Assert.Equal(AnswerKind.NoChange, bench.Prepare(action, 1).Kind);
        Assert.NotEqual(0, bench.Store.LockedFiles);
        Assert.Equal(BranchAnswer.Committed, bench.Commit(action, 2));
        Assert.Equal("1", bench["a"]);
        Assert.Equal(0, bench.Store.LockedFiles);
    }

    [Fact]
    public async Task The_rollback_of_one_branch_dooms_the_action_here()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        bench.Store.Begin(action, Workbench.Branch(2));
        await bench.Replace(action, "a", "1");
        bench.Rollback(action, 1);

        Assert.Equal(RefusalCode.Asked, (await bench.Refused(action, "a", Read)).Code);
        Assert.Equal(AnswerKind.Refused, bench.Prepare(action, 2).Kind);
        Assert.Equal("old", bench["a"]);
        Assert.Equal(0, bench.Store.LockedFiles);
        Assert.Equal(0, bench.Store.OctetsHeld);
    }

    private static async Task<Workbench> Open()
    {
        Workbench bench = new() { ["a"] = "old", ["b"] = "old" };
        return await bench.OpenAsync();
    }

    private static Task<OtherProcess> Other(string kind, string mode, Workbench bench, string path) =>
        OtherProcess.LockAsync(kind, mode, Path.Combine(bench.Root, path));
}
