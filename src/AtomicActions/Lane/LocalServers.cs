using Ccr.AtomicActions.Contract;

namespace Ccr.AtomicActions;

/// <summary>A Server of this node that is connected now.</summary>
/// <param name="Session">Its session.</param>
/// <param name="Server">Its name.</param>
/// <param name="Incarnation">Its incarnation.</param>
/// <param name="Addresses">Where Clients reach it.</param>
/// <param name="IsDatabase">A database of this node: it ends application branches by name, and scans for them.</param>
internal sealed record LocalServer(
    SessionId Session, string Server, long Incarnation, IReadOnlyList<string> Addresses, bool IsDatabase = false);

/// <summary>The Servers of this node, as one lane knows them.</summary>
internal sealed class LocalServers
{
    private readonly Dictionary<string, LocalServer> _byName = new(StringComparer.Ordinal);

    internal LocalServer? Find(string server) => _byName.GetValueOrDefault(server);

    internal void Up(LocalServer server) => _byName[server.Server] = server;

    /// <summary>Forgets every Server of a session; returns their names, in order.</summary>
    internal List<string> Down(SessionId session)
    {
        List<string> lost = [.. _byName.Values.Where(s => s.Session == session).Select(s => s.Server)];
        lost.Sort(StringComparer.Ordinal);
        foreach (string name in lost)
        {
            _byName.Remove(name);
        }

        return lost;
    }
}
