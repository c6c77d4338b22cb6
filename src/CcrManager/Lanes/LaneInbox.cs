using System.Collections.Concurrent;

namespace Ccr.CcrManager.Lanes;

/// <summary>
/// A lane's inbox, and the rule by which exactly one thread at a time works for the lane: whoever posts tries to
/// become that thread. So an idle lane is run by the thread that received the octets (no other thread has to be
/// woken, which is what a message would cost most), and a busy lane is left to the thread that has it, which will see
/// the new input before it leaves. A thread that only came to post does a few turns and then passes the lane to a
/// pool thread, so that a socket or the log is never kept waiting for the work of others.
/// With many actions under way the lane <see cref="Gathers"/>: each turn queues in the thread pool, behind the sockets
/// that are ready to be read, so that it finds more to do at once.
/// </summary>
/// <remarks>
/// No input is forgotten: the working thread gives the lane up first and looks into the inbox once more afterwards;
/// a poster puts its input in first and looks whether the lane is free afterwards. One of the two sees the other.
/// </remarks>
internal sealed class LaneInbox(Action turn) : IThreadPoolWorkItem
{
    // A thread inside a turn never begins another lane's turn: the first lane would wait for the second.
    [ThreadStatic]
    private static bool s_inTurn;

    private readonly ConcurrentQueue<InboxItem> _items = new();
    private int _taken;

    /// <summary>
    /// True: throughput counts more than the time of one action, so each turn waits for others to post.
    /// </summary>
    public bool Gathers { get; set; }

    /// <summary>How many inputs wait.</summary>
    public int Count => _items.Count;

    /// <summary>Puts an input in; a <see cref="Kick"/> has to follow.</summary>
    public void Enqueue(in InboxItem item) => _items.Enqueue(item);

    /// <summary>The next input; only the thread that works for the lane calls this.</summary>
    public bool TryDequeue(out InboxItem item) => _items.TryDequeue(out item);

    /// <summary>Sees to it that somebody works for the lane: this thread when nobody does.</summary>
    public void Kick()
    {
        if (_items.IsEmpty || Interlocked.CompareExchange(ref _taken, 1, 0) != 0)
        {
            return;
        }

        if (s_inTurn || Gathers)
        {
            PassToPool();
        }
        else
        {
            Work(ManagerLimits.InlineTurnsMax);
        }
    }

    /// <summary>A pool thread's share of the work.</summary>
    void IThreadPoolWorkItem.Execute() => Work(ManagerLimits.PoolTurnsMax);

    private void Work(int turnsMax)
    {
        s_inTurn = true;
        try
        {
            do
            {
                for (int turns = 0; !_items.IsEmpty; turns++)
                {
                    if (turns == turnsMax || (turns > 0 && Gathers))
                    {
                        PassToPool();
                        return;
                    }

                    turn();
                }

                Interlocked.Exchange(ref _taken, 0);
            }
            while (!_items.IsEmpty && Interlocked.CompareExchange(ref _taken, 1, 0) == 0);
        }
        finally
        {
            s_inTurn = false;
        }
    }

    private void PassToPool() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
}
