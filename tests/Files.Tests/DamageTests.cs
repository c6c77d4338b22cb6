using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Redo;
using Ccr.Resources.Files.Store;
using Ccr.Resources.Files.Tests.Support;

namespace Ccr.Resources.Files.Tests;

/// <summary>Programs that take no lock, damaged images, failed writes: said in words, never overwritten.</summary>
public sealed class DamageTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_base_changed_without_a_lock_is_damage_and_stays_untouched(bool restarted)
    {
        using Workbench bench = await Open();
        AtomicActionId action = await PrepareBoth(bench);
        bench["a"] = "intruder";
        if (restarted)
        {
            await bench.ReopenAsync();
        }

        BranchAnswer answer = bench.Commit(action);
        Assert.Equal(DoneOutcome.Mix, answer.Outcome);
        Assert.Contains("'a' was changed by a program that takes no lock", answer.Text);
        Assert.Equal("intruder", bench["a"]);
        Assert.Equal("new b", bench["b"]);
        Assert.Single(bench.StateFiles("kept-"));

        await bench.ReopenAsync();
        Assert.Empty(bench.Store.Found());
        Assert.Equal(answer, bench.Commit(action));
        bench.Store.ForgetBranch(action, Workbench.Branch());
        Assert.Empty(bench.StateFiles("outcome-"));
    }

    [Fact]
    public async Task A_base_replaced_by_rename_or_removed_is_damage()
    {
        using Workbench bench = await Open();
        AtomicActionId action = await PrepareBoth(bench);
        File.WriteAllText(Path.Combine(bench.Root, "x"), "old a");
        File.Move(Path.Combine(bench.Root, "x"), Path.Combine(bench.Root, "a"), overwrite: true);
        File.Delete(Path.Combine(bench.Root, "b"));

        BranchAnswer answer = bench.Commit(action);
        Assert.Equal(DoneOutcome.Mix, answer.Outcome);
        Assert.Contains("0 files were updated", answer.Text);
        Assert.Equal("old a", bench["a"]);
        Assert.False(bench.Has("b"));
    }

    [Fact]
    public async Task A_file_that_appears_where_one_was_to_be_created_is_damage()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        await bench.Replace(action, "made", "ours");
        bench.Prepare(action);
        bench["made"] = "theirs";

        BranchAnswer answer = bench.Commit(action);
        Assert.Equal(DoneOutcome.Mix, answer.Outcome);
        Assert.Equal("theirs", bench["made"]);
        Assert.Equal(["a", "b", "made"], CrashScenario.Files(bench.Root).Keys.Order());
    }

    [Fact]
    public async Task A_base_changed_before_prepare_is_a_refusal()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        await bench.Do(action, "a", new AppendFile("+"u8.ToArray()));
        bench["a"] = "intruder";

        Refusal refusal = bench.Prepare(action).Refusal!;
        Assert.Equal(RefusalCode.Resource, refusal.Code);
        Assert.Contains("takes no lock", refusal.Text);
        Assert.Equal("intruder", bench["a"]);
    }

    [Fact]
    public async Task A_symbolic_link_in_the_place_of_a_promised_file_is_damage_and_not_followed()
    {
        using Workbench bench = await Open();
        AtomicActionId action = await PrepareBoth(bench);
        string outside = Path.Combine(bench.State, "outside");
        File.WriteAllText(outside, "not yours");
        File.Delete(Path.Combine(bench.Root, "a"));
        File.CreateSymbolicLink(Path.Combine(bench.Root, "a"), outside);
        await bench.ReopenAsync();

        Assert.Equal(DoneOutcome.Mix, bench.Commit(action).Outcome);
        Assert.Equal("not yours", File.ReadAllText(outside));
        Assert.Equal("new b", bench["b"]);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(-3)]
    public async Task An_image_damaged_on_the_disk_is_a_hazard_and_applies_nothing(int at)
    {
        using Workbench bench = await Open();
        AtomicActionId action = await PrepareBoth(bench);
        bench.Store.Dispose();
        string image = Path.Combine(bench.State, Assert.Single(bench.StateFiles("image-")));
        byte[] octets = File.ReadAllBytes(image);
        octets[at < 0 ? octets.Length + at : at] ^= 4;
        File.WriteAllBytes(image, octets);
        await bench.OpenAsync();

        Assert.Equal(DoneOutcome.Hazard, bench.Commit(action).Outcome);
        Assert.Equal("old a", bench["a"]);
        Assert.Equal("old b", bench["b"]);
        Assert.NotEmpty(bench.Warnings);
    }

    [Fact]
    public async Task A_failed_write_at_prepare_is_a_refusal_that_costs_nothing_else()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        await bench.Replace(action, "a", "1");
        bench.Fault = point => FailAt(point, FaultPoint.ImageWritten);
        Refusal refusal = bench.Prepare(action).Refusal!;
        Assert.Equal((RefusalCode.Resource, "the disk said no"), (refusal.Code, refusal.Text));
        bench.Fault = _ => { };

        Assert.Empty(bench.StateFiles("image-"));
        AtomicActionId next = await PrepareBoth(bench);
        Assert.Equal(BranchAnswer.Committed, bench.Commit(next));
        Assert.Empty(bench.Failures);
    }

    [Theory]
    [InlineData(nameof(FaultPoint.HalfApplied))]
    [InlineData(nameof(FaultPoint.FilesWritten))]
    [InlineData(nameof(FaultPoint.ImageRemoved))]
    public async Task A_failed_write_at_commit_is_unknown_and_stops_the_server_until_recovery(string point)
    {
        using Workbench bench = await Open();
        AtomicActionId action = await PrepareBoth(bench);
        bench.Fault = at => FailAt(at, Enum.Parse<FaultPoint>(point));
        Assert.Equal(BranchAnswer.Silent, bench.Commit(action));
        Assert.Contains("could not be completed", Assert.Single(bench.Failures));
        Assert.Equal(RefusalCode.Stopping, bench.Store.Begin(bench.NewAction(), Workbench.Branch()).Refusal!.Code);
        Assert.Equal(BranchAnswer.Silent, bench.Rollback(action));

        bench.Fault = _ => { };
        await bench.ReopenAsync();
        Assert.Equal(BranchAnswer.Committed, bench.Commit(action));
        Assert.Equal(("new a", "new b"), (bench["a"], bench["b"]));
    }

    [Fact]
    public async Task A_one_phase_decision_that_was_not_forced_is_taken_back()
    {
        using Workbench bench = await Open();
        AtomicActionId action = bench.Begin();
        await bench.Replace(action, "a", "1");
        bench.Fault = point => FailAt(point, FaultPoint.ImageWritten);
        BranchAnswer answer = bench.Store.CommitOnePhase(action, Workbench.Branch(), Workbench.Manager);
        Assert.Equal((DoneOutcome.RolledBack, "the disk said no"), (answer.Outcome, answer.Text));
        bench.Fault = _ => { };

        await bench.ReopenAsync();
        Assert.Empty(bench.Store.Found());
        Assert.Equal("old a", bench["a"]);
    }

    [Fact]
    public async Task A_new_state_folder_does_not_claim_to_have_committed_what_it_never_knew()
    {
        using Workbench bench = await new Workbench().OpenAsync();
        Assert.Equal(DoneOutcome.Hazard, bench.Commit(bench.NewAction()).Outcome);
        await bench.ReopenAsync();
        Assert.Equal(DoneOutcome.Committed, bench.Commit(bench.NewAction()).Outcome);
    }

    [Fact]
    public void A_half_written_file_is_told_from_an_intruders()
    {
        byte[] old = Octets(5_000, 1), fresh = Octets(7_300, 2), shorter = Octets(1_700, 3);
        foreach (byte[] wanted in new[] { fresh, shorter })
        {
            BaseSectors sectors = BaseSectors.Of(old, wanted.Length);
            int edge = Math.Min(old.Length, wanted.Length);
            IEnumerable<int> cuts = Enumerable.Range(0, (wanted.Length / 512) + 1).Select(i => i * 512)
                .Concat([edge - 1, edge, edge / 512 * 512 + 1, wanted.Length]);
            foreach (int cut in cuts)
            {
                byte[] half = [.. wanted[..cut], .. cut < old.Length ? old[cut..] : []];
                Assert.True(sectors.Explain(half, old.Length, wanted), $"{cut} of {wanted.Length} octets written");
                half[600] ^= 0x55;
                Assert.False(sectors.Explain(half, old.Length, wanted), $"{cut} of {wanted.Length} and an intruder");
            }
        }

        Assert.True(BaseSectors.Of(old, fresh.Length).Explain([.. old, .. new byte[2_300]], old.Length, fresh));
        Assert.False(BaseSectors.Of(old, fresh.Length).Explain(old.AsSpan(0, 4_000), old.Length, fresh));
    }

    private static byte[] Octets(int length, int seed)
    {
        byte[] octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    private static void FailAt(FaultPoint point, FaultPoint at)
    {
        if (point == at)
        {
            throw new IOException("the disk said no");
        }
    }

    private static async Task<AtomicActionId> PrepareBoth(Workbench bench)
    {
        AtomicActionId action = bench.Begin();
        await bench.Replace(action, "a", "new a");
        await bench.Replace(action, "b", "new b");
        Assert.Equal(AnswerKind.Ready, bench.Prepare(action).Kind);
        return action;
    }

    private static async Task<Workbench> Open()
    {
        Workbench bench = new() { ["a"] = "old a", ["b"] = "old b" };
        await bench.OpenAsync();
        return await bench.ReopenAsync();
    }
}
