using Ccr.Artemis.Tests.Support;
using Ccr.Client;
using Ccr.TestSupport;

namespace Ccr.Artemis.Tests;

/// <summary>The checkpoint server with a real manager, against a scripted program.</summary>
public sealed class ServerTests
{
    [Fact]
    public async Task A_checkpoint_is_an_atomic_action()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        using FakeJacket jacket = await bench.ProgramAsync();

        Assert.True((await bench.TakeAsync(jacket)).IsCommitted);
        Assert.True(jacket.LastAsked.Flags.HasFlag(PrepareFlags.Full));
        jacket.Program.Run(20);
        Assert.True((await bench.TakeAsync(jacket)).IsCommitted);
        Assert.False(jacket.LastAsked.Flags.HasFlag(PrepareFlags.Full));

        Assert.Equal([1, 2], bench.Checkpoints.Select(c => c.Number));
        Assert.All(bench.Checkpoints, c => Assert.Equal(CheckpointStatus.Committed, c.Status));
        bench.Holds(jacket, 1);
        bench.Holds(jacket, 2);
    }

    [Fact]
    public async Task A_rolled_back_one_is_a_link_and_is_never_restarted_from()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        await using SecondServer second = new(bench.Manager.Node, bench.Manager.Layout.ManagerSocket);
        await second.Registered;
        using FakeJacket jacket = await bench.ProgramAsync();
        await bench.TakeAsync(jacket);

        jacket.Program.Run(20);
        CcrOutcome outcome = await TakeTwoPhaseAsync(bench, second, jacket, BranchVote.Refuse("no"));
        Assert.False(outcome.IsCommitted);
        await Eventually.HoldsAsync(
            () => bench.Checkpoints[^1].Status == CheckpointStatus.RolledBack, "the checkpoint is rolled back");
        Assert.Equal([1], bench.Server.Store.Read(state => state.Candidates.Select(c => c.Number).ToArray()));

        jacket.Program.Run(20);
        outcome = await TakeTwoPhaseAsync(bench, second, jacket, BranchVote.Ready);
        Assert.True(outcome.IsCommitted);
        Assert.Equal(2, bench.Checkpoints[^1].Previous);
        bench.Holds(jacket, 3);
    }

    [Theory]
    [InlineData((int)Failure.InVdso)]
    [InlineData((int)Failure.StopTimeout)]
    public async Task What_passes_is_asked_for_again(int failure)
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        using FakeJacket jacket = await bench.ProgramAsync();

        Task<CcrOutcome> taking = bench.Server.CheckpointAsync();
        for (int i = 0; i < 4; i++)
        {
            await jacket.ObeyAsync((Failure)failure);
        }

        long number = await jacket.ObeyAsync();
        Assert.True((await taking).IsCommitted);
        Assert.Equal(5, number);
        bench.Holds(jacket, 5);
    }

    [Fact]
    public async Task What_cannot_be_saved_is_refused_in_the_jackets_words()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        using FakeJacket jacket = await bench.ProgramAsync();

        CcrOutcome outcome = await bench.TakeAsync(jacket, Failure.Unsupported);

        Assert.Equal("because of Unsupported", outcome.Refusal!.Text);
        Assert.Empty(bench.Checkpoints);
        Assert.True((await bench.TakeAsync(jacket)).IsCommitted);
    }

    [Fact]
    public async Task Without_a_program_a_checkpoint_is_refused()
    {
        await using ServerBench bench = await ServerBench.StartAsync();

        CcrOutcome outcome = await bench.Server.CheckpointAsync();

        Assert.Contains("No program of the group 'counter' runs", outcome.Refusal!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_action_at_a_time()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        using FakeJacket jacket = await bench.ProgramAsync();
        await using CcrClient client = await bench.ClientAsync();
        await using AtomicAction first = await client.TransOpenAsync([bench.Server.Name]);

        CcrRefusedException refused = await Assert.ThrowsAsync<CcrRefusedException>(
            () => client.TransOpenAsync([bench.Server.Name]));
        Assert.Contains(first.Id.ToString(), refused.Message, StringComparison.Ordinal);

        await first.RollbackAsync();
        await using AtomicAction next = await client.TransOpenAsync([bench.Server.Name]);
        Task<long> obeyed = jacket.ObeyAsync();
        Assert.True((await next.TransCloseAsync()).IsCommitted);
        await obeyed;
    }

    [Fact]
    public async Task A_program_that_answers_too_late_is_let_go_on()
    {
        await using ServerBench bench = await ServerBench.StartAsync(answerPatience: TimeSpan.FromMilliseconds(300));
        using FakeJacket jacket = await bench.ProgramAsync();
        string path = Path.Combine(bench.Folder.Root, "written");
        await File.WriteAllTextAsync(path, "by the program");
        jacket.Program.Capture(path);

        Task<CcrOutcome> taking = bench.Server.CheckpointAsync();
        long number = await jacket.AskedAsync(); // stopped by somebody, and silent
        Assert.Contains("did not answer within", (await taking).Refusal!.Text, StringComparison.Ordinal);
        await jacket.SaveAsync(number); // ... and continued: it waits for RESUME until it comes

        Assert.True((await bench.TakeAsync(jacket)).IsCommitted);
        Assert.True(jacket.LastAsked.Flags.HasFlag(PrepareFlags.Full));
        bench.Holds(jacket, jacket.LastNumber);
    }

    [Fact]
    public async Task A_program_that_has_missed_the_signal_is_told_again()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        using FakeJacket jacket = await bench.ProgramAsync();

        int before = FakeJacket.Signals;
        Task<CcrOutcome> taking = bench.Server.CheckpointAsync();
        long number = await jacket.AskedAsync();
        await Eventually.HoldsAsync(() => FakeJacket.Signals >= before + 3, "it is told again and again");
        await jacket.SaveAsync(number);

        Assert.True((await taking).IsCommitted);
        bench.Holds(jacket, number);
    }

    [Fact]
    public async Task A_program_that_lost_its_connection_meanwhile_is_asked_again()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        FakeJacket jacket = await bench.ProgramAsync();
        await bench.TakeAsync(jacket);

        Task<CcrOutcome> taking = bench.Server.CheckpointAsync();
        await jacket.AskedAsync();
        jacket.Dispose();
        using FakeJacket next = await bench.ProgramAsync(seed: 2, HelloMode.Again); // so does one that executes another
        await next.ObeyAsync();

        Assert.True((await taking).IsCommitted);
        Assert.True(next.LastAsked.Flags.HasFlag(PrepareFlags.Full));
        bench.Holds(next, next.LastNumber);
    }

    [Fact]
    public async Task After_a_lost_increment_the_next_is_full()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        using FakeJacket jacket = await bench.ProgramAsync();
        await bench.TakeAsync(jacket);
        jacket.Program.Run(10);
        jacket.Dispose(); // the program is alive, its connection is not: it connects again with an older number
        (FakeJacket again, Frame answer) = await FakeJacket.ConnectAsync(
            bench.Folder, jacket.Program, HelloMode.Again, lastNumber: jacket.LastNumber + 1);
        using (again)
        {
            Assert.Equal(FrameType.Welcome, answer.Type);
            await Eventually.HoldsAsync(() => bench.Server.Gate.Member is not null, "it is connected");
            jacket.Program.Run(10);
            Assert.True((await bench.TakeAsync(again)).IsCommitted);
            Assert.True(again.LastAsked.Flags.HasFlag(PrepareFlags.Full));
            bench.Holds(again, again.LastNumber);
        }
    }

    [Fact]
    public async Task A_server_that_comes_back_goes_on_with_increments()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        using FakeJacket jacket = await bench.ProgramAsync();
        await bench.TakeAsync(jacket);
        await bench.StopServerAsync();
        jacket.Program.Run(10);

        await bench.StartServerAsync();
        (FakeJacket again, Frame answer) = await FakeJacket.ConnectAsync(
            bench.Folder, jacket.Program, HelloMode.Again, jacket.LastNumber);
        using (again)
        {
            Assert.Equal(FrameType.Welcome, answer.Type);
            await Eventually.HoldsAsync(() => bench.Server.Gate.Member is not null, "it is connected");
            Assert.True((await bench.TakeAsync(again)).IsCommitted);
            Assert.False(again.LastAsked.Flags.HasFlag(PrepareFlags.Full));
            Assert.Equal(1, bench.Checkpoints[^1].Previous);
            bench.Holds(again, 2);
        }
    }

    [Fact]
    public async Task A_promise_outlives_the_server_and_is_settled_by_recovery()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        await using SecondServer second = new(bench.Manager.Node, bench.Manager.Layout.ManagerSocket);
        await second.Registered;
        using FakeJacket jacket = await bench.ProgramAsync();
        await bench.TakeAsync(jacket);

        await using CcrClient client = await bench.ClientAsync();
        AtomicAction action = await client.TransOpenAsync([bench.Server.Name, second.Name]);
        Task<CcrOutcome> closing = action.TransCloseAsync();
        await jacket.ObeyAsync();
        await Eventually.HoldsAsync(
            () => bench.Checkpoints[^1].Status == CheckpointStatus.Ready, "the checkpoint is promised");
        await bench.StopServerAsync();
        second.Vote(BranchVote.Ready); // decided while the checkpoint server is away

        await bench.StartServerAsync();
        // Rolled back where the server ended between its promise and its word: it is in doubt here either way.
        CheckpointStatus decided = (await closing).IsCommitted
            ? CheckpointStatus.Committed
            : CheckpointStatus.RolledBack;
        await Eventually.HoldsAsync(() => bench.Checkpoints[^1].Status == decided, $"recovery finds {decided}");
        bench.Holds(jacket, 2);
    }

    [Fact]
    public async Task What_was_made_beside_a_file_after_the_checkpoint_is_moved_aside()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        FakeJacket jacket = await bench.ProgramAsync();
        string file = Path.Combine(bench.Folder.Root, "x.db");
        (string journal, string older, string other) = (file + "-journal", file + "-older", file[..^1]);
        await File.WriteAllTextAsync(file, "by the program");
        await File.WriteAllTextAsync(older, "before the checkpoint");
        jacket.Program.Capture(file);
        await bench.TakeAsync(jacket);
        // The kernel's time of birth is that of its last tick.
        DateTime taken = DateTimeOffset.FromUnixTimeMilliseconds(bench.Checkpoints[^1].Figures.TakenAtMs).UtcDateTime;
        await Eventually.HoldsAsync(() => Younger(journal, taken) && Younger(other, taken), "they are younger");
        jacket.Dispose();
        File.Delete(Path.Combine(bench.Folder.Root, "member")); // the test's process stands for a dead program

        TaskCompletionSource<string> told = new();
        (Task<RestartReport> restarting, Task<FakeJacket> restored) = Restart(bench, jacket.Program, told);
        await restarting.WaitAsync(TimeSpan.FromSeconds(20));
        using FakeJacket running = await restored;

        Assert.False(File.Exists(journal));
        Assert.True(File.Exists(older) && File.Exists(other));
        Assert.Equal("made", await File.ReadAllTextAsync(Path.Combine(bench.Folder.Undone, "x.db-journal")));
        Assert.Contains("was made after checkpoint 1", await told.Task, StringComparison.Ordinal);

        static bool Younger(string path, DateTime than)
        {
            File.Delete(path);
            File.WriteAllText(path, "made");
            return File.GetCreationTimeUtc(path) > than.AddMilliseconds(1);
        }
    }

    [Fact]
    public async Task A_restart_waits_while_a_newer_one_is_in_doubt_and_says_so()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        await using SecondServer second = new(bench.Manager.Node, bench.Manager.Layout.ManagerSocket);
        await second.Registered;
        FakeJacket jacket = await bench.ProgramAsync();
        await bench.TakeAsync(jacket);
        jacket.Program.Run(10);
        await using CcrClient client = await bench.ClientAsync();
        AtomicAction action = await client.TransOpenAsync([bench.Server.Name, second.Name]);
        Task<CcrOutcome> closing = action.TransCloseAsync();
        await jacket.ObeyAsync();
        await Eventually.HoldsAsync(
            () => bench.Checkpoints[^1].Status == CheckpointStatus.Ready, "the checkpoint is promised");
        jacket.Dispose();
        File.Delete(Path.Combine(bench.Folder.Root, "member")); // the test's process stands for a dead program

        TaskCompletionSource<string> told = new();
        (Task<RestartReport> restarting, Task<FakeJacket> restored) = Restart(bench, jacket.Program, told);
        Assert.Contains("is in doubt", await told.Task.WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
        Assert.False(restarting.IsCompleted);
        second.Vote(BranchVote.Ready);

        Assert.Equal(2, (await restarting.WaitAsync(TimeSpan.FromSeconds(20))).Number);
        Assert.True((await closing).IsCommitted);
        using FakeJacket running = await restored;
        running.Program.GoBack(jacket.Memories[2]);
        running.Program.Run(10);
        Assert.True((await bench.TakeAsync(running)).IsCommitted);
        Assert.False(running.LastAsked.Flags.HasFlag(PrepareFlags.Full)); // an increment again
        Assert.Equal((3, 2), (bench.Checkpoints[^1].Number, bench.Checkpoints[^1].Previous));
        bench.Holds(running, 3);
    }

    [Fact]
    public async Task A_damaged_page_is_named_and_an_older_checkpoint_can_be_chosen()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        FakeJacket jacket = await bench.ProgramAsync();
        await bench.TakeAsync(jacket);
        jacket.Program.Run(10);
        await bench.TakeAsync(jacket);
        jacket.Dispose();
        File.Delete(Path.Combine(bench.Folder.Root, "member"));
        Damage(bench.Folder.Segments, "0000000002.segment");

        (Task<RestartReport> refused, _) = Restart(bench, jacket.Program, new TaskCompletionSource<string>());
        CheckpointFailedException why = await Assert.ThrowsAsync<CheckpointFailedException>(() => refused);
        Assert.Contains("segment 0000000002.segment, octet 4096", why.Message, StringComparison.Ordinal);
        Assert.Contains("--at: 1", why.Message, StringComparison.Ordinal);

        (Task<RestartReport> older, Task<FakeJacket> restored) =
            Restart(bench, jacket.Program, new TaskCompletionSource<string>(), at: 1);
        Assert.Equal(1, (await older.WaitAsync(TimeSpan.FromSeconds(20))).Number);
        (await restored).Dispose();
    }

    [Fact]
    public async Task What_a_program_says_of_its_failed_restart_is_told_also_when_its_end_is_seen_first()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        FakeJacket jacket = await bench.ProgramAsync();
        await bench.TakeAsync(jacket);
        jacket.Dispose();
        File.Delete(Path.Combine(bench.Folder.Root, "member")); // the test's process stands for a dead program

        Task<RestartReport> restarting = bench.Server.RestartAsync(new RestartRequest
        {
            Launch = launch =>
            {
                _ = FailsAsync(launch);
                return Task.FromResult(77);
            },
        });

        CheckpointFailedException why = await Assert.ThrowsAsync<CheckpointFailedException>(() => restarting);
        Assert.Contains("because of System", why.Message, StringComparison.Ordinal);

        async Task FailsAsync(RestartLaunch launch)
        {
            (FakeJacket failing, _) = await FakeJacket.ConnectAsync(bench.Folder, jacket.Program, HelloMode.Restore);
            await failing.FailAsync(launch.Number, Failure.System);
            failing.Dispose();
        }
    }

    [Fact]
    public async Task Periodic_checkpoints_are_taken_and_yield()
    {
        await using ServerBench bench = await ServerBench.StartAsync(everyMs: 20);
        using FakeJacket jacket = await bench.ProgramAsync();
        for (int i = 0; i < 5; i++)
        {
            jacket.Program.Run(5);
            await jacket.ObeyAsync();
        }

        using CancellationTokenSource enough = new();
        Task obeying = ObeyUntilAsync(jacket, enough.Token);
        await using CcrClient client = await bench.ClientAsync();
        for (int i = 0; i < 5; i++)
        {
            await using AtomicAction action = await client.TransOpenAsync([bench.Server.Name]);
            Assert.True((await action.TransCloseAsync()).IsCommitted);
        }

        await enough.CancelAsync();
        await obeying;
        Assert.True(bench.Checkpoints.Count(c => c.Status == CheckpointStatus.Committed) >= 3);
    }

    [Fact]
    public async Task A_second_program_is_refused_and_runs_without()
    {
        await using ServerBench bench = await ServerBench.StartAsync();
        using FakeJacket jacket = await bench.ProgramAsync();
        bench.Folder.NoteMember(1); // the program is another process than this one
        Assert.NotNull(bench.Server.Gate.Member);

        (FakeJacket lone, Frame answer) = await FakeJacket.ConnectAsync(
            bench.Folder, new FakeProgram(2), HelloMode.Restore);
        lone.Dispose();
        Assert.Equal(FrameType.Refused, answer.Type);
    }

    private static async Task ObeyUntilAsync(FakeJacket jacket, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            await jacket.ObeyAsync();
        }
    }

    private static async Task<CcrOutcome> TakeTwoPhaseAsync(
        ServerBench bench, SecondServer second, FakeJacket jacket, BranchVote vote)
    {
        await using CcrClient client = await bench.ClientAsync();
        await using AtomicAction action = await client.TransOpenAsync([bench.Server.Name, second.Name]);
        Task<CcrOutcome> closing = action.TransCloseAsync();
        await jacket.ObeyAsync();
        await Eventually.HoldsAsync(
            () => bench.Checkpoints.Any(c => c.Status == CheckpointStatus.Ready), "the checkpoint is promised");
        second.Vote(vote);
        return await closing;
    }

    private static (Task<RestartReport> Report, Task<FakeJacket> Restored) Restart(
        ServerBench bench, FakeProgram program, TaskCompletionSource<string> told, long? at = null)
    {
        TaskCompletionSource<FakeJacket> restored = new();
        Task<RestartReport> report = bench.Server.RestartAsync(new RestartRequest
        {
            At = at,
            Tell = line => told.TrySetResult(line),
            Launch = launch =>
            {
                StartAsync(launch).ContinueWith(
                    started => restored.TrySetException(started.Exception!), TaskContinuationOptions.OnlyOnFaulted);
                return new TaskCompletionSource<int>().Task;
            },
        });
        return (report, restored.Task);

        async Task StartAsync(RestartLaunch launch)
        {
            (FakeJacket jacket, Frame answer) = await FakeJacket.ConnectAsync(bench.Folder, program, HelloMode.Restore);
            Assert.Equal(FrameType.Restore, answer.Type);
            Assert.Equal(Environment.ProcessId, bench.Folder.Member); // others find it before it answers anything
            await jacket.RestoredAsync(launch.Number);
            restored.SetResult(jacket);
        }
    }

    private static void Damage(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        byte[] octets = File.ReadAllBytes(path);
        octets[WireWords.PageOctets + 7] ^= 1;
        File.WriteAllBytes(path, octets);
    }
}
