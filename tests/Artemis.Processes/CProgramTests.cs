using System.Collections.Concurrent;
using Ccr.Artemis.Processes.Support;
using Ccr.Client;
using Xunit.Abstractions;

namespace Ccr.Artemis.Processes;

/// <summary>
/// The programs of tests/Artemis.Programs look in themselves for what a checkpoint might show: signals that are not
/// theirs, waits that end early, descriptors, masks, octets. Killed twice, each prints what it prints uninterrupted.
/// </summary>
[Trait("Category", "Slow")]
[Collection(AtMoments.Name)]
public sealed class CProgramTests(ITestOutputHelper output)
{
    private const int SideBySide = 4; // most of them sleep most of the time
    private const int TriesMax = 200;
    private const int RestartsAtOnce = 5;

    private static readonly (string Name, int Steps)[] Programs =
    [
        ("waits", 2), ("timers", 80), ("channels", 40), ("memory", 200), ("threads", 300), ("intervals", 100),
        ("descriptors", 300), ("masks", 100), ("altstack", 300), ("close_all", 200), ("fork_exec", 40), ("births", 60),
    ];

    [Fact]
    public async Task Each_ends_as_if_nothing_had_happened()
    {
        ConcurrentQueue<string> wrong = new();
        await Parallel.ForEachAsync(
            Programs, new ParallelOptions { MaxDegreeOfParallelism = SideBySide }, async (program, _) =>
            {
                try
                {
                    int steps = program.Steps;
                    while (!await KillTwiceAsync(program.Name, steps))
                    {
                        steps *= 2; // this machine is fast, or was slow while it ran without interruption
                        Assert.True(steps < program.Steps * 20, "it ends whatever its steps are");
                    }
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    wrong.Enqueue($"{program.Name}: {e.Message}");
                }
            });
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong));
    }

    /// <summary>
    /// Threads that have just been built anew stand in the last step of it: a checkpoint then must not touch the stacks
    /// that they stand on. And of those that are being made, and those that end, none may be missed.
    /// </summary>
    [Theory]
    [InlineData("threads", 1500)]
    [InlineData("births", 90)]
    public async Task A_checkpoint_at_once_after_each_restart(string name, int steps)
    {
        using Work work = new();
        string command = CommandOf(name, steps);
        Dictionary<string, string> expected = await work.UninterruptedAsync(command);
        await using Jacketed program = await Jacketed.StartAsync(work.Folder, "-- " + command);
        Assert.True(await TakeAsync(program));
        for (int restart = 0; restart < RestartsAtOnce; restart++)
        {
            await program.KillAsync();
            await program.RestartAsync();
            foreach (int _ in new[] { 1, 2 })
            {
                if (!await TakeAsync(program))
                {
                    Assert.Fail(await EndAsync(program, work)); // whole, but too early for this test
                }
            }
        }

        string said = await EndAsync(program, work);
        Assert.True(expected.OrderBy(f => f.Key).SequenceEqual(work.Left().OrderBy(f => f.Key)), said);
    }

    /// <summary>
    /// The control: a jacket that says of all pages that they exist brings back what the program had dropped, and the
    /// program sees it. With the product's own jacket it sees nothing, see above.
    /// </summary>
    [Fact]
    public async Task Where_no_page_ever_goes_dropped_ones_come_back()
    {
        using Work work = new();
        string command = CommandOf("memory", steps: 400);
        await work.UninterruptedAsync(command);
        await using Jacketed program = await Jacketed.StartAsync(work.Folder, "-- " + command, "claims");
        for (int checkpoint = 0; checkpoint < 4; checkpoint++)
        {
            await ProgramTests.AfterAsync((int)(work.TookMs * 0.05));
            Assert.True(await TakeAsync(program), "the program ended too early for this test");
        }

        await program.KillAsync();
        await program.RestartAsync();

        Assert.Equal(1, await program.EndAsync());
        string said = File.ReadAllText(Path.Combine(work.Folder, Jacketed.Output));
        Assert.Matches("WRONG: (area|heap page) .* holds [0-9a-f]+, not ", said);
        output.WriteLine(said.Split('\n')[^2]);
    }

    /// <summary>False when it came to its end, a good one, before it could be killed twice.</summary>
    private async Task<bool> KillTwiceAsync(string name, int steps)
    {
        using Work work = new();
        string command = CommandOf(name, steps);
        Dictionary<string, string> expected = await work.UninterruptedAsync(command);
        Random random = new(name.Length);
        int Part() => (int)(work.TookMs * (0.02 + (0.06 * random.NextDouble())));

        await using Jacketed program = await Jacketed.StartAsync(work.Folder, "-- " + command);
        for (int life = 1; life <= 3; life++)
        {
            for (int checkpoint = 0; checkpoint < 3; checkpoint++)
            {
                await ProgramTests.AfterAsync(Part());
                if (!await TakeAsync(program))
                {
                    await EndAsync(program, work);
                    return false;
                }
            }

            if (life < 3)
            {
                await ProgramTests.AfterAsync(Part());
                if (program.Folder.Member is null)
                {
                    await EndAsync(program, work);
                    return false;
                }

                await program.KillAsync();
                await program.RestartAsync();
            }
        }

        string said = await EndAsync(program, work);
        Assert.True(expected.OrderBy(f => f.Key).SequenceEqual(work.Left().OrderBy(f => f.Key)), said);
        lock (output)
        {
            output.WriteLine($"{name}: {work.TookMs:F0} ms uninterrupted, then 9 checkpoints and 2 kills");
        }

        return true;
    }

    /// <summary>A good end; what the program printed.</summary>
    private static async Task<string> EndAsync(Jacketed program, Work work)
    {
        int code = await program.EndAsync();
        string said = File.ReadAllText(Path.Combine(work.Folder, Jacketed.Output));
        Assert.True(code == 0, $"ended with {code}: {said}\n{string.Join('\n', program.Log)}");
        return said;
    }

    /// <summary>
    /// A checkpoint; one that is refused, since a child is alive just then, is asked for again. False: it has ended.
    /// </summary>
    private static async Task<bool> TakeAsync(Jacketed program)
    {
        for (int tries = 1; program.IsAlive; tries++)
        {
            CcrOutcome outcome = await program.CheckpointAsync();
            if (outcome.IsCommitted)
            {
                return true;
            }

            Assert.True(tries < TriesMax, outcome.ToString());
            await ProgramTests.AfterAsync(2);
        }

        return false;
    }

    private static string CommandOf(string name, int steps) =>
        $"'{Path.Combine(AppContext.BaseDirectory, "programs", name)}' {steps} > output 2>&1";
}
