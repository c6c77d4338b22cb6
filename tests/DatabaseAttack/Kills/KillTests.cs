using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Ccr.DatabaseAttack;

/// <summary>Kill -9 of application, manager and database server at every step: no mixed outcome, no orphan.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int KillsDefault = 120;
    private static readonly string[] Lanes =
        ["postgresql+postgresql", "postgresql+mariadb", "postgresql+mariadb+file"];

    /// <summary>
    /// CCR_DB_KILLS sets another number, CCR_DB_SEED another order; CCR_DB_PORTION keeps the evidence of one portion of
    /// a long run apart from the others'; CCR_LOCKS_HELD names the file that is to have the
    /// table of docs/LOCKS-HELD.md.
    /// </summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Whoever_is_killed_at_whatever_step_the_outcome_is_one_and_nothing_is_left()
    {
        int kills = Setting("CCR_DB_KILLS", KillsDefault), seed = Setting("CCR_DB_SEED", 4);
        LockTimes times = new();
        int portion = Setting("CCR_DB_PORTION", 0), each = (kills + Lanes.Length - 1) / Lanes.Length;
        Evidence.Evidence evidence = new("databases", portion == 0 ? "kills" : $"kills {portion}");
        Stopwatch watch = Stopwatch.StartNew();
        KillLane[] lanes = [.. Lanes.Select(parties => new KillLane(parties, times))];
        try
        {
            await Task.WhenAll(lanes.Select((lane, at) => Task.Run(async () =>
            {
                Random random = new(seed + at);
                Kill[] plan = [.. Kill.Plan(each, random)];
                await lane.StartAsync(plan.Length);
                await lane.RunAsync(plan, random);
            })));
        }
        finally
        {
            foreach (KillLane lane in lanes)
            {
                output.WriteLine(lane.ToString());
                foreach ((string what, int count) in lane.Counts)
                {
                    evidence.Count($"{lane.Parties}: {what}", count);
                }

                await lane.DisposeAsync();
            }

            LocksHeld.Report(times, output.WriteLine, evidence);
            evidence.Write();
        }

        output.WriteLine($"{times.Samples.Count} kills, 0 mixed outcomes, 0 orphans, {watch.Elapsed}");
        if (Environment.GetEnvironmentVariable("CCR_LOCKS_HELD") is { Length: > 0 } file)
        {
            await File.WriteAllTextAsync(file, LocksHeld.Page(times, seed));
        }

        Assert.Equal(each * Lanes.Length, times.Samples.Count);
    }

    internal static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int set)
            ? set
            : otherwise;
}
