using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;

namespace Ccr.CcrManager.Links;

/// <summary>How far a link has come.</summary>
internal enum LinkPhase
{
    /// <summary>The hellos are not exchanged yet.</summary>
    Greeting,

    /// <summary>It carries associations.</summary>
    Up,

    /// <summary>It has ended.</summary>
    Down,
}

/// <summary>One TCP connection to a peer. All associations on it are begun by whoever opened it.</summary>
internal sealed class Link(LinkId id, bool openedHere, NodeName expected, long openedAt)
{
    private long _heardAt = openedAt;

    /// <summary>How the host numbers it.</summary>
    public LinkId Id { get; } = id;

    /// <summary>True where we opened it.</summary>
    public bool OpenedHere { get; } = openedHere;

    /// <summary>Who was called, where we opened it.</summary>
    public NodeName Expected { get; } = expected;

    /// <summary>Its connection, from the moment it is open.</summary>
    public FramedConnection? Connection { get; set; }

    /// <summary>How far it has come; changed under the table's lock.</summary>
    public LinkPhase Phase { get; set; }

    /// <summary>Who is at the other end, once that was accepted.</summary>
    public ManagerIdentity? Peer { get; set; }

    /// <summary>How many lanes the peer has.</summary>
    public int PeerLanes { get; set; }

    /// <summary>Its share of the lanes' inboxes.</summary>
    public Inflow Inflow { get; } = new(ManagerLimits.LinkInputsMax, ManagerLimits.InputOctetsMax);

    /// <summary>When something was last received, a timestamp of the manager's clock.</summary>
    public long HeardAt
    {
        get => Volatile.Read(ref _heardAt);
        set => Volatile.Write(ref _heardAt, value);
    }

    /// <summary>When the last ping was sent, a timestamp of the manager's clock; 0: none yet.</summary>
    public long PingedAt { get; set; }

    /// <summary>Ends when the peer was accepted (null), or was not (why); used where we opened the link.</summary>
    public TaskCompletionSource<Refusal?> Greeted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>For people.</summary>
    public override string ToString() =>
        $"link {Id.Value} {(OpenedHere ? "to" : "from")} "
        + $"{Peer?.ToString() ?? (Expected.IsNone ? "?" : Expected.Value)} ({Connection?.Description})";
}
