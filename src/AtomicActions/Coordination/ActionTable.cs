using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// One branch of one action at this node: the action, and the branch to the superior (null at the root).
/// </summary>
internal readonly record struct BranchKey(AtomicActionId Action, BranchId? Branch);

/// <summary>The paper's transaction queue: the live actions of one lane.</summary>
internal sealed class ActionTable(Lane lane)
{
    private readonly Dictionary<AtomicActionId, Entry> _entries = [];

    /// <summary>How many coordinators are live.</summary>
    internal int Count { get; private set; }

    internal IEnumerable<Coordinator> All => _entries.Values.SelectMany(e => e.Coordinators);

    internal void Add(Coordinator coordinator)
    {
        EntryOf(coordinator.Action).Coordinators.Add(coordinator);
        Count++;
    }

    internal void Remove(Coordinator coordinator)
    {
        if (_entries.TryGetValue(coordinator.Action, out Entry? entry) && entry.Coordinators.Remove(coordinator))
        {
            Count--;
            if (entry.Coordinators.Count == 0)
            {
                _entries.Remove(coordinator.Action);
            }
        }
    }

    /// <summary>All branches of an action here; several where its superiors share this node (SEM-11).</summary>
    internal IReadOnlyList<Coordinator> Of(AtomicActionId action) =>
        _entries.TryGetValue(action, out Entry? entry) ? entry.Coordinators : [];

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

    /// <summary>A branch identifier of ours, unique in the action at this node whatever the superiors.</summary>
    internal BranchId NextBranch(AtomicActionId action) =>
        new(lane.SelfTitle, Suffix.OfInteger(++EntryOf(action).LastBranch));

    /// <summary>A branch identifier that a log record holds: it is not given again.</summary>
    internal void Used(AtomicActionId action, BranchId branch)
    {
        Entry entry = EntryOf(action);
        entry.LastBranch = Math.Max(entry.LastBranch, branch.Suffix.Integer);
    }

    private Entry EntryOf(AtomicActionId action)
    {
        if (!_entries.TryGetValue(action, out Entry? entry))
        {
            _entries.Add(action, entry = new Entry());
        }

        return entry;
    }

    private sealed class Entry
    {
        internal List<Coordinator> Coordinators { get; } = [];

        internal long LastBranch { get; set; }
    }
}
