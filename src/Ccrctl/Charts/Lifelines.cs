using Ccr.Protocol.Messages;

namespace Ccr.Ccrctl.Charts;

/// <summary>
/// The columns of a sequence chart, from left to right: the Client, the Servers of the node that owns the action, its
/// manager; then each other node's manager, with its Servers at its right.
/// </summary>
internal sealed class Lifelines
{
    private const string Manager = "manager ";
    private const string Server = "server ";

    private readonly List<string> _keys = [];

    private Lifelines()
    {
    }

    public int Count => _keys.Count;

    /// <summary>The heading of a column.</summary>
    public string this[int index] => _keys[index].StartsWith(Server, StringComparison.Ordinal)
        ? _keys[index][Server.Length..]
        : _keys[index];

    public int IndexOf(string party) => _keys.IndexOf(party);

    public static Lifelines Of(IReadOnlyList<TraceEvent> events)
    {
        string owner = events[0].Action.Owner.Node.Value;
        string[] parties = [.. events.SelectMany(e => new[] { e.From, e.To }).Where(p => p.Length > 0).Distinct()];
        string[] servers = [.. parties.Where(p => p.StartsWith(Server, StringComparison.Ordinal))];
        string[] managers = [.. parties.Where(p => p.StartsWith(Manager, StringComparison.Ordinal))];
        ILookup<string, string> serversOf = servers.ToLookup(s => Manager + HomeOf(s, events));

        Lifelines lines = new();
        lines._keys.AddRange(parties.Except(servers).Except(managers));
        lines._keys.AddRange(serversOf[Manager + owner]);
        lines._keys.AddRange(managers.Where(m => m == Manager + owner));
        foreach (string manager in managers.Where(m => m != Manager + owner))
        {
            lines._keys.Add(manager);
            lines._keys.AddRange(serversOf[manager]);
        }

        lines._keys.AddRange(servers.Except(lines._keys));
        return lines;
    }

    /// <summary>A Server's node is the one whose manager spoke with it, and therefore recorded it.</summary>
    private static string HomeOf(string server, IReadOnlyList<TraceEvent> events)
    {
        TraceEvent first = events.First(e => e.From == server || e.To == server);
        string other = first.From == server ? first.To : first.From;
        return other.StartsWith(Manager, StringComparison.Ordinal) ? other[Manager.Length..] : first.Node.Value;
    }
}
