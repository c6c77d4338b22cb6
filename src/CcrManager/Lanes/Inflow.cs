namespace Ccr.CcrManager.Lanes;

/// <summary>
/// How much of one connection waits in the lanes' inboxes. A receive loop must not block, so a connection that sends
/// faster than its lanes can work is not slowed down but closed, and costs nobody else anything.
/// </summary>
internal sealed class Inflow(int inputsMax, long octetsMax)
{
    private int _inputs;
    private long _octets;

    /// <summary>Counts an input in; false when the connection has gone past its share.</summary>
    public bool TryTake(int octets)
    {
        int inputs = Interlocked.Increment(ref _inputs);
        return Interlocked.Add(ref _octets, octets) <= octetsMax && inputs <= inputsMax;
    }

    /// <summary>The input has been stepped.</summary>
    public void Release(int octets)
    {
        Interlocked.Decrement(ref _inputs);
        Interlocked.Add(ref _octets, -octets);
    }
}
