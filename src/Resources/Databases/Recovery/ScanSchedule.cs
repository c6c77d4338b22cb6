namespace Ccr.Resources.Databases;

/// <summary>When a database is scanned: at once, then as often as there is something to see.</summary>
internal sealed class ScanSchedule(WorkerParts parts)
{
    private readonly Random _jitter = new();
    private volatile int _clean;
    private long _dueMs;

    /// <summary>The next scan, at the latest.</summary>
    public long DueMs => Volatile.Read(ref _dueMs);

    /// <summary>True when the last scans showed nothing, well after one another.</summary>
    public bool IsClean => _clean >= DatabaseLimits.CleanScans;

    /// <summary>A scan was made and reported.</summary>
    /// <param name="isBusy">It showed branches of this manager, or orders are waiting.</param>
    public void Scanned(bool isBusy)
    {
        bool isAnotherLook = parts.NowMs >= DueMs;
        int interval = parts.Options.ScanIntervalMs;
        if (isBusy)
        {
            _clean = 0;
            interval = Math.Min(interval, DatabaseLimits.BusyScanMs);
        }
        else
        {
            // A PREPARE may be on its way: only a look some time after the first counts as a second one.
            _clean = _clean == 0 || isAnotherLook ? _clean + 1 : _clean;
            interval = _clean < DatabaseLimits.CleanScans ? Math.Min(interval, DatabaseLimits.SecondLookMs) : interval;
        }

        double jittered = interval * (0.8 + (_jitter.NextDouble() * 0.4));
        Volatile.Write(ref _dueMs, parts.NowMs + (long)jittered);
    }

    /// <summary>It could not be reached: what it showed before says nothing of now.</summary>
    public void Failed() => _clean = 0;
}
