using Ccr.Artemis.Processes.Support;
using Ccr.TestSupport;
using Xunit.Abstractions;

namespace Ccr.Artemis.Processes;

/// <summary>
/// Memory as a resource: samples/MemoryInStep counts in memory alone, and each of its atomic actions has two branches,
/// a row of PostgreSQL and its own checkpoint. Every one of these checkpoints is taken between PREPARE and the answer
/// that the program waits for; a restart goes back into that wait.
/// </summary>
[Trait("Category", "Slow")]
public sealed class MemoryInStepTests(ITestOutputHelper output)
{
    private const int KillsDefault = 40;
    private const int PlainKills = 4;
    private const int Seed = 5;

    [Fact]
    public async Task Killed_at_random_times_rows_are_what_the_memory_has_counted()
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("CCR_ARTEMIS_KILLS"), out int asked)
            ? asked
            : KillsDefault;
        Random random = new(Seed);
        SortedDictionary<string, int> seen = [];
        Evidence.Evidence evidence = new("artemis", "memory in step with a database");
        await using Sequence sequence = await Sequence.StartAsync();
        sequence.Run(total: 1_000_000);
        await sequence.GoesOnAsync(than: 2);
        for (int kill = 1; kill <= kills; kill++)
        {
            await Moment.AfterAsync(random.Next(1, 200));
            string victim = await KillAsync(sequence, random);
            string step = $"{victim}, {StepOf(sequence.Group)}";
            seen[step] = seen.GetValueOrDefault(step) + 1;
            int counted = sequence.Counted();

            await sequence.RestartAsync();
            await sequence.GoesOnAsync(than: counted + 1);
            await HoldsAsync(sequence);
        }

        sequence.KillProgram();
        await sequence.EndAsync();
        await Eventually.HoldsAsync(
            () => sequence.PreparedAsync().GetAwaiter().GetResult() == "0", "nothing is in doubt", seconds: 60);
        (int all, int different, int highest) = await sequence.RowsAsync();
        Assert.Equal((highest, highest), (all, different));
        Assert.InRange(highest, sequence.Counted(), sequence.Counted() + 1); // killed before it was printed
        evidence.Count("kills", kills).Count("rows", all);
        foreach ((string step, int times) in seen)
        {
            evidence.Count($"killed: {step}", times);
        }

        evidence.Write();
        output.WriteLine(
            $"{kills} kills, {all} rows; killed: {string.Join("; ", seen.Select(s => $"{s.Value} {s.Key}"))}");
    }

    [Fact]
    public async Task The_control_without_a_common_action_goes_wrong()
    {
        Random random = new(Seed);
        await using Sequence sequence = await Sequence.StartAsync();
        sequence.Run(1_000_000, "--every", "100ms", "--plain");
        for (int kill = 1; kill <= PlainKills; kill++)
        {
            int before = sequence.Counted();
            await Eventually.HoldsAsync(
                () => sequence.Group.Exists && GroupReport.Read(sequence.Group).Checkpoints.Any(c => c.IsNext),
                "a checkpoint is committed", seconds: 60);
            await sequence.GoesOnAsync(before + 1);
            await Moment.AfterAsync(random.Next(50, 300));
            sequence.KillProgram();
            await sequence.RestartAsync();
            await sequence.GoesOnAsync(than: 0);
        }

        (int all, int different, int highest) = await sequence.RowsAsync();
        Assert.True(
            all != different || different != highest,
            $"periodic checkpoints beside plain commits went right {PlainKills} times: the test cannot fail");
        output.WriteLine($"{all} rows, {different} different, the highest {highest}");
    }

    /// <summary>Rows are 1 to the highest, each once, and what the memory has counted, or one more.</summary>
    private static async Task HoldsAsync(Sequence sequence)
    {
        int before = sequence.Counted();
        (int all, int different, int highest) = await sequence.RowsAsync();
        Assert.True(
            all == highest && different == highest,
            $"{all} rows, {different} different, the highest {highest}. {sequence.Said}");
        Assert.InRange(highest, before, sequence.Counted() + 1);
    }

    private static async Task<string> KillAsync(Sequence sequence, Random random)
    {
        int drawn = random.Next(100);
        if (drawn < 70)
        {
            sequence.KillProgram();
            return "the program";
        }

        if (drawn < 85)
        {
            sequence.KillServing();
            await Moment.AfterAsync(random.Next(1, 100)); // it goes on alone, and cannot commit
            sequence.KillProgram();
            return "what serves it";
        }

        sequence.KillManager();
        await Moment.AfterAsync(random.Next(1, 100));
        sequence.KillProgram();
        await sequence.StartManagerAsync();
        return "the manager";
    }

    /// <summary>How far the newest checkpoint had come.</summary>
    private static string StepOf(GroupFolder group) =>
        GroupReport.Read(group).Checkpoints[^1].Status switch
        {
            CheckpointStatus.Taken => "stored and not promised",
            CheckpointStatus.Ready => "promised and in doubt",
            CheckpointStatus.Committed => "committed, or before the next was stored",
            _ => "rolled back",
        };
}
