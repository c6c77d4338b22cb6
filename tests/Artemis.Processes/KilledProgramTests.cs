using Ccr.Artemis.Processes.Support;
using Ccr.Client;
using Ccr.TestSupport;
using Xunit.Abstractions;

namespace Ccr.Artemis.Processes;

/// <summary>
/// A program is killed at each step of its conversation with the checkpoint server, in the middle of frames too, and
/// at the steps of commitment that it has no part in; after each it goes on from the checkpoint that was decided, and
/// at the end it has done what it does uninterrupted.
/// </summary>
[Trait("Category", "Slow")]
public sealed class KilledProgramTests(ITestOutputHelper output)
{
    private const int StepsOfStart = 4;       // HELLO, WELCOME: head and body
    private const int StepsOfCheckpoint = 8;  // PREPARE, STOPPED, TENTATIVE, RESUME
    private const int StepsOfRestart = 6;     // HELLO, RESTORE, RESTORED

    [Fact]
    public async Task At_each_step_of_the_conversation()
    {
        using Stepping stepping = await Stepping.PrepareAsync();
        await using Jacketed program = await Jacketed.ServeAsync(stepping.Work.Folder, "kills");
        await using Witness witness = new();
        KillWord kill = new(program.Folder);
        await witness.MeetAsync(program.Folder);

        List<string> steps = [];
        for (int k = 1; k <= StepsOfStart; k++)
        {
            kill.Set(k);
            program.Launch("-- " + Stepping.Command);
            Assert.Equal(137, await program.EndAsync());
            steps.Add(kill.Step);
        }

        kill.Set(0);
        program.Launch("-- " + Stepping.Command);
        await program.ArrivedAsync();
        await CheckpointAsync(program, witness, committed: true);
        for (int k = 1; k <= StepsOfCheckpoint; k++)
        {
            await GoesOnAsync(program, stepping);
            kill.Set(k);
            await CheckpointAsync(program, witness);
            Assert.Equal(137, await program.EndAsync());
            steps.Add(kill.Step);
            kill.Set(0);
            await RestartAsync(program, witness);
        }

        for (int k = 1; k <= StepsOfRestart; k++)
        {
            await GoesOnAsync(program, stepping);
            await CheckpointAsync(program, witness, committed: true);
            await program.KillAsync();
            kill.Set(k);
            await Assert.ThrowsAsync<CheckpointFailedException>(() => program.RestartAsync());
            Assert.Equal(137, await program.EndAsync());
            steps.Add(kill.Step);
            kill.Set(0);
            await RestartAsync(program, witness);
        }

        await NoStepIsLeftAsync(program, kill, witness);
        stepping.Hurry();
        Assert.Equal(0, await program.EndAsync());
        stepping.IsAsUninterrupted();
        Assert.Equal(StepsOfStart + StepsOfCheckpoint + StepsOfRestart, steps.Count);
        output.WriteLine($"{steps.Count} kills: {string.Join("; ", steps)}");
    }

    [Theory]
    [InlineData("prepare")]
    [InlineData("commit")]
    public async Task When_the_other_branch_is_asked_to(string step)
    {
        using Stepping stepping = await Stepping.PrepareAsync();
        await using Jacketed program = await Jacketed.StartAsync(
            stepping.Work.Folder, "-- " + Stepping.Command);
        await using Witness witness = new();
        await witness.MeetAsync(program.Folder);
        await CheckpointAsync(program, witness, committed: true);
        await GoesOnAsync(program, stepping);
        witness.Asked = asked =>
        {
            if (asked == step && program.Folder.Member is { } pid)
            {
                _ = Signals.Send(pid, Signals.Kill);
            }
        };
        await CheckpointAsync(program, witness);
        Assert.Equal(137, await program.EndAsync());
        witness.Asked = static _ => { };
        await RestartAsync(program, witness);
        stepping.Hurry();
        Assert.Equal(0, await program.EndAsync());
        stepping.IsAsUninterrupted();
    }

    /// <summary>
    /// A checkpoint in an action with the witness: it is the one to restart from if, and only if, that is the decision.
    /// </summary>
    private static async Task CheckpointAsync(Jacketed program, Witness witness, bool? committed = null)
    {
        long before = Next(program);
        await using CcrClient client = await CcrClient.ConnectAsync(program.Folder.ManagerSocket);
        await using AtomicAction action =
            await client.TransOpenAsync([program.ServerName, Witness.Name(program.Folder)]);
        CcrOutcome outcome = await action.TransCloseAsync();

        Assert.Equal(committed ?? outcome.IsCommitted, outcome.IsCommitted);
        Assert.Equal(outcome.IsCommitted, witness.HasCommitted(action.Id));
        Assert.Equal(0, witness.InDoubt);
        CheckpointReport[] ofAction =
            [.. program.Report.Checkpoints.Where(c => c.Action == action.Id.ToString())];
        Assert.DoesNotContain(program.Report.Checkpoints, c => c.Status == CheckpointStatus.Ready);
        if (outcome.IsCommitted)
        {
            Assert.Equal(CheckpointStatus.Committed, Assert.Single(ofAction).Status);
            Assert.Equal(ofAction[0].Number, Next(program));
        }
        else
        {
            Assert.DoesNotContain(ofAction, c => c.Status == CheckpointStatus.Committed);
            Assert.Equal(before, Next(program));
        }
    }

    /// <summary>The one checkpoint that a restart would take; 0: none.</summary>
    private static long Next(Jacketed program) =>
        program.Report.Checkpoints.SingleOrDefault(c => c.IsNext)?.Number ?? 0;

    private static async Task RestartAsync(Jacketed program, Witness witness)
    {
        long next = Next(program);
        RestartReport report = await program.RestartAsync();
        Assert.Equal(next, report.Number);
        await witness.MeetAsync(program.Folder);
    }

    private static async Task GoesOnAsync(Jacketed program, Stepping stepping)
    {
        int told = stepping.Told;
        await Eventually.HoldsAsync(() => stepping.Told > told + 1 || !program.IsAlive, "it goes on");
        Assert.True(program.IsAlive, "the program has ended too early for this test");
    }

    /// <summary>The counts of steps are those that there are.</summary>
    private static async Task NoStepIsLeftAsync(Jacketed program, KillWord kill, Witness witness)
    {
        kill.Set(StepsOfCheckpoint + 1);
        await CheckpointAsync(program, witness, committed: true);
        Assert.False(kill.HasCome);
        kill.Set(0);
    }
}
