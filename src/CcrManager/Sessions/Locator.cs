using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.CcrManager.Sessions;

/// <summary>
/// Answers the lanes' question where a Server is: from the registry of this node, else by asking the Location Server,
/// which keeps what it learned (and each lane remembers where it found a Server). While the Location Server is down,
/// a question waits for a limited time.
/// </summary>
internal sealed class Locator(NodeName self, ServerRegistry registry, CcrManagerOptions options, TimeProvider time)
{
    private sealed record LookUp(long Reference, string Server, bool Fresh, long AskedAt)
    {
        public SortedSet<int> Lanes { get; } = [];
    }

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Server, bool Fresh), LookUp> _waiting = [];
    private readonly Dictionary<long, LookUp> _byReference = [];
    private Session? _location;
    private long _lastReference;

    /// <summary>The lanes, which get the answers. Set before the first question.</summary>
    public LaneSet? Lanes { get; set; }

    /// <summary>A configured peer of which nothing is known yet, or null. Set before the first question.</summary>
    public Func<string?>? NeverReached { get; set; }

    /// <summary>A lane asks.</summary>
    public void Ask(int lane, LocateServer wanted)
    {
        lock (_lock)
        {
            if (!wanted.Fresh && registry.IsConnected(wanted.Server))
            {
                Answer(lane, new ServerLocated(wanted.Server, self, null));
            }
            else if (_waiting.TryGetValue((wanted.Server, wanted.Fresh), out LookUp? known))
            {
                known.Lanes.Add(lane);
            }
            else if (_waiting.Count >= ManagerLimits.LookUpsMax)
            {
                Answer(lane, new ServerLocated(wanted.Server, default, new Refusal(
                    RefusalCode.Limit, $"{ManagerLimits.LookUpsMax} look-ups are under way, which is the limit.")));
            }
            else
            {
                Begin(lane, wanted);
            }
        }

        Lanes!.Kick();
    }

    /// <summary>
    /// The Location Server of this node is there: it is told the peers, and only then asked what waits, for a new one
    /// knows nobody to ask.
    /// </summary>
    public void LocationUp(Session session, Action tellPeers)
    {
        lock (_lock)
        {
            _location = session;
            tellPeers();
            foreach (LookUp lookUp in _waiting.Values)
            {
                session.Connection.Send(new Locate(lookUp.Reference, lookUp.Server, lookUp.Fresh));
            }
        }

        session.Connection.Flush();
    }

    /// <summary>The Location Server's answer.</summary>
    public void Take(Located located)
    {
        lock (_lock)
        {
            if (_byReference.TryGetValue(located.Reference, out LookUp? lookUp) && lookUp.Server == located.Server)
            {
                End(lookUp, Judged(located));
            }
        }
    }

    /// <summary>A Server of this node has registered: who waits for it need wait no longer.</summary>
    public void ServerUp(string server)
    {
        lock (_lock)
        {
            if (_location is null && _waiting.TryGetValue((server, false), out LookUp? lookUp))
            {
                End(lookUp, new ServerLocated(server, self, null));
            }
        }
    }

    /// <summary>A session has ended; it may have been the Location Server's.</summary>
    public void SessionEnded(Session session)
    {
        lock (_lock)
        {
            _location = _location == session ? null : _location;
        }
    }

    /// <summary>The current session of the Location Server, or null.</summary>
    public Session? Location
    {
        get
        {
            lock (_lock)
            {
                return _location;
            }
        }
    }

    /// <summary>Ends the questions that have waited too long.</summary>
    public void EndLate()
    {
        lock (_lock)
        {
            foreach (LookUp lookUp in _waiting.Values.Where(IsLate).ToList())
            {
                bool here = registry.IsConnected(lookUp.Server);
                End(lookUp, here
                    ? new ServerLocated(lookUp.Server, self, null)
                    : new ServerLocated(lookUp.Server, default, new Refusal(
                        RefusalCode.NodeUnreachable,
                        $"The Location Server of {self} did not answer within {options.LocateTimeoutMs} ms, so Server "
                        + $"{lookUp.Server} cannot be found now: see that ccr-location runs, and try again.")));
            }
        }

        Lanes!.Kick();
    }

    /// <summary>
    /// "Nobody has it" is final for a Client, and not said of a Server that is here (it registers with the manager
    /// first), nor before all peers that are configured were reached once: one of them may have it (SEM-12).
    /// </summary>
    private ServerLocated Judged(Located located)
    {
        if (located.Refused is not { Code: RefusalCode.NoSuchServer })
        {
            return new ServerLocated(located.Server, located.Found?.Node ?? default, located.Refused);
        }

        if (registry.IsConnected(located.Server))
        {
            return new ServerLocated(located.Server, self, null);
        }

        return NeverReached?.Invoke() is not { } peer
            ? new ServerLocated(located.Server, default, located.Refused)
            : new ServerLocated(located.Server, default, new Refusal(
                RefusalCode.NodeUnreachable,
                $"No Server {located.Server} is known at {self}, and node {peer}, a peer of it, was not reached since "
                + "it was configured: see that it runs, and try again."));
    }

    private bool IsLate(LookUp lookUp) =>
        time.GetElapsedTime(lookUp.AskedAt).TotalMilliseconds > options.LocateTimeoutMs;

    private void Begin(int lane, LocateServer wanted)
    {
        LookUp lookUp = new(++_lastReference, wanted.Server, wanted.Fresh, time.GetTimestamp());
        lookUp.Lanes.Add(lane);
        _waiting.Add((wanted.Server, wanted.Fresh), lookUp);
        _byReference.Add(lookUp.Reference, lookUp);
        _location?.Send(new Locate(lookUp.Reference, wanted.Server, wanted.Fresh));
    }

    private void End(LookUp lookUp, ServerLocated answer)
    {
        _waiting.Remove((lookUp.Server, lookUp.Fresh));
        _byReference.Remove(lookUp.Reference);
        foreach (int lane in lookUp.Lanes)
        {
            Answer(lane, answer);
        }
    }

    private void Answer(int lane, ServerLocated answer) => Lanes![lane].Enqueue(answer);
}
