using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.LogDamage.Tests.Errors;

/// <summary>A Server's branches, kept by the test's own process, so that they outlive every manager.</summary>
internal sealed class KeptBranches : IBranchResource
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, FoundBranch> _prepared = [];
    private readonly HashSet<AtomicActionId> _committed = [];
    private TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when no branch is prepared.</summary>
    internal Task Settled
    {
        get
        {
            lock (_lock)
            {
                return _prepared.Count == 0 ? Task.CompletedTask : _settled.Task;
            }
        }
    }

    internal bool HasCommitted(AtomicActionId action)
    {
        lock (_lock)
        {
            return _committed.Contains(action);
        }
    }

    public ValueTask<BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation)
    {
        lock (_lock)
        {
            _prepared[KeyOf(branch)] = new FoundBranch(branch.Action, branch.Branch, branch.Manager, FoundState.Ready);
        }

        return new(BranchVote.Ready);
    }

    public ValueTask<BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation)
    {
        End(branch, committed: true);
        return new(BranchEnd.Committed);
    }

    public ValueTask<BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation)
    {
        End(branch, committed: false);
        return new(BranchEnd.RolledBack);
    }

    public ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation) =>
        CommitAsync(branch, cancellation);

    public IReadOnlyList<FoundBranch> Found()
    {
        lock (_lock)
        {
            return [.. _prepared.Values];
        }
    }

    private static string KeyOf(BranchContext branch) => $"{branch.Action} {branch.Branch}";

    private void End(BranchContext branch, bool committed)
    {
        lock (_lock)
        {
            _prepared.Remove(KeyOf(branch));
            if (committed)
            {
                _committed.Add(branch.Action);
            }

            if (_prepared.Count == 0)
            {
                _settled.TrySetResult();
                _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
