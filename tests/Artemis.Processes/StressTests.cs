using Ccr.Artemis.Processes.Support;

namespace Ccr.Artemis.Processes;

/// <summary>
/// Checkpoints and kills at random times, again and again, over several generations of the same program. Set
/// CCR_ARTEMIS_KILLS for more of them.
/// </summary>
[Trait("Category", "Slow")]
public sealed class StressTests
{
    private const int KillsDefault = 4;

    [Theory]
    [InlineData("perl", 1)]
    [InlineData("bash", 2)]
    public async Task Killed_at_random_times_it_ends_as_if_nothing_had_happened(string name, int seed)
    {
        Evidence.Evidence evidence = new("artemis", $"{name}, killed at random times");
        int checkpoints = 0, killed = 0;
        int kills = int.TryParse(Environment.GetEnvironmentVariable("CCR_ARTEMIS_KILLS"), out int asked)
            ? asked
            : KillsDefault;
        Random random = new(seed);
        await Trial.RunAsync((work, times) => ProgramTests.Prepare(name, work, times), async (program, _) =>
        {
            await Moment.AfterAsync(random.Next(20, 150));
            (int Threads, string Descriptors) before = await ProgramTests.TakeAsync(program);
            checkpoints++;
            for (int kill = 0; kill < kills; kill++)
            {
                for (int more = random.Next(3); more > 0; more--)
                {
                    await Moment.AfterAsync(random.Next(1, 40));
                    before = await ProgramTests.TakeAsync(program);
                    checkpoints++;
                }

                await Moment.AfterAsync(random.Next(1, 60));
                await program.KillAsync();
                killed++;
                await program.RestartAsync();
                Assert.Equal(before, program.Counts());
            }
        });
        evidence.Count("kills", killed).Count("checkpoints asked for", checkpoints).Write();
    }
}
