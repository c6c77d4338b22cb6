using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Artemis;

/// <summary>
/// One action at a time works at a group (SEM-21). A periodic one that has not begun to take its checkpoint yields.
/// </summary>
internal sealed class Turn(TimeSpan patience, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly HashSet<(AtomicActionId Action, BranchId Branch)> _branches = [];
    private BranchContext? _holder;
    private bool _yields;
    private TaskCompletionSource _free = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits for the turn; a refusal after some patience.</summary>
    internal async Task<Refusal?> EnterAsync(BranchContext branch, bool periodic, CancellationToken cancellation)
    {
        DateTimeOffset until = time.GetUtcNow() + patience;
        while (true)
        {
            Task free;
            BranchContext holder;
            lock (_lock)
            {
                if (_holder is null || _holder.Action.Equals(branch.Action))
                {
                    _holder ??= branch;
                    _yields = periodic;
                    _branches.Add((branch.Action, branch.Branch));
                    return null;
                }

                holder = _holder;
                free = _free.Task;
            }

            TimeSpan left = until - time.GetUtcNow();
            if (periodic || left <= TimeSpan.Zero)
            {
                return Busy(holder.Action);
            }

            AskToYield(holder, branch.Action);
            await Task.WhenAny(free, Task.Delay(left, time, cancellation)).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The branch begins to take its checkpoint: it yields no more.</summary>
    internal void Works(BranchContext branch)
    {
        lock (_lock)
        {
            if (_holder is not null && _holder.Action.Equals(branch.Action))
            {
                _yields = false;
            }
        }
    }

    /// <summary>The branch is over.</summary>
    internal void Leave(BranchContext branch)
    {
        lock (_lock)
        {
            if (!_branches.Remove((branch.Action, branch.Branch)) || _branches.Count > 0)
            {
                return;
            }

            _holder = null;
            _free.SetResult();
            _free = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private static Refusal Busy(AtomicActionId holder) => new(
        RefusalCode.Resource, $"Another action, {holder}, works at this group: try again when it has ended (SEM-21).");

    private void AskToYield(BranchContext holder, AtomicActionId next)
    {
        lock (_lock)
        {
            if (_holder != holder || !_yields)
            {
                return;
            }

            _yields = false;
        }

        holder.Refuse(new Refusal(RefusalCode.Resource, $"The periodic checkpoint makes room for {next} (SEM-21)."));
    }
}
