using Ccr.AtomicActions.Contract;
using Ccr.Invariants;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>A connection of a Client, a Server, the Location Server or an operator.</summary>
internal sealed class SimSession(SessionId id, SimEnd end)
{
    internal SessionId Id { get; } = id;

    internal SimEnd End { get; } = end;

    internal SessionRole? Role { get; set; }

    internal bool IsDown { get; set; }
}

/// <summary>The sessions of a manager, by the rules of its CommunicationCoordinator and ServerRegistry.</summary>
internal sealed class SimSessions(SimManager manager) : IListener, IEndUser
{
    private readonly SortedDictionary<long, SimSession> _sessions = [];
    private readonly Dictionary<string, (long Incarnation, SimSession? Session)> _servers = new(StringComparer.Ordinal);
    private Refusal? _notAdmitted;
    private readonly HashSet<AtomicActionId> _toldRolledBack = [];
    private SimSession? _location;
    private long _lastId;
    private ulong _lastAction;

    public SimProcess Owner => manager;

    internal SimSession? Location => _location is { IsDown: false } ? _location : null;

    public IEndUser Accept(SimEnd end)
    {
        SimSession session = new(new SessionId(++_lastId), end);
        end.Tag = session;
        _sessions.Add(session.Id.Value, session);
        return this;
    }

    /// <summary>A message leaves a lane; null when its session has ended.</summary>
    internal SimEnd? Send(SendToSession send)
    {
        if (!_sessions.TryGetValue(send.Session.Value, out SimSession? session))
        {
            return null;
        }

        SessionMessage message = send.Message;
        session.End.Send(message, () => Left(session, message));
        return session.End;
    }

    internal bool IsConnected(string server) =>
        _servers.TryGetValue(server, out (long, SimSession? Session) known) && known.Session is { IsDown: false };

    internal void Admit(Refusal? why)
    {
        _notAdmitted = why;
        manager.PostAll(new Admission(why));
    }

    internal void TellPeers()
    {
        if (Location is { } location)
        {
            location.End.Send(new Peers(manager.Links.Peers.Known));
            location.End.Flush();
        }
    }

    public void OnFrame(SimEnd end, ReadOnlySpan<byte> frame)
    {
        SimSession session = (SimSession)end.Tag!;
        manager.World.Transcript.Mix(frame);
        SessionMessage message = SessionMessage.Decode(frame, out BerStatus status)
            ?? throw new SimulationException($"WIRE: A frame of a session cannot be read back: {status}");
        if (session.Role is null)
        {
            Hello hello = (Hello)message;
            session.Role = hello.Role;
            end.Send(new Welcome(1, manager.Self));
            if (hello.Role == SessionRole.Location)
            {
                _location = session;
                manager.Links.LocationIs(hello.Address ?? "");
                TellPeers();
                manager.Locating.LocationUp(session);
            }
        }
        else
        {
            Take(session, message);
        }
    }

    public void OnBatchEnd(SimEnd end) => end.Flush();

    public void OnClosed(SimEnd end, string reason) => End((SimSession)end.Tag!);

    private void End(SimSession session)
    {
        if (session.IsDown)
        {
            return;
        }

        session.IsDown = true;
        _sessions.Remove(session.Id.Value);
        manager.PostAll(new SessionDown(session.Id));
        foreach ((string server, (long incarnation, SimSession? by)) in _servers.ToArray())
        {
            if (ReferenceEquals(by, session))
            {
                _servers[server] = (incarnation, null);
            }
        }
    }

    private void Left(SimSession session, SessionMessage message)
    {
        SimWorld world = manager.World;
        world.Coverage.Session(message);
        if (session.Role == SessionRole.Client)
        {
            world.Checker.See(new ClientTold(manager.Node.Name, message));
            if (message is RolledBack told)
            {
                _toldRolledBack.Add(told.Action);
            }
        }
        else if (session.Role == SessionRole.Server && message is BranchMessage order)
        {
            world.Checker.See(new ServerOrdered(manager.Node.Name, order));
            NotLive(order);
        }
    }

    // A scan never rolls back what somebody still works for (SEM-9).
    private void NotLive(BranchMessage order)
    {
        if (order is RollbackBranch && !_toldRolledBack.Contains(order.Action)
            && manager.World.Nodes.Any(n => n.Databases.Any(d => d.Name == order.Server))
            && manager.World.Truth.Of(order.Action).Client is { } owner && owner.WorksAtDatabasesWith(manager))
        {
            throw new SimulationException(
                $"SEM-9: {order.Server} is told to roll back {order.Action}, and {owner.Name} still works for it.");
        }
    }

