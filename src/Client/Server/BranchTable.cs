using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>The branches of this Server.</summary>
internal sealed class BranchTable
{
    private readonly ConcurrentDictionary<BranchKey, BranchSlot> _slots = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<AtomicActionId, List<BranchSlot>> _open = [];

    public ICollection<BranchSlot> All => _slots.Values;

    public bool TryGet(BranchKey key, [NotNullWhen(true)] out BranchSlot? slot) => _slots.TryGetValue(key, out slot);

    public BranchSlot GetOrAdd(BranchKey key, Func<BranchContext> context) =>
        _slots.TryGetValue(key, out BranchSlot? slot)
            ? slot
            : _slots.GetOrAdd(key, static (_, make) => new BranchSlot(make()), context);

    /// <summary>The branch takes requests now; with several of one action, the first one takes them (SEM-11).</summary>
    public void Opened(BranchSlot slot)
    {
        lock (_lock)
        {
            if (!_open.TryGetValue(slot.Context.Action, out List<BranchSlot>? slots))
            {
                _open.Add(slot.Context.Action, slots = new List<BranchSlot>(1));
            }

            slots.Add(slot);
        }
    }

    /// <summary>The branch takes no requests any more.</summary>
    public void Shut(BranchSlot slot)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(slot.Context.Action, out List<BranchSlot>? slots)
                && slots.Remove(slot) && slots.Count == 0)
            {
                _open.Remove(slot.Context.Action);
            }
        }
    }

    /// <summary>Nothing more is known of the branch.</summary>
    public void Remove(BranchSlot slot)
    {
        Shut(slot);
        _slots.TryRemove(new KeyValuePair<BranchKey, BranchSlot>(
            new BranchKey(slot.Context.Action, slot.Context.Branch), slot));
    }

    /// <summary>The branch that takes the requests of an action.</summary>
    public BranchSlot? OpenOf(AtomicActionId action)
    {
        lock (_lock)
        {
            return _open.TryGetValue(action, out List<BranchSlot>? slots) ? slots[0] : null;
        }
    }

    /// <summary>What was found at the start: prepared branches, and outcomes of one phase.</summary>
    public void AddFound(FoundBranch found, IBranchOwner owner)
    {
        BranchSlot slot = GetOrAdd(
            new BranchKey(found.Action, found.Branch),
            () => new BranchContext(owner, found.Action, found.Branch, found.Promised));
        if (slot.Stage != BranchStage.None)
        {
            return;
        }

        slot.Stage = found.State == FoundState.Ready ? BranchStage.Ready : BranchStage.Decided;
        slot.End = found.State == FoundState.Committed ? BranchEnd.Committed : BranchEnd.RolledBack;
    }
}
