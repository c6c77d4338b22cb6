namespace Ccr.Invariants;

/// <summary>
/// The invariants of atomic actions over any number of nodes, written once. A harness tells it what it sees.
/// </summary>
public sealed class AtomicityChecker
{
    /// <summary>How many observations it has taken.</summary>
    public long Seen { get; private set; }

    /// <summary>Takes one observation.</summary>
    /// <exception cref="InvariantBrokenException">It must never happen.</exception>
    public void See(Observation observation)
    {
        ArgumentNullException.ThrowIfNull(observation);
        Seen++;
    }
}
