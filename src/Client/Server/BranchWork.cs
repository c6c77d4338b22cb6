using System.Diagnostics.CodeAnalysis;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>
/// Carries out the manager's orders by calls of the resource: in order for one branch, side by side for several. It
/// repeats no answer by itself; an order that the manager repeats gets the same answer again.
/// </summary>
internal sealed class BranchWork : IBranchOwner
{
    private readonly CcrServerOptions _options;
    private readonly IBranchResource _resource;
    private readonly BranchTable _table = new();
    private readonly BranchOrders _orders;
    private readonly AddedBranches _added;
    private ManagerSession? _session;

    public BranchWork(CcrServerOptions options, IBranchResource resource, CancellationToken stopping)
    {
        _options = options;
        _resource = resource;
        _added = new AddedBranches(options);
        _orders = new BranchOrders(options, resource, _table, _added, stopping);
    }

    public bool TryEnter(
        AtomicActionId action, long incarnation, [NotNullWhen(true)] out BranchRequest? request,
        [NotNullWhen(false)] out Refusal? refusal)
    {
        request = null;
        refusal = null;
        if (incarnation == _options.Incarnation && _table.OpenOf(action) is { } slot && slot.TryEnter())
        {
            request = new BranchRequest(slot);
            return true;
        }

        refusal = new Refusal(RefusalCode.NotBegun, incarnation == _options.Incarnation
            ? $"{_options.Name} has no open branch of {action}: it was never begun here, or it is prepared or over."
            : $"{_options.Name} was restarted since the branch of {action} was begun, and has lost its work.");
        return false;
    }

    /// <summary>What is found prepared or decided, for a new session. Orders for it may come from now on.</summary>
    public IReadOnlyList<FoundBranch> Found(ManagerSession session)
    {
        Volatile.Write(ref _session, session);
        IReadOnlyList<FoundBranch> found = _resource.Found();
        foreach (FoundBranch branch in found)
        {
            _table.AddFound(branch, this);
        }

        return found;
    }

    /// <summary>Takes an order, on the receiving thread.</summary>
    public void Order(ManagerSession session, BranchMessage order)
    {
        if (order.Server != _options.Name)
        {
            _added.Order(session, order); // in the name of a database whose branch this Server works in
            return;
        }

        BranchSlot slot = _table.GetOrAdd(
            BranchKey.Of(order), () => new BranchContext(this, order.Action, order.Branch, session.Identity));
        Add(session, slot, () => CarryOutAsync(session, slot, order));
    }

    /// <summary>The session broke: what was not prepared in it is lost to the manager, and is rolled back.</summary>
    public void SessionLost(ManagerSession session)
    {
        _added.SessionLost(session);
        foreach (BranchSlot slot in _table.All)
        {
            Add(session, slot, () => _orders.AfterLossAsync(slot));
        }
    }

    /// <summary>Ends when all that broken sessions left to do is done; endings that go on are not waited for.</summary>
    public Task BrokenSessionsDoneAsync() =>
        Task.WhenAll(_table.All.Where(s => !s.Ending).Select(s => s.IdleAsync()));

    /// <summary>Ends when no branch has anything to do.</summary>
    public Task AllIdleAsync() => Task.WhenAll(_table.All.Select(s => s.IdleAsync()));

    /// <inheritdoc/>
    public bool Refuse(BranchContext branch, Refusal refusal)
    {
        if (!_table.TryGet(new BranchKey(branch.Action, branch.Branch), out BranchSlot? slot)
            || slot.Context != branch || Volatile.Read(ref _session) is not { } session || !slot.GiveUp(refusal))
        {
            return false;
        }

        Add(session, slot, () => _orders.GiveUpAsync(session, slot, refusal));
        return true;
    }

    /// <inheritdoc/>
    public async Task<ServerPlace> TransOpenSubAsync(
        BranchContext branch, string server, CancellationToken cancellation)
    {
        ManagerSession session = Volatile.Read(ref _session)
            ?? throw new CcrManagerLostException("There is no session with the manager.");
        try
        {
            TransOpenSub request = new(session.NextReference(), branch.Action, branch.Branch, server);
            SessionMessage answer = await session.RequestAsync(request, cancellation).ConfigureAwait(false);
            ServerPlace place = answer is TransOpenSubAck ack ? ack.Place : throw CcrClient.Unexpected(session, answer);
            return place.Refused is null ? place : throw new CcrRefusedException(place.Refused);
        }
        catch (SessionLostException e)
        {
            throw new CcrManagerLostException($"The session with the manager broke. {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public BranchId NewBranch(BranchContext branch) => AddedBranches.NewBranch(branch);

    /// <inheritdoc/>
    public void Add(BranchContext branch, IApplicationBranch added) => _added.Add(LiveSession(), branch, added);

    /// <inheritdoc/>
    public ValueTask<BranchVote> PrepareAddedAsync(BranchContext branch, CancellationToken cancellation) =>
        _added.PrepareAsync(branch, cancellation);

    private ManagerSession LiveSession() => Volatile.Read(ref _session) is { IsLost: false } session
        ? session
        : throw new CcrManagerLostException("There is no session with the manager: the branch is rolled back.");

    private void Add(ManagerSession session, BranchSlot slot, Func<ValueTask> work)
    {
        if (!slot.Add(work))
        {
            return;
        }

        if (_options.RunsInline)
        {
            ValueTask running = slot.RunAsync();
            if (!running.IsCompletedSuccessfully)
            {
                _ = FlushAfterAsync(session, running);
            }
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static state => _ = FlushAfterAsync(state.session, state.slot.RunAsync()), (session, slot), false);
        }
    }

    private static async Task FlushAfterAsync(ManagerSession session, ValueTask running)
    {
        await running.ConfigureAwait(false);
        session.Flush();
    }

    private async ValueTask CarryOutAsync(ManagerSession session, BranchSlot slot, BranchMessage order)
    {
        if (session.IsLost && order is (Begin or Prepare or CommitOnePhase))
        {
            return; // nobody waits for the answer; what the loss asks for is next in the queue
        }

        switch (order)
        {
            case Begin:
                await _orders.BeginAsync(session, slot).ConfigureAwait(false);
                break;
            case Prepare:
                await _orders.PrepareAsync(session, slot).ConfigureAwait(false);
                break;
            case Commit:
                await _orders.EndAsync(session, slot, commit: true).ConfigureAwait(false);
                break;
            case RollbackBranch:
                await _orders.EndAsync(session, slot, commit: false).ConfigureAwait(false);
                break;
            case CommitOnePhase:
                await _orders.CommitOnePhaseAsync(session, slot).ConfigureAwait(false);
                break;
            case ForgetBranch:
                await _orders.ForgetAsync(slot).ConfigureAwait(false);
                break;
            case NotMine:
                _options.Log?.Invoke(
                    $"{_options.Name}: {session.Identity} says that {slot.Context} is not its own; it is held for "
                    + $"{slot.Context.Manager}.");
                break;
            default:
                session.Close($"The manager sent {order.GetType().Name}, which is no order.");
                break;
        }
    }
}
