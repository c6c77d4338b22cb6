using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>
/// Leased identifiers, so that opening an action costs no round trip. The next block is asked for when half of the last
/// one is used. A block lives and dies with its session.
/// </summary>
internal sealed class LeaseBook(Func<CancellationToken, Task<ManagerSession>> session)
{
    private const int BlockSize = 256;

    private readonly Lock _lock = new();
    private readonly List<LeaseBlock> _blocks = [];
    private Task? _asking;
    private (ManagerSession? Of, long End) _given;

    /// <summary>An identifier, and the block that it has to be given back to.</summary>
    public async ValueTask<(LeaseBlock Block, AtomicActionId Action)> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task asking;
            lock (_lock)
            {
                LeaseBlock? block = _blocks.Find(b => b.Left > 0 && !b.Session.IsLost);
                if (block is not null)
                {
                    AtomicActionId action = block.Take();
                    if (block.Left == BlockSize / 2)
                    {
                        _ = Ask();
                    }

                    return (block, action);
                }

                asking = Ask();
            }

            await asking.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>One question at a time; the caller holds the lock.</summary>
    private Task Ask()
    {
        if (_asking is null or { IsCompleted: true })
        {
            _asking = Task.Run(AskAsync);
        }

        return _asking;
    }

    private async Task AskAsync()
    {
        ManagerSession live = await session(CancellationToken.None).ConfigureAwait(false);
        LeaseActions message = new(live.NextReference(), BlockSize, Lowest(live));
        try
        {
            SessionMessage answer = await live.RequestAsync(message, CancellationToken.None).ConfigureAwait(false);
            Leased leased = answer as Leased ?? throw CcrClient.Unexpected(live, answer);
            lock (_lock)
            {
                _blocks.Add(new LeaseBlock(live, leased.Epoch, leased.First, leased.Count));
                _given = (live, leased.First + leased.Count);
            }
        }
        catch (SessionLostException e)
        {
            throw new CcrManagerLostException(
                $"The session with the manager broke while an action was being opened: nothing is open. {e.Message}",
                    e);
        }
    }

    /// <summary>Counters below it are not used any more; forgets the blocks that are over.</summary>
    private long Lowest(ManagerSession live)
    {
        lock (_lock)
        {
            _blocks.RemoveAll(b => b.IsOver || b.Session.IsLost);
            long none = _given.Of == live ? _given.End : 0;
            return _blocks.Where(b => b.Session == live).Select(b => b.First).DefaultIfEmpty(none).Min();
        }
    }
}
