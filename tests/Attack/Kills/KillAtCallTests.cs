using Xunit.Abstractions;

namespace Ccr.Attack;

/// <summary>kill -9 at the k-th write, force and send of scripted actions, for every k.</summary>
public sealed class KillAtCallTests(ITestOutputHelper output)
{
    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("commit", "tokyo manager")]
    [InlineData("commit", "osaka manager")]
    [InlineData("two", "tokyo manager")]
    public Task Every_call(string action, string victim) => EveryCallAsync(action, victim);

    private async Task EveryCallAsync(string action, string victim)
    {
        ScriptedAction scripted = ActionOf(action);
        Evidence.Evidence evidence = new("processes", $"kill at call {action} {victim}");
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        Service process = nodes.Tokyo.Services.Concat(nodes.Osaka.Services).Single(s => s.Name == victim);
        KillAtCall kills = new(nodes, scripted);
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
        evidence.Count("kills", kills.KilledAt.Count).Count("commits", kills.Committed)
            .Count("rolled back", kills.RolledBack).Write();
    }

    private static ScriptedAction ActionOf(string name) => name switch
    {
        "one-phase" => ScriptedAction.OnePhase,
        "two" => ScriptedAction.TwoServers,
        "commit" => ScriptedAction.Commit,
        "refusal" => ScriptedAction.Refusal,
        "no-change" => ScriptedAction.NoChange,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such action."),
    };
}
