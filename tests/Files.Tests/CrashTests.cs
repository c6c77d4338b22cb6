using System.Diagnostics;
using Ccr.Protocol.Messages;
using Ccr.Resources.Files.Store;
using Ccr.Resources.Files.Tests.Support;

namespace Ccr.Resources.Files.Tests;

/// <summary>kill -9 at every named point, then recovery: everything or nothing, whatever the point (SEM-20).</summary>
public sealed class CrashTests
{
    public static TheoryData<string, int> PointsBeforeReady => new()
    {
        { nameof(FaultPoint.ImageCreated), 1 },
        { nameof(FaultPoint.ImageWritten), 1 },
        { nameof(FaultPoint.SpaceReserved), 1 },
        { nameof(FaultPoint.ImageForced), 1 },
        { nameof(FaultPoint.ImageListed), 1 },
    };

    public static TheoryData<string, int> PointsOfCommit => new()
    {
        { nameof(FaultPoint.BeforeApply), 1 },
        { nameof(FaultPoint.HalfApplied), 1 },
        { nameof(FaultPoint.BetweenApplies), 1 },
        { nameof(FaultPoint.HalfApplied), 2 },
        { nameof(FaultPoint.FilesWritten), 1 },
        { nameof(FaultPoint.FilesForced), 1 },
        { nameof(FaultPoint.FileNamed), 1 },
        { nameof(FaultPoint.FileNamed), 2 },
        { nameof(FaultPoint.FoldersForced), 1 },
        { nameof(FaultPoint.ImageRemoved), 1 },
        { nameof(FaultPoint.RemovalForced), 1 },
        { nameof(FaultPoint.LocksFreed), 1 },
    };

    public static TheoryData<string, int> PointsOfOnePhase => new()
    {
        { nameof(FaultPoint.ImageCreated), 1 },
        { nameof(FaultPoint.ImageForced), 1 },
        { nameof(FaultPoint.HalfApplied), 1 },
        { nameof(FaultPoint.FileNamed), 2 },
        { nameof(FaultPoint.OutcomeWritten), 1 },
        { nameof(FaultPoint.OutcomeForced), 1 },
        { nameof(FaultPoint.ImageRemoved), 1 },
        { nameof(FaultPoint.RemovalForced), 1 },
    };

    [Theory]
    [MemberData(nameof(PointsBeforeReady))]
    public async Task Killed_before_ready_a_branch_rolls_back_without_a_trace(string point, int nth)
    {
        using Workbench bench = await CrashAsync(point, nth, onePhase: false, expectReady: false);

        foreach (FoundBranch found in bench.Store.Found())
        {
            Assert.Equal(FoundState.Ready, found.State);
            Assert.Equal(DoneOutcome.RolledBack, bench.Rollback(found.Action).Outcome);
        }

        Assert.Equal(CrashScenario.Before, CrashScenario.Files(bench.Root));
        Assert.Empty(bench.StateFiles("image-"));
        Assert.Equal(0, bench.Store.LockedFiles);
    }

    [Theory]
    [MemberData(nameof(PointsOfCommit))]
    public async Task Killed_in_commit_a_branch_is_committed_whole_at_the_next_order(string point, int nth)
    {
        using Workbench bench = await CrashAsync(point, nth, onePhase: false, expectReady: true);

        if (bench.Store.Found() is [FoundBranch found])
        {
            Assert.Equal(Workbench.Manager, found.Promised);
            await AssertLockedAsync(bench);
        }

        Assert.Equal(BranchAnswer.Committed, bench.Commit(CrashScenario.Action));
        Assert.Equal(CrashScenario.After, CrashScenario.Files(bench.Root));
        Assert.Empty(bench.StateFiles("image-"));
        Assert.Empty(bench.StateFiles("outcome-"));
        Assert.Empty(bench.Warnings);
    }

    [Theory]
    [MemberData(nameof(PointsOfOnePhase))]
    public async Task Killed_in_one_phase_a_branch_is_all_or_nothing_and_its_outcome_is_told(string point, int nth)
    {
        using Workbench bench = await CrashAsync(point, nth, onePhase: true, expectReady: false);

        if (bench.Store.Found() is [FoundBranch found])
        {
            Assert.Equal(FoundState.Committed, found.State);
            Assert.Equal(CrashScenario.After, CrashScenario.Files(bench.Root));
        }
        else
        {
            Assert.Equal(nameof(FaultPoint.ImageCreated), point);
            Assert.Equal(CrashScenario.Before, CrashScenario.Files(bench.Root));
        }

        Assert.Empty(bench.StateFiles("image-"));
        bench.Store.ForgetBranch(CrashScenario.Action, Workbench.Branch());
        await bench.ReopenAsync();
        Assert.Empty(bench.Store.Found());
    }

    [Fact]
    public async Task A_prepared_branch_survives_a_kill_and_can_still_be_rolled_back()
    {
        using Workbench bench = await CrashAsync(nameof(FaultPoint.BeforeApply), 1, onePhase: false, expectReady: true);
        await bench.ReopenAsync();
        await bench.ReopenAsync();

        Assert.Equal(BranchAnswer.RolledBack, bench.Rollback(CrashScenario.Action));
        Assert.Equal(CrashScenario.Before, CrashScenario.Files(bench.Root));
    }

    private static async Task<Workbench> CrashAsync(string point, int nth, bool onePhase, bool expectReady)
    {
        Workbench bench = new();
        CrashScenario.LayOut(bench.Root);
        using Process child = OtherProcess.Start(
            "crash", bench.Root, bench.State, point, nth.ToString(), onePhase.ToString());
        string said = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        Assert.Equal(128 + 9, child.ExitCode);
        Assert.Equal(expectReady ? "ready\n" : "", said);
        return await bench.OpenAsync();
    }

    private static async Task AssertLockedAsync(Workbench bench)
    {
        foreach (string path in CrashScenario.Before.Keys.Where(path => path != "other.txt" && bench.Has(path)))
        {
            using OtherProcess other = await OtherProcess.LockAsync("flock", "shared", Path.Combine(bench.Root, path));
            Assert.False(other.HasLock);
            break;
        }

        Task<FilesMessage> waits = bench.Ask(bench.Begin(), "longer.txt", new ReadFile(false, 0, 10));
        Assert.False(waits.IsCompleted);
        bench.Time.Advance(TimeSpan.FromSeconds(4));
        Refusal refusal = Assert.IsType<FilesRefused>(await waits).Refusal;
        Assert.Equal(RefusalCode.Deadlock, refusal.Code);
        Assert.Contains($"held by action {CrashScenario.Action} (prepared", refusal.Text);
    }
}
