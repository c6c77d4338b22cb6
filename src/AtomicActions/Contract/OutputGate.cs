namespace Ccr.AtomicActions.Contract;

/// <summary>
/// The one release rule: a departure leaves when the lane's log is forced up to its <see cref="Departure.After"/>,
/// and departures of one channel leave in the order in which they were made (SEM-14).
/// </summary>
public sealed class OutputGate
{
    private readonly Dictionary<(int Kind, long Id, long Sub), Queue<Departure>> _waiting = [];
    private readonly List<(int Kind, long Id, long Sub)> _order = [];
    private long _forced;

    /// <summary>How many departures wait for the log.</summary>
    public int Waiting { get; private set; }

    /// <summary>Takes a departure; returns true when it may leave at once, else keeps it.</summary>
    public bool Admit(Departure departure)
    {
        (int, long, long) channel = ChannelOf(departure);
        bool behind = _waiting.TryGetValue(channel, out Queue<Departure>? queue);
        if (!behind && departure.After <= _forced)
        {
            return true;
        }

        if (!behind)
        {
            queue = new Queue<Departure>();
            _waiting.Add(channel, queue);
            _order.Add(channel);
        }

        queue!.Enqueue(departure);
        Waiting++;
        return false;
    }

    /// <summary>The log is forced up to <paramref name="position"/>: appends what may leave now, in order.</summary>
    public void Forced(long position, List<Departure> released)
    {
        Invariant.Holds(position >= _forced, "the forced position never goes back");
        _forced = position;
        for (int i = 0; i < _order.Count; i++)
        {
            Release(_order[i], released);
        }

        _order.RemoveAll(channel => !_waiting.ContainsKey(channel));
    }

    private void Release((int, long, long) channel, List<Departure> released)
    {
        Queue<Departure> queue = _waiting[channel];
        while (queue.TryPeek(out Departure? first) && first.After <= _forced)
        {
            released.Add(queue.Dequeue());
            Waiting--;
        }

        if (queue.Count == 0)
        {
            _waiting.Remove(channel);
        }
    }

    private static (int, long, long) ChannelOf(Departure departure) => departure switch
    {
        SendOnLink link => (1, link.Link.Value, link.Association),
        SendToSession session => (2, session.Session.Value, 0),
        SendToNode => (3, 0, 0),
        Traced => (4, 0, 0),
        _ => throw new InvariantException($"{departure.GetType().Name} has no channel"),
    };
}
