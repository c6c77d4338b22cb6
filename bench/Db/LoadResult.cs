namespace Ccr.Bench.Db;

/// <summary>What one run of a load measured.</summary>
/// <param name="PerSecond">Transactions a second.</param>
/// <param name="MedianMs">Half of them took no longer.</param>
/// <param name="P99Ms">99 of 100 took no longer.</param>
internal sealed record LoadResult(double PerSecond, double MedianMs, double P99Ms)
{
    /// <summary>Of several runs the middle of each value.</summary>
    internal static LoadResult Middle(IReadOnlyList<LoadResult> runs) => new(
        Middle(runs.Select(r => r.PerSecond)), Middle(runs.Select(r => r.MedianMs)), Middle(runs.Select(r => r.P99Ms)));

    internal static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
