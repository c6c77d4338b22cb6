using System.Globalization;

namespace Ccr.Bench.Db;

/// <summary>Figures of loads on databases.</summary>
internal static class DbFigures
{
    /// <summary>Transactions a second, as a part of another load's.</summary>
    internal static Figure Rate(string name, LoadResult ours, string against, LoadResult theirs, double? reach)
    {
        double ratio = Math.Round(ours.PerSecond / theirs.PerSecond, 2);
        return new Figure(
            name, Math.Round(ours.PerSecond), "a second", $"{against}: {Text(Math.Round(theirs.PerSecond))}", ratio,
            reach is { } aim ? $"{Text(aim)} or more" : null, reach is null || ratio >= reach);
    }

    /// <summary>A latency, as so many times another's.</summary>
    internal static Figure Latency(string name, double oursMs, double theirsMs, double reach)
    {
        double ratio = Math.Round(oursMs / theirsMs, 2);
        return new Figure(
            name, Math.Round(oursMs, 3), "ms", $"raw: {Text(Math.Round(theirsMs, 3))}", ratio,
            $"{Text(reach)} times or less", ratio <= reach);
    }

    internal static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
