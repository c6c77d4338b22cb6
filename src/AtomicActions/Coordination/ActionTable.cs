using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// One branch of one action at this node: the action, and the branch to the superior (null at the root).
/// </summary>
internal readonly record struct BranchKey(AtomicActionId Action, BranchId? Branch);

/// <summary>The paper's transaction queue: the live actions of one lane.</summary>
internal sealed class ActionTable(Lane lane)
{
    private readonly Dictionary<AtomicActionId, List<Coordinator>> _live = [];
    private ulong _lastBranch;

    /// <summary>How many coordinators are live.</summary>
    internal int Count { get; private set; }

    internal IEnumerable<Coordinator> All => _live.Values.SelectMany(c => c);

    internal void Add(Coordinator coordinator)
    {
        if (!_live.TryGetValue(coordinator.Action, out List<Coordinator>? branches))
        {
            _live.Add(coordinator.Action, branches = []);
        }

        branches.Add(coordinator);
        Count++;
    }

    internal void Remove(Coordinator coordinator)
    {
        if (_live.TryGetValue(coordinator.Action, out List<Coordinator>? branches) && branches.Remove(coordinator))
        {
            Count--;
            if (branches.Count == 0)
            {
                _live.Remove(coordinator.Action);
            }
        }
    }

    /// <summary>All branches of an action here; several where its superiors share this node (SEM-11).</summary>
    internal IReadOnlyList<Coordinator> Of(AtomicActionId action) =>
        _live.TryGetValue(action, out List<Coordinator>? branches) ? branches : [];

    /// <summary>The root of an action, when this node is it.</summary>
    internal Coordinator? Root(AtomicActionId action) => Find(action, null);

    internal Coordinator? Find(AtomicActionId action, BranchId? up)
    {
        foreach (Coordinator coordinator in Of(action))
        {
            if (Equals(coordinator.Up?.Id, up))
            {
                return coordinator;
            }
        }

        return null;
    }

    /// <summary>
    /// A branch identifier of ours, unique in the action at this node. An action that has ended here and is forgotten
    /// may come back by another way, also after a restart: so the epoch, and a number that no action begins again.
    /// </summary>
    internal BranchId NextBranch(AtomicActionId action)
    {
        BranchId branch;
        do
        {
            branch = new BranchId(lane.SelfTitle, Suffix.OfCounter(lane.Self.Epoch, ++_lastBranch));
        }
        while (Knows(action, branch)); // sessions name branches of their own

        return branch;
    }

    /// <summary>A live branch of the action is called so.</summary>
    internal bool Knows(AtomicActionId action, BranchId branch)
    {
        foreach (Coordinator coordinator in Of(action))
        {
            if (coordinator.FindLocal(branch) is not null || coordinator.FindRemote(branch) is not null)
            {
                return true;
            }
        }

        return false;
    }
}
