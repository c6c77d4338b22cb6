using System.Diagnostics;
using Ccr.Artemis.Processes.Support;
using Ccr.Client;
using Ccr.Protocol.Names;
using Ccr.TestSupport;
using Xunit.Abstractions;

namespace Ccr.Artemis.Processes;

/// <summary>
/// The process that serves a group, its manager with it, is killed at each step by which it leaves something behind:
/// while it takes a checkpoint in two phases, and while it restarts the program. The program goes on meanwhile; it is
/// killed too, and goes on from the checkpoint that the manager's log decides.
/// </summary>
[Trait("Category", "Slow")]
public sealed class KilledServerTests(ITestOutputHelper output)
{
    private const int PastLast = 2; // so many k in a row that do not kill: the number of steps swings by one
    private const int StepsMax = 150;

    [Fact]
    public async Task At_each_step_of_a_checkpoint()
    {
        using Stepping stepping = await Stepping.PrepareAsync();
        await using Served group = new(stepping.Work.Folder);
        await using Witness witness = new();
        group.Run(Stepping.Command);
        await IsServedAsync(group, stepping, witness);
        await CommittedAsync(group, witness);

        List<string> killedAt = [];
        (int committed, int survived) = (0, 0);
        for (int k = 1; survived < PastLast; k++)
        {
            Assert.True(k < StepsMax, "a checkpoint has more steps than this test can believe");
            long before = Next(group);
            group.KillAt(k);
            AtomicActionId? action = await TryAsync(group, witness);
            if (await IsKilledAsync(group))
            {
                survived = 0;
                killedAt.Add(group.Steps[^1]);
                await GoesOnAsync(stepping);
            }
            else
            {
                survived++;
            }

            group.KillNever();
            await RestartAsync(group, stepping, witness);
            committed += IsAsDecided(group, witness, action, before) ? 1 : 0;
        }

        await EndAsync(group, stepping);
        output.WriteLine($"{killedAt.Count} kills, {committed} of the checkpoints committed\n"
            + string.Join('\n', killedAt));
        Assert.InRange(committed, 1, killedAt.Count - 1);
    }

    [Fact]
    public async Task At_each_step_of_a_restart()
    {
        using Stepping stepping = await Stepping.PrepareAsync();
        await using Served group = new(stepping.Work.Folder);
        await using Witness witness = new();
        group.Run(Stepping.Command);
        await IsServedAsync(group, stepping, witness);
        await CommittedAsync(group, witness);

        List<string> killedAt = [];
        long next = Next(group);
        group.KillServing();
        await group.EndAsync();
        for (int k = 1; k == killedAt.Count + 1; k++)
        {
            Assert.True(k < StepsMax, "a restart has more steps than this test can believe");
            await group.KillProgramAsync();
            group.KillAt(k);
            group.Restart();
            await Eventually.HoldsAsync(
                () => !group.IsServed || group.Folder.Member is not null, "it is killed, or the program is there", 30);
            if (await IsKilledAsync(group))
            {
                killedAt.Add(group.Steps[^1]);
            }

            Assert.Equal(next, Next(group));
        }

        group.KillNever();
        await IsServedAsync(group, stepping, witness);
        await CommittedAsync(group, witness);
        await EndAsync(group, stepping);
        output.WriteLine($"{killedAt.Count} kills\n{string.Join('\n', killedAt)}");
    }

    /// <summary>Nothing is in doubt, the witness is told the same, and there is one to restart from.</summary>
    private static bool IsAsDecided(Served group, Witness witness, AtomicActionId? action, long before)
    {
        IReadOnlyList<CheckpointReport> all = group.Report.Checkpoints;
        Assert.DoesNotContain(all, c => c.Status == CheckpointStatus.Ready);
        Assert.Equal(0, witness.InDoubt);
        CheckpointReport? taken = all.SingleOrDefault(c => c.Action is { } a && a == action?.ToString());
        bool committed = action is not null && witness.HasCommitted(action);
        Assert.Equal(committed, taken?.Status == CheckpointStatus.Committed);
        Assert.Equal(committed ? taken!.Number : before, Next(group));
        return committed;
    }

