namespace Ccr.LocationServer;

/// <summary>Answers of peers, each believed for a time; past the limit the one that ends first makes room.</summary>
internal sealed class LocationCache(int entriesMax)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public LocationAnswer? Get(string server, long nowMs)
    {
        if (!_entries.TryGetValue(server, out Entry entry))
        {
            return null;
        }

        if (entry.EndsMs > nowMs)
        {
            return entry.Answer;
        }

        _entries.Remove(server);
        return null;
    }

    public void Put(string server, LocationAnswer answer, long nowMs, long endsMs)
    {
        if (_entries.Count >= entriesMax && !_entries.ContainsKey(server))
        {
            MakeRoom(nowMs);
        }

        _entries[server] = new Entry(answer, endsMs);
    }

    public void Remove(string server) => _entries.Remove(server);

    private void MakeRoom(long nowMs)
    {
        string? first = null;
        long firstEndsMs = long.MaxValue;
        foreach ((string server, Entry entry) in _entries)
        {
            if (entry.EndsMs <= nowMs)
            {
                _entries.Remove(server);
            }
            else if (entry.EndsMs < firstEndsMs)
            {
                (first, firstEndsMs) = (server, entry.EndsMs);
            }
        }

        if (first is not null && _entries.Count >= entriesMax)
        {
            _entries.Remove(first);
        }
    }

    private readonly record struct Entry(LocationAnswer Answer, long EndsMs);
}
