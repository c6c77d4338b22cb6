namespace Ccr.Hostile.Targets;

/// <summary>Where instrumented code counts: one octet for each edge of its control flow.</summary>
public static class EdgeMap
{
    /// <summary>More than there are edges.</summary>
    public const int Size = 1 << 16;

    /// <summary>The counters; they wrap.</summary>
    public static readonly byte[] Hits = new byte[Size];
}
