using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Redo;

namespace Ccr.Resources.Files.Store;

/// <summary>The branches that ended last in this incarnation, so that a repeated order is answered as before.</summary>
internal sealed class EndedBranches
{
    private readonly Lock _gate = new();
    private readonly Queue<BranchKey> _order = new();
    private readonly Dictionary<BranchKey, DoneOutcome> _outcomes = [];
    private readonly Dictionary<AtomicActionId, int> _actions = [];

    internal void Add(BranchKey key, DoneOutcome outcome)
    {
        lock (_gate)
        {
            if (!_outcomes.TryAdd(key, outcome))
            {
                return;
            }

            _order.Enqueue(key);
            _actions[key.Action] = _actions.GetValueOrDefault(key.Action) + 1;
            if (_order.Count > FileLimits.EndedBranchesMax)
            {
                Drop(_order.Dequeue());
            }
        }
    }

    internal DoneOutcome? Find(BranchKey key)
    {
        lock (_gate)
        {
            return _outcomes.TryGetValue(key, out DoneOutcome outcome) ? outcome : null;
        }
    }

    internal bool Knows(AtomicActionId action)
    {
        lock (_gate)
        {
            return _actions.ContainsKey(action);
        }
    }

    private void Drop(BranchKey oldest)
    {
        _outcomes.Remove(oldest);
        int left = _actions[oldest.Action] - 1;
        if (left == 0)
        {
            _actions.Remove(oldest.Action);
        }
        else
        {
            _actions[oldest.Action] = left;
        }
    }
}
