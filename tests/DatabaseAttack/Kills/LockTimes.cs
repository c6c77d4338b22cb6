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

    /// <summary>Of the given samples: how many, p50, p90, the longest.</summary>
    public static (int Count, double P50, double P90, double Max) Of(IEnumerable<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        return sorted.Length == 0
            ? (0, 0, 0, 0)
            : (sorted.Length, sorted[(sorted.Length - 1) / 2], sorted[(sorted.Length - 1) * 9 / 10], sorted[^1]);
    }
}
