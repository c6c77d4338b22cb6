using Ccr.Protocol.Names;

namespace Ccr.CcrManager.Sessions;

/// <summary>
/// Names the actions that are opened here: epoch and counter, so that no name is ever given twice (DESIGN, Identity).
/// </summary>
internal sealed class ActionNumbers(ManagerIdentity self)
{
    private readonly AeTitle _owner = AeTitle.Of(self.Node);
    private long _counter;

    /// <summary>The next action's identifier.</summary>
    public AtomicActionId Next() =>
        new(_owner, Suffix.OfCounter(self.Epoch, (ulong)Interlocked.Increment(ref _counter)));

    /// <summary>The first counter of a block that is given to nobody else.</summary>
    public long NextBlock(int count) => Interlocked.Add(ref _counter, count) - count + 1;

    /// <summary>The epoch of all of them.</summary>
    public uint Epoch => self.Epoch;
}
