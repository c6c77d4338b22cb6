using Xunit.Abstractions;

namespace Ccr.Attack;

/// <summary>kill -9 at the k-th write, force and send of scripted actions, for every k.</summary>
public sealed class KillAtCallTests(ITestOutputHelper output)
{
    private static readonly (string Action, string Victim)[] Few =
        [("commit", "tokyo manager"), ("commit", "osaka manager"), ("two", "tokyo manager")];

    private static readonly (string Action, string Victim)[] Others =
    [
        ("one-phase", "tokyo manager"), ("one-phase", "tokyo files"), ("two", "tokyo files"),
        ("commit", "tokyo files"), ("commit", "osaka files"), ("refusal", "tokyo manager"),
        ("refusal", "osaka manager"), ("no-change", "tokyo manager"), ("no-change", "osaka manager"),
        ("recovery", "osaka manager"),
    ];

    /// <summary>Two actions and their managers; all six and the file Servers where CCR_ATTACK_KILLS is set.</summary>
    public static TheoryData<string, string> Kills()
    {
        bool all = Environment.GetEnvironmentVariable("CCR_ATTACK_KILLS") is { Length: > 0 };
        TheoryData<string, string> kills = [];
        foreach ((string action, string victim) in all ? [.. Few, .. Others] : Few)
        {
            kills.Add(action, victim);
        }

        return kills;
    }

    [Theory]
    [Trait("Category", "Slow")]
    [MemberData(nameof(Kills))]
    public Task Every_call(string action, string victim) => EveryCallAsync(action, victim);

    private async Task EveryCallAsync(string action, string victim)
    {
        ScriptedAction scripted = ActionOf(action);
        Evidence.Evidence evidence = new("processes", $"kill at call {action} {victim}");
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        Service process = nodes.Tokyo.Services.Concat(nodes.Osaka.Services).Single(s => s.Name == victim);
        KillAtCall kills = new(nodes, scripted, recovery: action == "recovery");
        long began = Environment.TickCount64;
        await kills.RunAsync(process);

        for (int k = 0; k < Math.Max(kills.KilledAt.Count, kills.Uncut.Count); k++)
        {
            output.WriteLine(
                $"{k + 1,3} {kills.KilledAt.ElementAtOrDefault(k),-40} | {kills.Uncut.ElementAtOrDefault(k)}");
        }

        output.WriteLine($"{scripted.Name}, {victim}: {kills.KilledAt.Count} kills, {kills.Committed} committed, "
            + $"{kills.RolledBack} rolled back, {(Environment.TickCount64 - began) / 1000.0} s");
        Assert.NotEmpty(kills.KilledAt);
        Assert.True(kills.Missed.Count == 0, $"No kill met {string.Join(", ", kills.Missed)}.");
        evidence.Count("kills", kills.KilledAt.Count).Count("commits", kills.Committed)
            .Count("rolled back", kills.RolledBack).Write();
    }

    private static ScriptedAction ActionOf(string name) => name switch
    {
        "one-phase" => ScriptedAction.OnePhase,
        "two" => ScriptedAction.TwoServers,
        "commit" or "recovery" => ScriptedAction.Commit,
        "refusal" => ScriptedAction.Refusal,
        "no-change" => ScriptedAction.NoChange,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such action."),
    };
}
