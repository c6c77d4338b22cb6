namespace Ccr.LocationServer;

/// <summary>The table for callers on many threads: one at a time, each with the present time.</summary>
internal sealed class SharedTable(LocationTable table, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();

    public T Use<T>(Func<LocationTable, long, T> use)
    {
        lock (_lock)
        {
            return use(table, (long)time.GetElapsedTime(_start).TotalMilliseconds);
        }
    }
}
