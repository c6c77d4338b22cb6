using Ccr.Protocol.Messages;

namespace Ccr.CcrManager.Sessions;

/// <summary>The Servers of this node: name, incarnation, and the session that speaks for each.</summary>
internal sealed class ServerRegistry
{
    private sealed record Entry(string Kind, long Incarnation, IReadOnlyList<string> Addresses, Session? Session);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _servers = new(StringComparer.Ordinal);

    /// <summary>Takes a registration, or says why not (SEM-7: of two claims the higher incarnation wins).</summary>
    /// <param name="session">Who registers.</param>
    /// <param name="message">What it registers.</param>
    /// <param name="tellLanes">
    /// Called with the session that spoke for this Server until now, if another one did, before anybody can be told
    /// that the Server is here.
    /// </param>
    public Refusal? Register(Session session, Register message, Action<Session?> tellLanes)
    {
        lock (_lock)
        {
            _servers.TryGetValue(message.Server, out Entry? known);
            if (known is not null && Objection(known, session, message) is { } refusal)
            {
                return refusal;
            }

            if (known is null && _servers.Count >= ManagerLimits.ServersMax)
            {
                return new Refusal(
                    RefusalCode.Limit, $"This node has {ManagerLimits.ServersMax} Servers, which is the limit.");
            }

            tellLanes(known?.Session == session ? null : known?.Session);
            _servers[message.Server] = new Entry(message.Kind, message.Incarnation, message.Addresses, session);
            return null;
        }
    }

    /// <summary>True when this session speaks for the Server.</summary>
    public bool Speaks(Session session, string server)
    {
        lock (_lock)
        {
            return _servers.TryGetValue(server, out Entry? entry) && entry.Session == session;
        }
    }

    /// <summary>True when a Server of this name is connected here.</summary>
    public bool IsConnected(string server)
    {
        lock (_lock)
        {
            return _servers.TryGetValue(server, out Entry? entry) && entry.Session is { IsDown: false };
        }
    }

    /// <summary>A session has ended; its Servers stay known, without one.</summary>
    public void SessionEnded(Session session)
    {
        lock (_lock)
        {
            foreach ((string server, Entry entry) in _servers.Where(known => known.Value.Session == session).ToList())
            {
                _servers[server] = entry with { Session = null };
            }
        }
    }

    /// <summary>For an operator, by name.</summary>
    public IReadOnlyList<ServerStatus> Status()
    {
        lock (_lock)
        {
            return [.. _servers.OrderBy(known => known.Key, StringComparer.Ordinal).Select(known => new ServerStatus(
                known.Key, known.Value.Kind, known.Value.Incarnation, known.Value.Session is not null))];
        }
    }

    private static Refusal? Objection(Entry known, Session session, Register message)
    {
        if (message.Incarnation < known.Incarnation)
        {
            return new Refusal(
                RefusalCode.StaleIdentity,
                $"Server {message.Server} is known with incarnation {known.Incarnation}, and {message.Incarnation} is "
                + "older: an old copy of it is running, or its own data were restored. Stop that one.");
        }

        bool twice = message.Incarnation == known.Incarnation
            && known.Session is { IsDown: false } other && other != session;
        return twice
            ? new Refusal(
                RefusalCode.StaleIdentity,
                $"Server {message.Server} is connected already with incarnation {message.Incarnation}: "
                + "two processes use the same name and data. Stop one, or raise the incarnation at each start.")
            : null;
    }
}
