using System.Collections.Concurrent;
using Ccr.Artemis.Processes.Support;
using Ccr.Client;
using Ccr.TestSupport;
using Xunit.Abstractions;

namespace Ccr.Artemis.Processes;

/// <summary>
/// The programs of tests/Artemis.Programs look in themselves for what a checkpoint might show: signals that are not
/// theirs, waits that end early, descriptors, masks, octets. Killed twice, each prints what it prints uninterrupted.
/// </summary>
[Trait("Category", "Slow")]
public sealed class CProgramTests(ITestOutputHelper output)
{
    private const int SideBySide = 4; // most of them sleep most of the time

    private static readonly (string Name, int Steps)[] Programs =
    [
        ("waits", 2), ("timers", 80), ("channels", 40), ("memory", 200), ("threads", 300), ("intervals", 100),
        ("descriptors", 300), ("masks", 100), ("altstack", 300), ("close_all", 200), ("fork_exec", 40), ("births", 60),
        ("wide", 500), ("signals", 60),
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
                    await KillTwiceAsync(program.Name, program.Steps);
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    wrong.Enqueue($"{program.Name}: {e.Message}");
                }
            });
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong));
    }

    /// <summary>
    /// The control: a jacket that says of all pages that they exist brings back what the program had dropped, and the
    /// program sees it. With the product's own jacket it sees nothing, see above.
    /// </summary>
    [Fact]
    public Task Where_no_page_ever_goes_dropped_ones_come_back() => Trial.RunAsync(
        (_, times) => CommandOf("memory", steps: 400 * times),
        async (program, work) =>
        {
            for (int checkpoint = 0; checkpoint < 4; checkpoint++)
            {
                await Moment.AfterAsync((int)(work.TookMs * 0.05));
                await program.TakeAsync();
            }

            await program.KillAsync();
            await program.RestartAsync();
        },
        async trialled =>
        {
            Assert.Equal(1, await trialled.Program.EndAsync());
            string said = trialled.Work.Said();
            Assert.Matches("WRONG: (area|heap page) .* holds [0-9a-f]+, not ", said);
            output.WriteLine(said.Split('\n')[^2]);
        },
        jacket: "claims");

    /// <summary>
    /// On a kernel that has soft-dirty bits alone increments are increments all the same; on one that has neither, each
    /// checkpoint holds every page. A program finds its memory as it left it on both.
    /// </summary>
    [Theory]
    [InlineData("older", true)]
    [InlineData("oldest", false)]
    public async Task Older_kernels_serve_too(string kernel, bool knowsChanges)
    {
        await KillTwiceAsync("memory", 200, kernel);
        await KillTwiceAsync("wide", 500, kernel, says: "filled\n", look: program =>
        {
            CheckpointFigures[] figures = [.. program.Report.Checkpoints.Select(c => c.Figures)];
            long allPages = figures[0].DirtyPages;
            Assert.All(figures.Skip(1), f => Assert.True(
                knowsChanges ? f.DirtyPages < allPages / 2 : f.DirtyPages > allPages / 2,
                $"of {allPages} pages {f.DirtyPages} were handed over"));
        });
    }

    /// <param name="jacket">One of the jackets that are made for tests; null: the product's.</param>
    /// <param name="says">What the program says when it may be interrupted; empty: from its start.</param>
    /// <param name="look">What else must hold before the program goes on to its end.</param>
    private Task KillTwiceAsync(
        string name, int steps, string? jacket = null, string says = "", Action<Jacketed>? look = null)
    {
        Random random = new(name.Length);
        return Trial.RunAsync((_, times) => CommandOf(name, steps * times), async (program, work) =>
        {
            await Eventually.HoldsAsync(() => says.Length == 0 || work.Said() == says, $"the program says: {says}");
            for (int life = 1; life <= 3; life++)
            {
                for (int checkpoint = 0; checkpoint < 3; checkpoint++)
                {
                    await work.PartAsync(random, 0.02, 0.08);
                    await program.TakeAsync();
                }

                if (life < 3)
                {
                    await work.PartAsync(random, 0.02, 0.08);
                    await program.KillAsync();
                    await program.RestartAsync();
                }
            }

            look?.Invoke(program);
            lock (output)
            {
                output.WriteLine($"{name}: {work.TookMs:F0} ms uninterrupted, then 9 checkpoints and 2 kills");
            }
        }, jacket: jacket);
    }

    internal static string CommandOf(string name, int steps) =>
        $"'{Path.Combine(AppContext.BaseDirectory, "programs", name)}' {steps} > output 2>&1";
}
