using Ccr.Artemis.Processes.Support;
using Ccr.Client;
using Ccr.TestSupport;

namespace Ccr.Artemis.Processes;

/// <summary>
/// What a checkpoint cannot save makes it refused in words, each time, and the program goes on; once the program has
/// given it back, a checkpoint can be.
/// </summary>
[Trait("Category", "Slow")]
public sealed class UnsupportedTests
{
    [Theory]
    [InlineData("child", "The program has child processes", true)]
    [InlineData("system-v", "System V shared memory (shmget)", false)]
    [InlineData("thread-timer", "a timer that runs a thread (SIGEV_THREAD)", false)]
    [InlineData("ring", "io_uring", true)]
    [InlineData("aio", "[aio]", true)]
    [InlineData("inotify", "The inotify descriptor", true)]
    [InlineData("twice", "mapped the same shared memory at two places", true)]
    public async Task Refused_in_words_until_it_is_given_back(string what, string words, bool canLeave)
    {
        using Work work = new();
        await using Jacketed program = await Jacketed.StartAsync(
            work.Folder, $"-- '{Path.Combine(AppContext.BaseDirectory, "programs", "unsupported")}' {what} > output");
        await SaidAsync("has it\n");
        for (int asked = 0; asked < 2; asked++)
        {
            CcrOutcome refused = await program.CheckpointAsync();
            Assert.False(refused.IsCommitted);
            Assert.Contains(words, refused.ToString(), StringComparison.Ordinal);
        }

        work.Write("leave", "");
        await SaidAsync("has it\nleft it\n");
        CcrOutcome outcome = await program.CheckpointAsync();
        Assert.True(outcome.IsCommitted == canLeave, outcome.ToString());
        work.Write("go", "");
        Assert.Equal((0, "has it\nleft it\nto the end\n"), (await program.EndAsync(), work.Said()));

        Task SaidAsync(string text) => Eventually.HoldsAsync(() => work.Said() == text, $"the program says: {text}");
    }
}
