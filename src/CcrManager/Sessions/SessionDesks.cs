using Ccr.CcrManager.Links;
using Ccr.CcrManager.Operator;
using Ccr.Protocol.Messages;

namespace Ccr.CcrManager.Sessions;

/// <summary>Where messages of sessions go that concern no lane.</summary>
internal sealed class SessionDesks(
    ActionNumbers numbers, ServerRegistry registry, Locator locator, LinkTable links, OperatorDesk operators)
{
    private IDatabaseDesk? _databases;

    public ActionNumbers Numbers { get; } = numbers;

    public ServerRegistry Registry { get; } = registry;

    public Locator Locator { get; } = locator;

    /// <summary>The Location Server of this node has connected: it is told the peers, and they its address.</summary>
    public void LocationArrived(Session session, string address)
    {
        Session? before = Locator.Location;
        Locator.LocationUp(session, () => links.LocationServer(address, peers => session.Send(peers)));
        before?.Connection.Close("A newer Location Server of this node has connected.");
    }

    /// <summary>The Location Server's messages: its answers alone.</summary>
    public bool TakeFromLocation(Session session, SessionMessage message)
    {
        if (message is not Located located)
        {
            return false;
        }

        if (Locator.Location == session)
        {
            Locator.Take(located);
        }

        return true;
    }

    /// <summary>What Clients and operators ask about this node's databases; null where it hosts none.</summary>
    public IDatabaseDesk? Databases
    {
        get => Volatile.Read(ref _databases);
        set => Volatile.Write(ref _databases, value);
    }

    /// <summary>False when the message is not about databases.</summary>
    public bool TakeAboutDatabases(Session session, SessionMessage message)
    {
        if (message is not (RegisterDatabase or AskOrphans or ResolveOrphan or ScanDatabases))
        {
            return false;
        }

        if (Databases is { } databases)
        {
            databases.Take(message, session.Send);
        }
        else
        {
            session.Refuse(((IReferenceMessage)message).Reference, RefusalCode.NotPermitted,
                "This manager hosts no databases: start it as ccr-manager, or add them to the host (AddCcrDatabases).");
        }

        return true;
    }

    /// <summary>Operator's messages that concern no action's lane.</summary>
    public bool TakeFromOperator(Session session, SessionMessage message) => operators.Take(session, message);

    /// <summary>A session has ended.</summary>
    public void SessionEnded(Session session)
    {
        Registry.SessionEnded(session);
        if (Locator.Location == session)
        {
            links.LocationServer(null, null);
        }

        Locator.SessionEnded(session);
    }
}
