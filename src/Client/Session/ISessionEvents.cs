using Ccr.Protocol.Messages;

namespace Ccr.Client;

/// <summary>What a session tells its owner, on the receiving thread: an implementation must not block.</summary>
internal interface ISessionEvents
{
    /// <summary>A message that answers no request of ours, or one that its asker no longer waits for.</summary>
    void OnMessage(ManagerSession session, SessionMessage message);

    /// <summary>An answer is about to be given to the one who waits for it.</summary>
    void OnAnswer(ManagerSession session, SessionMessage message)
    {
    }

    /// <summary>All messages received so far have been given.</summary>
    void OnBatchEnd(ManagerSession session)
    {
    }

    /// <summary>The session has ended; called once, and before those who wait for answers are told.</summary>
    void OnLost(ManagerSession session, string reason);
}

/// <summary>The session broke while an answer was awaited: whether the request was carried out is unknown.</summary>
internal sealed class SessionLostException(string reason) : Exception(reason);
