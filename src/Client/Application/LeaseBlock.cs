using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>Identifiers that one session leased, and how many of them are in use.</summary>
internal sealed class LeaseBlock(ManagerSession session, uint epoch, long first, int count)
{
    private readonly AeTitle _owner = AeTitle.Of(session.Identity.Node);
    private long _next = first;
    private int _inUse;

    public ManagerSession Session { get; } = session;

    public long First { get; } = first;

    /// <summary>How many are left to give.</summary>
    public long Left => First + count - _next;

    /// <summary>True when all were given and none is used any more.</summary>
    public bool IsOver => Left == 0 && Volatile.Read(ref _inUse) == 0;

    /// <summary>The next identifier; the caller holds the book's lock.</summary>
    public AtomicActionId Take()
    {
        Interlocked.Increment(ref _inUse);
        return new AtomicActionId(_owner, Suffix.OfCounter(epoch, (ulong)_next++));
    }

    /// <summary>The action of one identifier is over.</summary>
    public void GiveBack() => Interlocked.Decrement(ref _inUse);
}