    private void Take(SimSession session, SessionMessage message)
    {
        manager.World.Coverage.Session(message);
        switch (message)
        {
            case TransOpen open:
                Open(session, open);
                break;
            case Acknowledge acknowledge:
                foreach (AtomicActionId action in acknowledge.Actions)
                {
                    manager.LaneOf(action).Post(new SessionReceived(session.Id, new Acknowledge([action])));
                }

                break;
            case Register register:
                Register(session, register);
                break;
            case Found found when Speaks(session, found.Server):
                SplitFound(session, found);
                break;
            case Located located:
                manager.Locating.Take(located);
                break;
            case ResetNode reset:
                manager.Links.Peers.Reset(reset.Node);
                manager.Node.SavedPeers = manager.Links.Peers.ToSave;
                session.End.Send(new Accomplished(reset.Reference, ""));
                break;
            case LeaseActions lease:
                Lease(session, lease);
                break;
            case Enlist { Branch: null } or Prepared { Branch: null } when session.Role == SessionRole.Client:
            case Done when !Speaks(session, ((Done)message).Server):
                AtomicActionId own = ((IActionMessage)message).Action;
                manager.LaneOf(own).Post(new SessionReceived(session.Id, message));
                break;
            case BranchMessage answer when !Speaks(session, answer.Server):
                session.End.Close("It does not speak for that Server.");
                break;
            case IActionMessage about:
                manager.LaneOf(about.Action).Post(new SessionReceived(session.Id, message));
                break;
            default:
                throw new SimulationException($"HOST: A {session.Role} sent {message.GetType().Name}.");
        }
    }

    private bool Speaks(SimSession session, string server) =>
        _servers.TryGetValue(server, out (long, SimSession? Session) known) && ReferenceEquals(known.Session, session);

    private void Open(SimSession session, TransOpen open)
    {
        if (_notAdmitted is { } why)
        {
            session.End.Send(new RequestRefused(open.Reference, why));
            return;
        }

        AtomicActionId action = new(
            AeTitle.Of(manager.Node.Name), Suffix.OfCounter(manager.Self.Epoch, ++_lastAction));
        manager.LaneOf(action).Post(new TransOpenReceived(session.Id, open, action));
    }

    private void Lease(SimSession session, LeaseActions lease)
    {
        if (_notAdmitted is { } why)
        {
            session.End.Send(new RequestRefused(lease.Reference, why));
            return;
        }

        long first = (long)_lastAction + 1;
        _lastAction += (ulong)lease.Count;
        manager.PostAll(new ActionsLeased(session.Id, first, lease.Count, lease.Lowest));
        session.End.Send(new Leased(lease.Reference, manager.Self.Epoch, first, lease.Count));
    }

    private void Register(SimSession session, Register register)
    {
        if (_servers.TryGetValue(register.Server, out (long Incarnation, SimSession? Session) known))
        {
            bool twice = known.Incarnation == register.Incarnation && known.Session is { IsDown: false }
                && !ReferenceEquals(known.Session, session);
            if (register.Incarnation < known.Incarnation || twice)
            {
                session.End.Send(new RequestRefused(
                    register.Reference, new Refusal(RefusalCode.StaleIdentity, "It is known with another start.")));
                return;
            }
        }

        SimSession? replaced = ReferenceEquals(known.Session, session) ? null : known.Session;
        if (replaced is { IsDown: false })
        {
            replaced.IsDown = true;
            manager.PostAll(new SessionDown(replaced.Id));
        }

        manager.PostAll(new ServerUp(
            session.Id, register.Server, register.Incarnation, register.Addresses,
            register.Kind.StartsWith("database", StringComparison.Ordinal)));
        _servers[register.Server] = (register.Incarnation, session);
        if (replaced is not null)
        {
            _sessions.Remove(replaced.Id.Value);
            replaced.End.Close($"Server {register.Server} has registered with a newer incarnation.");
        }

        manager.Locating.ServerUp(register.Server);
        session.End.Send(new Registered(register.Reference, manager.Self));
    }

    private void SplitFound(SimSession session, Found found)
    {
        for (int i = 0; i < manager.Lanes.Length; i++)
        {
            FoundBranch[] part = [.. found.Branches.Where(b => b.Action.LaneOf(manager.Lanes.Length) == i)];
            if (part.Length > 0 || found.Last)
            {
                manager.Lanes[i].Post(new SessionReceived(session.Id, new Found(found.Server, part, found.Last)));
            }
        }
    }
}
