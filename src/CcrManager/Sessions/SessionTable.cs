using System.Collections.Concurrent;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;

namespace Ccr.CcrManager.Sessions;

/// <summary>
/// All sessions. Those that have not said hello, and Clients that have opened nothing yet, stand in the
/// <em>transaction wait queue</em>, which is limited in count and time.
/// </summary>
internal sealed class SessionTable(TimeProvider time)
{
    private readonly ConcurrentDictionary<long, Session> _sessions = new();
    private readonly ConcurrentDictionary<long, Session> _waiting = new();
    private long _lastId;

    /// <summary>How many sessions there are.</summary>
    public int Count => _sessions.Count;

    /// <summary>How many stand in the wait queue.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>A new session's number.</summary>
    public SessionId NextId() => new(Interlocked.Increment(ref _lastId));

    /// <summary>Takes a session into the wait queue; false when that is full.</summary>
    public bool TryAdd(Session session)
    {
        if (_waiting.Count >= ManagerLimits.WaitQueueMax || _sessions.Count >= ManagerLimits.SessionsMax)
        {
            return false;
        }

        _sessions[session.Id.Value] = session;
        _waiting[session.Id.Value] = session;
        return true;
    }

    /// <summary>The session has shown what it is for.</summary>
    public void LeaveWaitQueue(Session session) => _waiting.TryRemove(session.Id.Value, out _);

    /// <summary>The session has ended.</summary>
    public void Remove(Session session)
    {
        _sessions.TryRemove(session.Id.Value, out _);
        _waiting.TryRemove(session.Id.Value, out _);
    }

    /// <summary>The session of a number, or null when it has ended.</summary>
    public Session? Find(SessionId id) => _sessions.TryGetValue(id.Value, out Session? session) ? session : null;

    /// <summary>Closes those that have waited too long.</summary>
    public void CloseLate(int helloTimeoutMs, int openTimeoutMs)
    {
        foreach (Session session in _waiting.Values)
        {
            double waitedMs = time.GetElapsedTime(session.OpenedAt).TotalMilliseconds;
            if (session.Role is null && waitedMs > helloTimeoutMs)
            {
                session.Refuse(0, RefusalCode.Timeout, $"No hello came within {helloTimeoutMs} ms: connect again.");
                session.Connection.Close($"It said no hello within {helloTimeoutMs} ms.");
            }
            else if (waitedMs > openTimeoutMs)
            {
                session.Refuse(0, RefusalCode.Timeout, $"Nothing was opened within {openTimeoutMs} ms: connect again.");
                session.Connection.Close($"It opened nothing within {openTimeoutMs} ms.");
            }
        }
    }

    /// <summary>Closes all.</summary>
    public void CloseAll(string reason)
    {
        foreach (Session session in _sessions.Values)
        {
            session.Connection.Close(reason);
        }
    }
}
