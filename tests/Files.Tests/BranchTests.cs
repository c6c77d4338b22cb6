using System.Text;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Store;
using Ccr.Resources.Files.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Tests;

/// <summary>The life of a branch: Begin, requests, Prepare, and its end (SEM-3, 5, 8).</summary>
public sealed class BranchTests
{
    [Fact]
    public async Task Updates_are_seen_by_their_own_action_alone_until_commit()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        await bench.Do(action, "a", new AppendFile("-tail"u8.ToArray()));
        await bench.Do(action, "a", new WriteFile(0, "OLD"u8.ToArray()));
        await bench.Do(action, "a", new WriteFile(10, "x"u8.ToArray()));
        await bench.Replace(action, "made", "created");
        await bench.Do(action, "b", new DeleteFile());

        Assert.Equal("OLD-tail\0\0x", await bench.Read(action, "a"));
        Assert.Null(await bench.Read(action, "b"));
        Assert.Equal("old", bench["a"]);
        Assert.False(bench.Has("made"));

        Assert.Equal(AnswerKind.Ready, bench.Prepare(action).Kind);
        Assert.Equal("old", bench["a"]);
        Assert.Equal(BranchAnswer.Committed, bench.Commit(action));
        Assert.Equal("OLD-tail\0\0x", bench["a"]);
        Assert.Equal("created", bench["made"]);
        Assert.False(bench.Has("b"));
        Assert.Equal(0, bench.Store.OctetsHeld);
    }

    [Fact]
    public async Task A_commit_writes_into_the_same_inode()
    {
        using Workbench bench = await Open();
        using SafeFileHandle reader = bench.Open("a", Libc.O_RDONLY);
        await CommitNew(bench, "a", "new content");
        Assert.Equal("new content"u8, Disk.ReadAll(reader));
    }

    [Fact]
    public async Task Rollback_leaves_no_trace_before_and_after_ready()
    {
        using Workbench bench = await Open();
        foreach (bool prepared in new[] { false, true })
        {
            AtomicActionId action = bench.Begin();
            await bench.Replace(action, "a", new string('x', 100_000));
            await bench.Replace(action, "made", "created");
            if (prepared)
            {
                Assert.Equal(AnswerKind.Ready, bench.Prepare(action).Kind);
            }

            Assert.Equal(BranchAnswer.RolledBack, bench.Rollback(action));
            Assert.Equal(BranchAnswer.RolledBack, bench.Rollback(action));
        }

        Assert.Equal(["a", "b"], CrashScenario.Files(bench.Root).Keys.Order());
        Assert.Equal("old", bench["a"]);
        Assert.Empty(bench.StateFiles("image-"));
        Assert.Equal(0, bench.Store.LockedFiles);
    }

    [Fact]
    public async Task No_change_after_reads_and_after_updates_that_change_nothing()
    {
        using Workbench bench = await Open();
        AtomicActionId reader = bench.Begin(), writer = bench.Begin();
        await bench.Read(reader, "a");
        Assert.Equal(BranchAnswer.NoChange, bench.Prepare(reader));
        await bench.Replace(writer, "a", "old");
        await bench.Replace(writer, "made", "x");
        await bench.Do(writer, "made", new DeleteFile());
        Assert.Equal(BranchAnswer.NoChange, bench.Prepare(writer));
        Assert.Equal(0, bench.Store.LockedFiles);
        Assert.Empty(bench.StateFiles("image-"));
    }

    [Fact]
    public async Task A_rollback_that_crosses_no_change_finds_nothing_to_tell()
    {
        using Workbench bench = await Open();
        AtomicActionId reader = bench.Begin();
        await bench.Read(reader, "a");
        Assert.Equal(BranchAnswer.NoChange, bench.Prepare(reader));
        Assert.Equal(BranchAnswer.RolledBack, bench.Rollback(reader));
    }

    [Fact]
    public async Task A_two_file_branch_costs_one_force_to_promise_and_one_a_file_to_commit()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        await bench.Replace(action, "a", "1");
        await bench.Replace(action, "b", "2");
        (long files, long folders) = bench.Store.Forces;
        bench.Prepare(action);
        Assert.Equal((files + 1, folders + 1), bench.Store.Forces);
        bench.Commit(action);
        Assert.Equal((files + 3, folders + 2), bench.Store.Forces);
    }

    [Fact]
    public async Task A_branch_that_was_not_begun_here_is_refused()
    {
        using Workbench bench = await Open();
        AtomicActionId stranger = bench.NewAction();
        Assert.Equal(RefusalCode.NotBegun, (await bench.Refused(stranger, "a", new DeleteFile())).Code);
        Assert.Equal(RefusalCode.NotBegun, bench.Prepare(stranger).Refusal!.Code);
        Assert.Equal(
            BranchAnswer.RolledBack,
            bench.Store.CommitOnePhase(stranger, Workbench.Branch(), Workbench.Manager));
    }

    [Fact]
    public async Task A_server_restarted_between_update_and_prepare_refuses_to_prepare()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        await bench.Replace(action, "a", "1");
        long before = bench.Store.Incarnation;
        await bench.ReopenAsync();

        Assert.Equal(before + 1, bench.Store.Incarnation);
        Assert.Equal(RefusalCode.NotBegun, bench.Prepare(action).Refusal!.Code);
        bench.Store.Begin(action, Workbench.Branch(2));
        FilesMessage stale = await bench.Store.ServeAsync(
            new FilesRequest(1, action, before, "a", new ReadFile(false, 0, 1)));
        Assert.Equal(RefusalCode.NotBegun, Assert.IsType<FilesRefused>(stale).Refusal.Code);
    }

    [Fact]
    public async Task Orders_and_requests_in_the_wrong_state_are_refused()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        Assert.Equal(RefusalCode.WrongState, bench.Store.Begin(action, Workbench.Branch()).Refusal!.Code);
        Assert.Equal(RefusalCode.WrongState, bench.Commit(action).Refusal!.Code);
        await bench.Replace(action, "a", "1");
        bench.Prepare(action);
        Assert.Equal(RefusalCode.WrongState, bench.Prepare(action).Refusal!.Code);
        Assert.Equal(
            RefusalCode.WrongState,
            bench.Store.CommitOnePhase(action, Workbench.Branch(), Workbench.Manager).Refusal!.Code);
        Assert.Equal(RefusalCode.WrongState, (await bench.Refused(action, "b", new ReadFile(false, 0, 1))).Code);
        bench.Commit(action);
        Assert.Equal(RefusalCode.WrongState, (await bench.Refused(action, "b", new ReadFile(false, 0, 1))).Code);
        Assert.Equal(RefusalCode.WrongState, bench.Store.Begin(action, Workbench.Branch()).Refusal!.Code);
        Assert.Equal(BranchAnswer.Committed, bench.Commit(action));
    }

    [Fact]
    public async Task A_prepare_during_a_request_is_refused()
    {
        using Workbench bench = await Open();
        AtomicActionId holder = bench.Begin(), action = bench.Begin();
        await bench.Replace(holder, "a", "1");
        Task<FilesMessage> waits = bench.Ask(action, "a", new DeleteFile());
        Refusal refusal = bench.Prepare(action).Refusal!;
        Assert.Equal(RefusalCode.WrongState, refusal.Code);
        Assert.Contains("1 requests", refusal.Text);
        Assert.IsType<FilesRefused>(await waits);
    }

    [Fact]
    public async Task Only_the_manager_that_was_promised_may_end_a_prepared_branch()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        await bench.Replace(action, "a", "1");
        bench.Prepare(action);
        await bench.ReopenAsync();
        ManagerIdentity otherLog = Workbench.Manager with { Log = new LogIdentity(8) };
        ManagerIdentity older = Workbench.Manager with { Epoch = 2 };
        ManagerIdentity later = Workbench.Manager with { Epoch = 9 };

        Assert.Equal(RefusalCode.NotMine, bench.Store.Commit(action, Workbench.Branch(), otherLog).Refusal!.Code);
        Assert.Equal(RefusalCode.NotMine, bench.Store.Rollback(action, Workbench.Branch(), older).Refusal!.Code);
        Assert.Equal(Workbench.Manager, Assert.Single(bench.Store.Found()).Promised);
        Assert.Equal(BranchAnswer.Committed, bench.Store.Commit(action, Workbench.Branch(), later));
        Assert.Equal("1", bench["a"]);
    }

    [Fact]
    public async Task A_one_phase_outcome_is_kept_until_it_is_forgotten()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        await bench.Replace(action, "a", "1");
        Assert.Equal(BranchAnswer.Committed, bench.Store.CommitOnePhase(action, Workbench.Branch(), Workbench.Manager));
        Assert.Equal("1", bench["a"]);
        Assert.Equal(0, bench.Store.LockedFiles);

        await bench.ReopenAsync();
        FoundBranch found = Assert.Single(bench.Store.Found());
        Assert.Equal((action, FoundState.Committed), (found.Action, found.State));
        Assert.Equal(BranchAnswer.Committed, bench.Store.CommitOnePhase(action, Workbench.Branch(), Workbench.Manager));
        bench.Store.ForgetBranch(action, Workbench.Branch());
        Assert.Empty(bench.Store.Found());
        await bench.ReopenAsync();
        Assert.Empty(bench.Store.Found());
    }

    [Fact]
    public async Task A_doomed_branch_told_to_commit_in_one_phase_says_why_it_rolled_back()
    {
        using Workbench bench = await Open();
        AtomicActionId holder = bench.Begin(), victim = bench.Begin();
        await bench.Replace(holder, "a", "1");
        Task<FilesMessage> waits = bench.Ask(victim, "a", new DeleteFile());
        bench.Time.Advance(TimeSpan.FromSeconds(4));
        await waits;
        BranchAnswer answer = bench.Store.CommitOnePhase(victim, Workbench.Branch(), Workbench.Manager);
        Assert.Equal((DoneOutcome.RolledBack, true), (answer.Outcome, answer.Text.Contains("waited")));
    }

    [Fact]
    public async Task Two_stores_cannot_share_a_state_folder()
    {
        using Workbench bench = await Open();
        IOException refused = await Assert.ThrowsAsync<IOException>(() => FileStore.OpenAsync(
            new FileStoreOptions { Root = bench.Root, StateFolder = bench.State }));
        Assert.Contains("in use by another file Server", refused.Message);
    }

    [Fact]
    public async Task A_state_folder_below_the_root_is_refused()
    {
        using Workbench bench = await Open();
        IOException refused = await Assert.ThrowsAsync<IOException>(() => FileStore.OpenAsync(
            new FileStoreOptions { Root = bench.Root, StateFolder = Path.Combine(bench.Root, "state") }));
        Assert.Contains("lies below the root", refused.Message);
    }

    [Fact]
    public async Task Sixteen_branches_at_once_all_commit()
    {
        using Workbench bench = await Open();
        AtomicActionId[] actions = [.. Enumerable.Range(0, 16).Select(_ => bench.Begin())];
        await Task.WhenAll(actions.Select((action, i) => Task.Run(async () =>
        {
            await bench.Replace(action, $"f{i}", $"content {i}");
            Assert.Equal(AnswerKind.Ready, bench.Prepare(action).Kind);
            Assert.Equal(BranchAnswer.Committed, bench.Commit(action));
        })));
        Assert.All(Enumerable.Range(0, 16), i => Assert.Equal($"content {i}", bench[$"f{i}"]));
        Assert.True(bench.Store.Forces.Folders <= 33, $"{bench.Store.Forces.Folders} forces of the state folder");
    }

    private static async Task<Workbench> Open()
    {
        Workbench bench = new() { ["a"] = "old", ["b"] = "old" };
        return await bench.OpenAsync();
    }

    private static async Task CommitNew(Workbench bench, string path, string content)
    {
        AtomicActionId action = bench.Begin();
        await bench.Do(action, path, new ReplaceFile(Encoding.UTF8.GetBytes(content)));
        Assert.Equal(AnswerKind.Ready, bench.Prepare(action).Kind);
        Assert.Equal(BranchAnswer.Committed, bench.Commit(action));
    }
}
