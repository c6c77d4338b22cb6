using System.Collections.Concurrent;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>
/// Application branches that this Server added to its own branches of atomic actions. The manager orders their ends one
/// by one, in their databases' names; when the session breaks it sees to what is prepared itself (SEM-9).
/// </summary>
internal sealed class AddedBranches(CcrServerOptions options)
{
    private const int BelowBits = 20;
    private const int EndedKept = 1_024;

    private readonly ConcurrentDictionary<BranchKey, AddedBranch> _byKey = new();

    // Rolled back with the Server's own branch: the order for it mostly follows, and is answered as it ended.
    private readonly ConcurrentQueue<BranchKey> _ended = new();

    /// <summary>Unique in the action: the manager's number of the Server's branch, and a number below it.</summary>
    public static BranchId NewBranch(BranchContext context)
    {
        Suffix above = context.Branch.Suffix;
        int below = context.NextBelow();
        return new BranchId(context.Branch.Initiator, above.TryGetCounter(out uint epoch, out ulong counter)
            ? Suffix.OfCounter(epoch, (counter << BelowBits) + (ulong)below)
            : Suffix.OfInteger((above.Integer << BelowBits) + below));
    }

    public void Add(ManagerSession session, BranchContext context, IApplicationBranch branch) =>
        context.Work.Add(session, branch, added => _byKey[KeyOf(added)] = added);

    public ValueTask<BranchVote> PrepareAsync(BranchContext context, CancellationToken cancellation) =>
        context.Work.PrepareAsync(over => _byKey.TryRemove(KeyOf(over), out _), cancellation);

    /// <summary>The manager ends one of them; on the receiving thread.</summary>
    public void Order(ManagerSession session, BranchMessage order)
    {
        if (order is not (Commit or RollbackBranch))
        {
            session.Close($"The manager sent {order.GetType().Name} for a branch of {order.Server}.");
            return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(
            static state => _ = state.Self.EndAsync(state.session, state.order), (Self: this, session, order), false);
    }

    /// <summary>The Server's own branch is rolled back, or given up: nothing of it is waited for.</summary>
    public void RolledBack(BranchContext context)
    {
        context.Stop();
        _ = RolledBackAsync(context);
    }

    /// <summary>What is not prepared is undone; what is, the manager sees to.</summary>
    public void SessionLost(ManagerSession session)
    {
        foreach ((BranchKey key, AddedBranch added) in _byKey)
        {
            if (added.Session == session && _byKey.TryRemove(key, out _))
            {
                added.Work.Context.Stop();
                _ = LoggedAsync(added.Work.AbandonAsync(added));
            }
        }
    }

    private static BranchKey KeyOf(AddedBranch added) => new(added.Work.Context.Action, added.Branch.Branch);

    private async Task RolledBackAsync(BranchContext context)
    {
        foreach (AddedBranch over in await context.Work.EndUnpreparedAsync(options).ConfigureAwait(false))
        {
            _ended.Enqueue(KeyOf(over));
        }

        while (_ended.Count > EndedKept && _ended.TryDequeue(out BranchKey oldest))
        {
            _byKey.TryRemove(oldest, out _);
        }
    }

    private async Task EndAsync(ManagerSession session, BranchMessage order)
    {
        BranchEnd end = BranchEnd.HandedOver; // not known here: the database's Server finds out
        if (_byKey.TryGetValue(BranchKey.Of(order), out AddedBranch? added) && added.Session == session)
        {
            end = await added.Work.EndAsync(added, order is Commit, options).ConfigureAwait(false);
            _byKey.TryRemove(BranchKey.Of(order), out _);
        }

        session.Send(new Done(order.Server, order.Action, order.Branch, end.Outcome, end.Text));
        session.Flush();
    }

    private async Task LoggedAsync(Task ending)
    {
        try
        {
            await ending.ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            options.Log?.Invoke($"{options.Name}: a connection could not be given back: {e}");
        }
    }
}
