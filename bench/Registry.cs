using Ccr.Bench.Artemis;
using Ccr.Bench.Ber;
using Ccr.Bench.Db;
using Ccr.Bench.Log;
using Ccr.Bench.TwoNode;

namespace Ccr.Bench;

/// <summary>Every benchmark. Add a line for a new one.</summary>
internal static class Registry
{
    internal static readonly IReadOnlyList<IBenchmark> All =
    [
        new BerBenchmark(),
        new LogForceBenchmark(),
        new LogOpenBenchmark(),
        new TwoNodeBenchmark(),
        new LogDoubtBenchmark(),
        new DbBenchmark(),
        new ScopeBenchmark(),
        new MixedBenchmark(),
        new PauseBenchmark(),
        new RuntimeBenchmark(),
    ];

    /// <summary>The benchmarks that a name on the command line means: one of that name, or a group.</summary>
    internal static IReadOnlyList<IBenchmark> Find(string name) =>
        [.. All.Where(b => b.Name == name || b.Group == name)];
}
