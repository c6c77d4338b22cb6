using System.Collections.Concurrent;
using Ccr.Protocol.Names;

namespace Ccr.Demo;

/// <summary>What became of one transfer.</summary>
/// <param name="Committed">True: the money moved.</param>
/// <param name="Reason">Why it was refused; empty when it was not.</param>
/// <param name="Action">The atomic action that ended it; null where none was needed.</param>
internal sealed record TransferEnd(bool Committed, string Reason, AtomicActionId? Action);

/// <summary>Counts what happens while the transfers run; any thread may add.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<AtomicActionId, byte> _underWay = new();
    private readonly ConcurrentDictionary<AtomicActionId, byte> _atKill = new();
    private readonly TransferEnd?[] _ends;
    private int _ended;
    private int _retried;
    private int _deadlocks;
    private int _kills;

    public Tally(int transfers) => _ends = new TransferEnd?[transfers];

    /// <summary>Transfers that have ended, whichever way.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>Attempts that were tried again as a new action.</summary>
    public int Retried => Volatile.Read(ref _retried);

    /// <summary>Attempts among them that were victims of a deadlock.</summary>
    public int Deadlocks => Volatile.Read(ref _deadlocks);

    /// <summary>Managers killed.</summary>
    public int Kills => Volatile.Read(ref _kills);

    /// <summary>How each transfer ended, in the order of the CSV; null: it has not.</summary>
    public IReadOnlyList<TransferEnd?> Ends => _ends;

    /// <summary>The actions that were open when a manager was killed: those that may have needed recovery.</summary>
    public IReadOnlyCollection<AtomicActionId> AtKill => [.. _atKill.Keys];

    public void Open(AtomicActionId action) => _underWay[action] = 0;

    public void Closed(AtomicActionId action) => _underWay.TryRemove(action, out _);

    public void Retry(bool deadlock)
    {
        Interlocked.Increment(ref _retried);
        if (deadlock)
        {
            Interlocked.Increment(ref _deadlocks);
        }
    }

    public void End(int transfer, TransferEnd end)
    {
        _ends[transfer] = end;
        Interlocked.Increment(ref _ended);
    }

    /// <summary>A manager has been killed: what is under way now may need recovery.</summary>
    public void Killed()
    {
        Interlocked.Increment(ref _kills);
        foreach (AtomicActionId action in _underWay.Keys)
        {
            _atKill[action] = 0;
        }
    }
}
