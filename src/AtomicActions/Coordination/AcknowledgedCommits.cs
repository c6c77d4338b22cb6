using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// The last so many commits that their Clients have acknowledged. Without a record the presumption would call them
/// rolled back; a question about one of them is answered "forgotten" instead (SEM-1). Known since the last start only.
/// </summary>
internal sealed class AcknowledgedCommits(int most)
{
    private readonly HashSet<AtomicActionId> _known = [];
    private readonly Queue<AtomicActionId> _oldestFirst = [];

    internal bool Contains(AtomicActionId action) => _known.Contains(action);

    internal void Add(AtomicActionId action)
    {
        if (_known.Add(action))
        {
            _oldestFirst.Enqueue(action);
        }

        if (_known.Count > most)
        {
            _known.Remove(_oldestFirst.Dequeue());
        }
    }
}
