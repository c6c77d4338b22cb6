using System.Text;
using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.LocationServer;

/// <summary>
/// What one node's Location Server knows: the registrations of its own node, each with an incarnation and a lease,
/// and what its peers lately answered. No socket and no clock: the caller passes the time, in milliseconds that only
/// grow, and does the asking. Calls come one at a time.
/// </summary>
public sealed class LocationTable
{
    private readonly NodeName _node;
    private readonly int _cacheMs;
    private readonly int _refusalCacheMs;
    private readonly int _settleMs;
    private readonly Dictionary<string, Registration> _own = new(StringComparer.Ordinal);
    private readonly LocationCache _cache = new(Limits.LocationCacheMax);

    /// <summary>An empty table of <paramref name="node"/>.</summary>
    /// <param name="node">The node whose Servers register here.</param>
    /// <param name="cacheMs">How long a peer's answer is believed.</param>
    /// <param name="refusalCacheMs">How long "nobody has it" is believed.</param>
    /// <param name="settleMs">Until then, of the caller's time, its Servers may still be coming back.</param>
    public LocationTable(NodeName node, int cacheMs = 5_000, int refusalCacheMs = 500, int settleMs = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cacheMs);
        ArgumentOutOfRangeException.ThrowIfNegative(refusalCacheMs);
        _node = node;
        _cacheMs = cacheMs;
        _refusalCacheMs = refusalCacheMs;
        _settleMs = settleMs;
    }

    /// <summary>
    /// Registers a Server of this node, or renews its lease. A higher incarnation replaces a lower one, a lower one is
    /// refused; so is the same incarnation from elsewhere, for each start of a Server raises it (SEM-7).
    /// </summary>
    /// <returns>Null when registered, for <paramref name="grantedMs"/>; else why not.</returns>
    public Refusal? Register(Place place, int leaseMs, long nowMs, out int grantedMs)
    {
        grantedMs = 0;
        if (PlaceRules.Check(place, _node) is { } wrong)
        {
            return wrong;
        }

        DropEnded(nowMs);
        if (_own.TryGetValue(place.Server, out Registration? known))
        {
            if (Contradiction(place, known.Place) is { } contradiction)
            {
                return contradiction;
            }
        }
        else if (_own.Count >= Limits.RegistrationsMax)
        {
            return new Refusal(
                RefusalCode.Limit,
                $"The Location Server of {_node} holds {Limits.RegistrationsMax} registrations, its limit: "
                + "withdraw Servers that are not needed.");
        }

        grantedMs = Math.Clamp(leaseMs, Limits.LeaseMsMin, Limits.LeaseMsMax);
        _own[place.Server] = new Registration(place, nowMs + grantedMs);
        return null;
    }

    /// <summary>Ends a registration before its lease does. One that is not there needs no ending.</summary>
    /// <returns>Null when it is gone; else why not: a higher incarnation holds the name now.</returns>
    public Refusal? Withdraw(string server, long incarnation, long nowMs)
    {
        DropEnded(nowMs);
        if (!_own.TryGetValue(server, out Registration? known))
        {
            return null;
        }

        if (known.Place.Incarnation > incarnation)
        {
            return new Refusal(
                RefusalCode.StaleIdentity,
                $"Incarnation {incarnation} of Server '{server}' cannot withdraw incarnation "
                + $"{known.Place.Incarnation}, which is registered at {_node} now.");
        }

        _own.Remove(server);
        return null;
    }

    /// <summary>The place of a Server registered at this node, or null.</summary>
    public Place? Own(string server, long nowMs) =>
        _own.TryGetValue(server, out Registration? known) && known.EndsMs > nowMs ? known.Place : null;

    /// <summary>The answer of this node alone, as a peer that asks gets it.</summary>
    public LocationAnswer AnswerPeer(string server, long nowMs)
    {
        if (!PlaceRules.IsServerName(server))
        {
            return LocationAnswer.Refused(PlaceRules.NoServerName);
        }

        return Own(server, nowMs) is { } place
            ? LocationAnswer.Found(place)
            : LocationAnswer.Refused(IsSettling(server, nowMs) ?? new Refusal(
                RefusalCode.NoSuchServer, $"No Server '{server}' is registered at {_node}."));
    }

    /// <summary>
    /// What can be answered at once: this node's registration, or a peer's answer that is still believed, the higher
    /// incarnation of the two. Null: the peers have to be asked, then <see cref="Settle"/>.
    /// </summary>
    /// <param name="server">The Server's name.</param>
    /// <param name="fresh">Do not answer from what was known before: a place that was tried did not serve.</param>
    /// <param name="nowMs">The time.</param>
    public LocationAnswer? Answer(string server, bool fresh, long nowMs)
    {
        if (fresh)
        {
            return null;
        }

        LocationAnswer? remembered = _cache.Get(server, nowMs);
        Place? own = Own(server, nowMs);
        if (own is not null && (remembered?.Place is not { } other || other.Incarnation <= own.Incarnation))
        {
            return LocationAnswer.Found(own);
        }

        return remembered?.FromCache();
    }

    /// <summary>
    /// Settles a look-up for which the peers were asked. The highest incarnation wins (of equal ones this node's, then
    /// the first node in order of names), and one lower than a claim still believed is stale, not the answer.
    /// </summary>
    /// <param name="server">The Server's name.</param>
    /// <param name="claims">The places that peers answered.</param>
    /// <param name="silent">The peers that did not answer.</param>
    /// <param name="nowMs">The time.</param>
    public LocationAnswer Settle(
        string server, IEnumerable<Place> claims, IReadOnlyCollection<NodeName> silent, long nowMs)
    {
        Place? best = Own(server, nowMs);
        foreach (Place claim in claims.OrderBy(claim => claim.Node))
        {
            best = best is null || claim.Incarnation > best.Incarnation ? claim : best;
        }

        Place? believed = _cache.Get(server, nowMs)?.Place;
        if (believed is not null && silent.Contains(believed.Node) && believed.Incarnation > (best?.Incarnation ?? -1))
        {
            // Whoever answered is older than what the silent node had: no place, rather than a stale one. Goes on
            // being believed for its old lifetime alone.
            return LocationAnswer.Refused(NobodyHas(server, silent, nowMs));
        }

        LocationAnswer answer = best is null
            ? LocationAnswer.Refused(NobodyHas(server, silent, nowMs))
            : LocationAnswer.Found(best);
        bool own = best is not null && best.Node == _node;
        if (own)
        {
            _cache.Remove(server);
        }
        else
        {
            _cache.Put(server, answer, nowMs, nowMs + (best is null ? _refusalCacheMs : _cacheMs));
        }

        return answer;
    }

    /// <summary>The registrations of this node, in order of names.</summary>
    public IReadOnlyList<Place> List(long nowMs)
    {
        DropEnded(nowMs);
        return [.. _own.Values.Select(known => known.Place).OrderBy(place => place.Server, StringComparer.Ordinal)];
    }

    private Refusal? Contradiction(Place place, Place known)
    {
        if (place.Incarnation < known.Incarnation)
        {
            return new Refusal(
                RefusalCode.StaleIdentity,
                $"Server '{place.Server}' is registered at {_node} with incarnation {known.Incarnation}, which is "
                + $"newer than {place.Incarnation}: stop the older process; each start raises a Server's incarnation.");
        }

        if (place.Incarnation == known.Incarnation && !place.Addresses.SequenceEqual(known.Addresses))
        {
            return new Refusal(
                RefusalCode.StaleIdentity,
                $"Incarnation {place.Incarnation} of Server '{place.Server}' is registered at {_node} with other "
                + "addresses: two processes use one Server's data, or it did not raise its incarnation at its start.");
        }

        return null;
    }

    /// <summary>
    /// Why a Server that is not known may be soon; null once the table has settled. A Client takes "no such Server" as
    /// final.
    /// </summary>
    private Refusal? IsSettling(string server, long nowMs) => nowMs >= _settleMs ? null : new Refusal(
        RefusalCode.RetryLater,
        $"The Location Server of {_node} was just started, and Server '{server}' has not registered yet: try again.");

    private Refusal NobodyHas(string server, IReadOnlyCollection<NodeName> silent, long nowMs)
    {
        if (silent.Count == 0)
        {
            return IsSettling(server, nowMs) ?? new Refusal(
                RefusalCode.NoSuchServer,
                $"No Server '{server}' is registered at {_node} or any of its peers: start it, or check its name.");
        }

        StringBuilder names = new();
        names.AppendJoin(", ", silent.Order().Take(5));
        names.Append(silent.Count > 5 ? $" and {silent.Count - 5} more" : "");
        return new Refusal(
            RefusalCode.NodeUnreachable,
            $"No Server '{server}' is known at {_node}, and {names} did not answer: try again when it does.");
    }

    private void DropEnded(long nowMs)
    {
        foreach ((string server, Registration known) in _own)
        {
            if (known.EndsMs <= nowMs)
            {
                _own.Remove(server);
            }
        }
    }

    private sealed record Registration(Place Place, long EndsMs);
}
