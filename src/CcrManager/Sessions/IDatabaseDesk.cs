using Ccr.Protocol.Messages;

namespace Ccr.CcrManager;

/// <summary>Answers what Clients and operators ask about the databases of a node.</summary>
public interface IDatabaseDesk
{
    /// <summary>
    /// Takes register-database, ask-orphans, resolve-orphan or scan-databases. It must not wait: it calls
    /// <paramref name="answer"/> later, from any thread.
    /// </summary>
    void Take(SessionMessage message, Action<SessionMessage> answer);
}
