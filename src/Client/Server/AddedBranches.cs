using System.Collections.Concurrent;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>
/// Application branches that this Server added to its own branches of atomic actions. The manager orders their ends one
/// by one, in their databases' names; when the session breaks it sees to what is prepared itself (SEM-9).
/// </summary>
internal sealed class AddedBranches
{
    private const int BelowBits = 20;

    private readonly ConcurrentDictionary<BranchKey, Added> _byKey = new();
    private readonly ConcurrentDictionary<BranchContext, ApplicationBranches> _byContext = new();

    /// <summary>Unique in the action: the manager's number of the Server's branch, and a number below it.</summary>
    public static BranchId NewBranch(BranchContext context) => new(
        context.Branch.Initiator,
        Suffix.OfInteger((context.Branch.Suffix.Integer << BelowBits) + context.NextBelow()));

    public void Add(ManagerSession session, BranchContext context, IApplicationBranch branch)
    {
        ApplicationBranches all = _byContext.GetOrAdd(
            context, static (of, by) => new ApplicationBranches(by, of.Action, of.Branch), session);
        lock (all)
        {
            _byKey[new BranchKey(context.Action, branch.Branch)] = new Added(session, context, branch);
            all.Add(branch);
            all.Enlist(timeoutMs: 0);
        }
    }

    public async ValueTask<BranchVote> PrepareAsync(BranchContext context, CancellationToken cancellation)
    {
        if (!_byContext.TryRemove(context, out ApplicationBranches? all))
        {
            return BranchVote.NoChange;
        }

        IApplicationBranch[] asked = [.. all.All];
        Refusal? why = await all.PrepareAsync(cancellation).ConfigureAwait(false);
        foreach (IApplicationBranch over in asked.Where(b => !all.Holds(b)))
        {
            _byKey.TryRemove(new BranchKey(context.Action, over.Branch), out _);
        }

        if (why is not null)
        {
            return BranchVote.Refuse(why); // those that are prepared are ordered to roll back
        }

        all.TellPrepared();
        return BranchVote.NoChange;
    }

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

    /// <summary>What is not prepared is undone; what is, the manager sees to.</summary>
    public void SessionLost(ManagerSession session)
    {
        foreach ((BranchKey key, Added added) in _byKey)
        {
            if (added.Session == session && _byKey.TryRemove(key, out _))
            {
                _byContext.TryRemove(added.Context, out _);
                // Closing a connection undoes what is not prepared, and leaves what is.
                _ = added.Branch.AbandonAsync().AsTask();
            }
        }
    }

    private async Task EndAsync(ManagerSession session, BranchMessage order)
    {
        BranchEnd end = BranchEnd.HandedOver; // not known here: the database's Server finds out
        if (_byKey.TryRemove(BranchKey.Of(order), out Added? added))
        {
            _byContext.TryRemove(added.Context, out _); // the end has come: nothing of it is prepared any more
            end = order is Commit
                ? await added.Branch.CommitAsync(CancellationToken.None).ConfigureAwait(false)
                : await added.Branch.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
        }

        session.Send(new Done(order.Server, order.Action, order.Branch, end.Outcome, end.Text));
        session.Flush();
    }

    private sealed record Added(ManagerSession Session, BranchContext Context, IApplicationBranch Branch);
}
