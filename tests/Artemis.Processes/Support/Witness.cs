using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Artemis.Processes.Support;

/// <summary>
/// The other branch of an action: it makes commitment two-phase, and what it is told is the decision. It lives in the
/// test, and so outlives everybody who is killed.
/// </summary>
internal sealed class Witness : IBranchResource, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<AtomicActionId, FoundBranch> _promised = [];
    private readonly HashSet<AtomicActionId> _committed = [];
    private CcrServer? _server;
    private long _incarnation;

    internal static string Name(GroupFolder group) => $"{group.Name}.witness";

    /// <summary>Called when it is asked to prepare, and when it is told to commit.</summary>
    internal Action<string> Asked { get; set; } = static _ => { };

    /// <summary>Actions that it has promised and knows no end of.</summary>
    internal int InDoubt
    {
        get
        {
            lock (_lock)
            {
                return _promised.Count;
            }
        }
    }

    /// <summary>What was decided of an action.</summary>
    internal bool HasCommitted(AtomicActionId action)
    {
        lock (_lock)
        {
            return _committed.Contains(action);
        }
    }

    /// <summary>Meets the group's manager, as it is after each of its starts.</summary>
    internal async Task MeetAsync(GroupFolder group)
    {
        await DisposeAsync();
        _server = CcrServer.Start(
            new CcrServerOptions
            {
                Name = Name(group),
                Kind = "test",
                Incarnation = ++_incarnation,
                ManagerSocket = group.ManagerSocket,
            },
            this);
        await _server.Registered.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public ValueTask<BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation)
    {
        Asked("prepare");
        lock (_lock)
        {
            _promised[branch.Action] = new FoundBranch(
                branch.Action, branch.Branch, branch.Manager, FoundState.Ready);
        }

        return new ValueTask<BranchVote>(BranchVote.Ready);
    }

    public ValueTask<BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation)
    {
        Asked("commit");
        lock (_lock)
        {
            _promised.Remove(branch.Action);
            _committed.Add(branch.Action);
        }

        return new ValueTask<BranchEnd>(BranchEnd.Committed);
    }

    public ValueTask<BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation)
    {
        lock (_lock)
        {
            _promised.Remove(branch.Action);
        }

        return new ValueTask<BranchEnd>(BranchEnd.RolledBack);
    }

    public ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation) =>
        CommitAsync(branch, cancellation);

    public IReadOnlyList<FoundBranch> Found()
    {
        lock (_lock)
        {
            return [.. _promised.Values];
        }
    }

    public async ValueTask DisposeAsync() => await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
}
