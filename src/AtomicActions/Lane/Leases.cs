using System.Collections;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// Identifiers that sessions may open by themselves. A prepared branch of one that was not opened yet is left alone:
/// the session's Enlist may still be on its way (SEM-9). They end with their session.
/// </summary>
internal sealed class Leases
{
    private readonly Dictionary<SessionId, List<Lease>> _bySession = [];

    internal void Add(ActionsLeased leased)
    {
        if (!_bySession.TryGetValue(leased.Session, out List<Lease>? leases))
        {
            _bySession.Add(leased.Session, leases = []);
        }

        leases.RemoveAll(lease => lease.First + lease.Used.Length <= leased.Lowest);
        leases.Add(new Lease(leased.First, new BitArray(leased.Count)));
    }

    internal void Drop(SessionId session) => _bySession.Remove(session);

    /// <summary>True once for each identifier that this session leased in this epoch.</summary>
    internal bool Use(SessionId session, uint epoch, AtomicActionId action)
    {
        if (Counter(epoch, action) is { } counter && _bySession.TryGetValue(session, out List<Lease>? leases)
            && leases.Find(lease => lease.Holds(counter)) is { } found && !found.Used[found.Index(counter)])
        {
            found.Used[found.Index(counter)] = true;
            return true;
        }

        return false;
    }

    /// <summary>True while a live session may still open it.</summary>
    internal bool MayOpen(uint epoch, AtomicActionId action) => Counter(epoch, action) is { } counter
        && _bySession.Values.Any(leases => leases.Exists(l => l.Holds(counter) && !l.Used[l.Index(counter)]));

    private static long? Counter(uint epoch, AtomicActionId action) =>
        action.Suffix.TryGetCounter(out uint of, out ulong counter) && of == epoch && counter <= long.MaxValue
            ? (long)counter
            : null;

    private sealed record Lease(long First, BitArray Used)
    {
        internal bool Holds(long counter) => counter >= First && counter - First < Used.Length;

        internal int Index(long counter) => (int)(counter - First);
    }
}
