using System.Globalization;
using Xunit.Abstractions;

namespace Ccr.Attack;

/// <summary>
/// Faults of the network between two namespaces, under load: safety always, and soon after each nobody is in doubt.
/// </summary>
public sealed class PartitionTests(ITestOutputHelper output)
{
    /// <summary>Within this time after the network is well again nobody is in doubt.</summary>
    private static readonly TimeSpan HealedLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Before = TimeSpan.FromMilliseconds(400);

    /// <summary>Longer than a link may be silent (NodeSettings.PingTimeoutMs).</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(2_500);

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(700);

    private static readonly (string Name, TimeSpan Lasts, Action<Wire> Begin)[] Faults =
    [
        ("nothing passes", Long, w => { w.Filter(0, "drop"); w.Filter(1, "drop"); }),
        ("nothing passes, for less than the timeouts", Short, w => { w.Filter(0, "drop"); w.Filter(1, "drop"); }),
        ("nothing reaches the first", Long, w => w.Filter(0, "drop")),
        ("nothing reaches the second", Long, w => w.Filter(1, "drop")),
        ("resets", Short, w => { w.Filter(0, Reset); w.Filter(1, Reset); }),
        ("resets that only the second hears of", Short, w => w.Filter(0, Reset)),
        ("resets that only the first hears of", Short, w => w.Filter(1, Reset)),
        ("a slow link, 64 kbit/s", Long, w => { w.Slow(0, "64kbit"); w.Slow(1, "64kbit"); }),
        ("30 % loss", Long, w => { w.Filter(0, Loss); w.Filter(1, Loss); }),
        ("delays, so that connections overtake", Long, w => w.Faults.DelayMsMax = 150),
        ("half-closed connections", Short, w => w.HalfClose()),
        ("loss of one way, and delay", Long, w => { w.Filter(1, Loss); w.Faults.DelayMsMax = 80; }),
    ];

    private const string Reset = "meta l4proto tcp reject with tcp reset";
    private const string Loss = "numgen random mod 100 < 30 drop";

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Faults_of_the_network_end_and_nobody_is_in_doubt()
    {
        int rounds = int.TryParse(
            Environment.GetEnvironmentVariable("CCR_ATTACK_PARTITIONS"), CultureInfo.InvariantCulture, out int set)
            ? set / Faults.Length
            : 1;
        const int Seed = 30;
        Evidence.Evidence evidence = new("processes", "partitions");
        NodePorts[] ports = [NodePorts.Free(), NodePorts.Free()];
        using Wire wire = new(Seed);
        using AttackCluster cluster = new(ports, node => new NodeSettings { Through = wire.Through(node) });
        wire.Carry(ports);
        await cluster.ReadyAsync();
        await using Load load = await Load.OpenAsync(cluster, Seed);
        double longest = 0;
        int inDoubt = 0;
        for (int i = 0; i < rounds * Faults.Length; i++)
        {
            (string name, TimeSpan lasts, Action<Wire> begin) = Faults[i % Faults.Length];
            int committed = load.Committed;
            load.Start();
            await Until.PassedAsync(Before);
            begin(wire);
            await Until.PassedAsync(lasts);
            int doubts = (await cluster.InDoubtAsync()).Count;
            wire.Heal();
            long healed = Environment.TickCount64;
            await load.StopAsync();
            await cluster.QuietAsync(HealedLimit);
            double seconds = (Environment.TickCount64 - healed) / 1000.0;
            Assert.True(
                seconds < HealedLimit.TotalSeconds, $"{name}: clients waited {seconds} s after the network was well.");
            longest = Math.Max(longest, seconds);
            inDoubt += doubts;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {load.Committed - committed} "
                + $"committed; quiet {seconds:0.0} s after it ended, {doubts} in doubt before"));
        }

        await load.CheckAsync();
        Assert.True(load.Committed > 10 * rounds, $"Only {load.Committed} actions committed.");
        evidence.Count("partitions", rounds * Faults.Length).Count("actions committed", load.Committed)
            .Count("actions rolled back", load.RolledBack).Count("actions never told", load.Unknown)
            .Count("in doubt when the network was healed, then resolved", inDoubt)
            .Count("longest until quiet, seconds", Math.Round(longest, 1)).Write();
    }
}
