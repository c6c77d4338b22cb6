namespace Ccr.Artemis.Processes.Support;

/// <summary>
/// A program that is checkpointed, killed and restarted at moments, against a run of the same without interruption.
/// A slow disk keeps its checkpoints so long that it may end before the last moment: then it must have ended well, and
/// gets twice the work.
/// </summary>
internal static class Trial
{
    private const int WorkMost = 16;

    /// <param name="prepare">Writes the program's input, for so many times the work; its command.</param>
    /// <param name="interrupt">The moments.</param>
    /// <param name="judge">What must hold after them; a good end with the right files, where nothing is said.</param>
    /// <param name="jacket">One of the jackets of tests/Artemis.Programs/jackets; else the product's.</param>
    internal static async Task RunAsync(
        Func<Work, int, string> prepare,
        Func<Jacketed, Work, Task> interrupt,
        Func<Trialled, Task>? judge = null,
        string? jacket = null)
    {
        int enough = 1;
        while (!await InTimeAsync(enough))
        {
            enough *= 2;
            Assert.True(enough <= WorkMost, $"the program ends before its moments with {WorkMost} times the work too");
        }

        async Task<bool> InTimeAsync(int times)
        {
            using Work work = new();
            string command = prepare(work, times);
            Dictionary<string, string> expected = await work.UninterruptedAsync(command);
            await using Jacketed program = await Jacketed.StartAsync(work.Folder, "-- " + command, jacket);
            Trialled trialled = new(program, work, expected);
            try
            {
                await interrupt(program, work);
            }
            catch (EndedEarlyException)
            {
                await EndsWellAsync(trialled);
                return false;
            }

            await (judge ?? EndsWellAsync)(trialled);
            return true;
        }
    }

    /// <summary>Code 0, and the files of the run without interruption.</summary>
    private static async Task EndsWellAsync(Trialled trialled)
    {
        (Jacketed program, Work work, Dictionary<string, string> expected) = trialled;
        int code = await program.EndAsync();
        Assert.True(code == 0, $"ended with {code}: {work.Said()}\n{string.Join('\n', program.Log)}");
        Assert.True(
            expected.OrderBy(f => f.Key).SequenceEqual(work.Left().OrderBy(f => f.Key)),
            $"{Shown(work.Left())} is not {Shown(expected)}: {work.Said()}");
    }

    private static string Shown(Dictionary<string, string> files) =>
        string.Join("; ", files.OrderBy(f => f.Key).Select(f => $"{f.Key}: {f.Value}"));
}

/// <summary>The program after its moments, its folder, and what a run without interruption left there.</summary>
internal sealed record Trialled(Jacketed Program, Work Work, Dictionary<string, string> Expected);
