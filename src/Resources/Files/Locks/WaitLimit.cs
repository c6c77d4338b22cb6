namespace Ccr.Resources.Files.Locks;

/// <summary>
/// How long a request may wait for a lock. Jittered, so that two actions that wait for one another at two nodes do
/// not give up together (SEM-12).
/// </summary>
internal sealed class WaitLimit(int baseMs, int jitterPercent, Random random)
{
    /// <summary>The next limit: the base, more or less up to the jitter.</summary>
    internal TimeSpan Next()
    {
        double swing = baseMs * (jitterPercent / 100.0);
        return TimeSpan.FromMilliseconds(Math.Max(1, baseMs - swing + (2 * swing * random.NextDouble())));
    }
}
