using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Client;

/// <summary>
/// Outcomes that have arrived and may be forgotten (SEM-1). They ride along with the next message; alone they go after
/// a short delay, when many have gathered, and at the end. One that is lost costs the manager some space for some time.
/// </summary>
internal sealed class AcknowledgeQueue : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Func<ManagerSession?> _session;
    private readonly TimeSpan _delay;
    private readonly ITimer _timer;
    private List<AtomicActionId> _waiting = [];
    private bool _timed;

    public AcknowledgeQueue(TimeSpan delay, TimeProvider time, Func<ManagerSession?> session)
    {
        _delay = delay;
        _session = session;
        _timer = time.CreateTimer(
            static queue => ((AcknowledgeQueue)queue!).SendAlone(), this,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(AtomicActionId action)
    {
        bool now;
        lock (_lock)
        {
            _waiting.Add(action);
            now = _waiting.Count >= ClientLimits.AcknowledgeBatch;
            if (!now && !_timed)
            {
                _timed = true;
                _timer.Change(_delay, Timeout.InfiniteTimeSpan);
            }
        }

        if (now)
        {
            SendAlone();
        }
    }

    /// <summary>Puts what waits into the out buffer of a session that is about to send something else.</summary>
    public void RideAlong(ManagerSession session)
    {
        lock (_lock)
        {
            if (_waiting.Count > 0 && !session.IsLost)
            {
                session.Send(new Acknowledge(_waiting));
                _waiting = [];
            }
        }
    }

    /// <summary>Sends what waits, for the last time.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        SendAlone();
    }

    private void SendAlone()
    {
        ManagerSession? session = _session();
        lock (_lock)
        {
            _timed = false;
            if (session is null)
            {
                Bound();
                return;
            }
        }

        RideAlong(session);
        session.Flush();
    }

    /// <summary>Without a session the oldest are given up: the manager forgets them in its own time.</summary>
    private void Bound()
    {
        int surplus = _waiting.Count - (100 * ClientLimits.AcknowledgeBatch);
        if (surplus > 0)
        {
            _waiting.RemoveRange(0, surplus);
        }
    }
}
