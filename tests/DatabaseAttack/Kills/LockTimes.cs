namespace Ccr.DatabaseAttack;

/// <summary>How long locks stayed held after kills: until another session had changed the same row, or file.</summary>
internal sealed class LockTimes
{
    private readonly List<(string Parties, Kill Kill, double Seconds)> _samples = [];

    /// <summary>All samples.</summary>
    public IReadOnlyList<(string Parties, Kill Kill, double Seconds)> Samples
    {
        get
        {
            lock (_samples)
            {
                return [.. _samples];
            }
        }
    }

    /// <summary>The longest of one run.</summary>
    public void Add(string parties, Kill kill, double seconds)
    {
        lock (_samples)
        {
            _samples.Add((parties, kill, seconds));
        }
    }

    /// <summary>Of the given samples: how many, p50, p90 (the nearest rank), the longest.</summary>
    public static (int Count, double P50, double P90, double Max) Of(IEnumerable<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        double Rank(int tenths) => sorted[(((tenths * sorted.Length) + 9) / 10) - 1];
        return sorted.Length == 0 ? (0, 0, 0, 0) : (sorted.Length, Rank(5), Rank(9), sorted[^1]);
    }
}