    /// <summary>The one checkpoint that a restart would take; 0: none.</summary>
    private static long Next(Served group) =>
        group.Report.Checkpoints.SingleOrDefault(c => c.IsNext)?.Number ?? 0;

    /// <summary>A checkpoint in an action with the witness, as far as it comes; the action, if there was one.</summary>
    private static async Task<AtomicActionId?> TryAsync(Served group, Witness witness)
    {
        AtomicActionId? id = null;
        try
        {
            await using CcrClient client = await CcrClient.ConnectAsync(group.Folder.ManagerSocket);
            AtomicAction action = await client.OpenAsync();
            id = action.Id;
            await action.TransOpenSubAsync(Served.ServerName);
            await action.TransOpenSubAsync(Witness.Name(group.Folder));
            Task<CcrOutcome> closing = action.TransCloseAsync();
            await Task.WhenAny(closing, EndedAsync(group));
            if (closing.IsCompleted)
            {
                Assert.Equal((await closing).IsCommitted, witness.HasCommitted(id));
            }
        }
        catch (Exception e) when (e is CcrManagerLostException or CcrOutcomeUnknownException or CcrRefusedException)
        {
            // It was killed; what it had decided is seen when it is started again.
        }

        return id;
    }

    private static async Task EndedAsync(Served group) =>
        await Eventually.HoldsAsync(() => !group.IsServed, "it is killed", seconds: 30);

    private static async Task CommittedAsync(Served group, Witness witness)
    {
        long before = Next(group);
        AtomicActionId? action = await TryAsync(group, witness);
        Assert.True(action is not null && witness.HasCommitted(action), group.Said);
        await Eventually.HoldsAsync(() => Next(group) > before, "it is the one to restart from");
    }

    /// <summary>False when it lives and makes no steps any more.</summary>
    private static async Task<bool> IsKilledAsync(Served group)
    {
        long quietSince = Stopwatch.GetTimestamp();
        int steps = group.Steps.Length;
        await Eventually.HoldsAsync(
            () =>
            {
                if (group.Steps.Length is var now && now != steps)
                {
                    (steps, quietSince) = (now, Stopwatch.GetTimestamp());
                }

                return !group.IsServed || Stopwatch.GetElapsedTime(quietSince).TotalMilliseconds > 250;
            },
            "it is killed, or quiet", 30);
        return !group.IsServed;
    }

    private static async Task RestartAsync(Served group, Stepping stepping, Witness witness)
    {
        if (group.IsServed)
        {
            group.KillServing();
        }

        Assert.Equal(137, await group.EndAsync());
        await group.KillProgramAsync();
        group.Restart();
        await IsServedAsync(group, stepping, witness);
    }

    /// <summary>The program is built anew and works; the witness has heard what was in doubt.</summary>
    private static async Task IsServedAsync(Served group, Stepping stepping, Witness witness)
    {
        await Eventually.HoldsAsync(
            () => !group.IsServed || group.Folder.Member is not null,
            $"the program runs. {group.Said}", 30);
        Assert.True(group.IsServed, $"it ended. {group.Said}");
        await witness.MeetAsync(group.Folder);
        await Eventually.HoldsAsync(() => witness.InDoubt == 0, "the witness is not in doubt", 30);
        await GoesOnAsync(stepping);
    }

    private static async Task GoesOnAsync(Stepping stepping)
    {
        int told = stepping.Told;
        await Eventually.HoldsAsync(() => stepping.Told > told, "the program goes on", 30);
    }

    private static async Task EndAsync(Served group, Stepping stepping)
    {
        stepping.Hurry();
        int code = await group.EndAsync();
        Assert.True(code == 0, $"ended with {code}. {group.Said}");
        stepping.IsAsUninterrupted();
    }
}
