using Ccr.Artemis.Processes.Support;
using Ccr.Client;
using Ccr.TestSupport;

namespace Ccr.Artemis.Processes;

/// <summary>
/// A program that executes another one has no handler of the jacket's signal until the next one has its own. Nobody's
/// wish for a checkpoint may end it there.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ExecutingTests
{
    private const int Times = 150;

    [Fact]
    public async Task A_checkpoint_may_be_asked_for_while_it_executes()
    {
        using Work work = new();
        await using Jacketed program = await Jacketed.StartAsync(
            work.Folder, $"-- '{Named("executes")}' {Times} > output 2>&1");
        int asked = 0;
        while (program.IsAlive)
        {
            await program.CheckpointAsync(); // taken or refused, as it may be
            asked++;
        }

        Assert.Equal((0, "executed to the end\n"), (await program.EndAsync(), work.Said()));
        Assert.True(asked > 1, "it ended before it was met");
    }

    [Fact]
    public async Task One_that_cannot_wear_a_jacket_is_left_alone()
    {
        using Work work = new();
        await using Jacketed program = await Jacketed.StartAsync(
            work.Folder, $"-- /bin/bash -c 'exec \"{Named("unjacketed")}\" go' > output");
        await Eventually.HoldsAsync(() => work.Said() == "no jacket here\n", "the other program runs");

        CcrOutcome outcome = await program.CheckpointAsync();

        Assert.False(outcome.IsCommitted);
        Assert.Contains("cannot wear the jacket", outcome.ToString(), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(work.Folder, "go"), "");
        Assert.Equal((0, "no jacket here\nto the end\n"), (await program.EndAsync(), work.Said()));
    }

    private static string Named(string program) => Path.Combine(AppContext.BaseDirectory, "programs", program);
}
