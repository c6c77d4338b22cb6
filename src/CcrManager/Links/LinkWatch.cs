using Ccr.Protocol.Messages;

namespace Ccr.CcrManager.Links;

/// <summary>
/// Finds links that are dead without having said so: a silent one is pinged, and closed when it stays silent
/// (half-open TCP); one whose hellos do not come is closed.
/// </summary>
internal sealed class LinkWatch(LinkTable table, CcrManagerOptions options, TimeProvider time)
{
    private long _lastReference;

    /// <summary>Every so often.</summary>
    public void Tick()
    {
        foreach (Link link in table.All)
        {
            double silentMs = time.GetElapsedTime(link.HeardAt).TotalMilliseconds;
            switch (link.Phase)
            {
                case LinkPhase.Greeting when silentMs > options.HelloTimeoutMs:
                    link.Connection?.Close($"No hello came within {options.HelloTimeoutMs} ms.");
                    break;
                case LinkPhase.Up when silentMs > options.PingTimeoutMs:
                    link.Connection!.Close($"Nothing was heard for {options.PingTimeoutMs} ms, ping or not.");
                    break;
                case LinkPhase.Up when silentMs > options.PingIntervalMs && IsPingDue(link):
                    link.PingedAt = time.GetTimestamp();
                    link.Connection!.Send(new Ping(++_lastReference));
                    link.Connection.Flush();
                    break;
            }
        }
    }

    private bool IsPingDue(Link link) => link.PingedAt == 0
        || time.GetElapsedTime(link.PingedAt).TotalMilliseconds > options.PingIntervalMs;
}
