using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Transport;

namespace Ccr.CcrManager.Sessions;

/// <summary>
/// One connection on the manager's own socket: a Client, a Server, the Location Server or an operator.
/// </summary>
internal sealed class Session(SessionId id, FramedConnection connection, long openedAt)
{
    private readonly List<long> _leases = [];
    private int _down;

    /// <summary>How the host numbers it.</summary>
    public SessionId Id { get; } = id;

    public FramedConnection Connection { get; } = connection;

    /// <summary>Its share of the lanes' inboxes.</summary>
    public Inflow Inflow { get; } = new(ManagerLimits.SessionInputsMax, ManagerLimits.InputOctetsMax);

    /// <summary>When it connected, a timestamp of the manager's clock.</summary>
    public long OpenedAt { get; } = openedAt;

    /// <summary>What it is, once it has said hello.</summary>
    public SessionRole? Role { get; set; }

    /// <summary>What it calls itself, for people.</summary>
    public string Program { get; set; } = "";

    /// <summary>True once a Client has opened an action: it has left the transaction wait queue.</summary>
    public bool HasOpened { get; set; }

    /// <summary>
    /// True when one more lease is allowed, after those below <paramref name="lowest"/> are given up.
    /// </summary>
    public bool TryLease(int count, long lowest)
    {
        _leases.RemoveAll(end => end <= lowest);
        return count > 0 && _leases.Count < Limits.LeasesPerSessionMax;
    }

    /// <summary>Identifiers were leased to it. On the receiving thread, as all that a session says.</summary>
    public void Leased(long first, int count) => _leases.Add(first + count);

    /// <summary>True when the lanes were told that it is gone: nothing of it is taken any more.</summary>
    public bool IsDown => Volatile.Read(ref _down) != 0;

    /// <summary>True for the first who says that the session is gone.</summary>
    public bool TrySetDown() => Interlocked.Exchange(ref _down, 1) == 0;

    /// <summary>Sends a message at once.</summary>
    public void Send(SessionMessage message)
    {
        Connection.Send(message);
        Connection.Flush();
    }

    /// <summary>Refuses one request.</summary>
    public void Refuse(long reference, RefusalCode code, string text) =>
        Send(new RequestRefused(reference, new Refusal(code, text)));

    /// <summary>For people: "operator 'ccrctl 0.1' on unix:... (uid 1000, pid 99)".</summary>
    public override string ToString() =>
        $"{(Role is { } role ? role.ToString().ToLowerInvariant() : "session")} '{Program}' on "
            + $"{Connection.Description}";
}
