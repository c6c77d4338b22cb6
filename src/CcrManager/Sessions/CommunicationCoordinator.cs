using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Lanes;
using Ccr.Protocol;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager.Sessions;

/// <summary>
/// Watches all connections of this node's Clients, Servers, Location Server and operators, and hands each message to
/// whom it concerns: mostly to the lane of its atomic action. Who breaks the protocol loses the connection, and
/// nobody else loses anything.
/// </summary>
internal sealed class CommunicationCoordinator(
    ManagerIdentity self, SessionTable sessions, LaneSet lanes, SessionDesks desks, CcrManagerOptions options,
    TimeProvider time, ILogger logger) : IFrameSink
{
    private readonly Lock _waiting = new();
    private List<(Session Session, Hello Hello)>? _clients;
    private Refusal? _notAdmitted;

    /// <summary>
    /// Before it listens: Clients wait for their welcome until <see cref="LetClientsIn"/>, so that whoever opens an
    /// action finds the Servers that start with the manager.
    /// </summary>
    public void KeepClientsWaiting() => _clients = [];

    /// <summary>Clients that wait are welcome, and those who come.</summary>
    public void LetClientsIn()
    {
        List<(Session Session, Hello Hello)> waiting;
        lock (_waiting)
        {
            waiting = _clients ?? [];
            _clients = null;
        }

        foreach ((Session session, Hello hello) in waiting.Where(w => !w.Session.IsDown))
        {
            Welcome(session, hello);
            session.Connection.Flush();
        }
    }

    /// <summary>From now on new sessions and new actions are refused for this reason; null: welcome again.</summary>
    public void Admit(Refusal? why)
    {
        Volatile.Write(ref _notAdmitted, why);
        lanes.PostAll(new Admission(why));
    }

    /// <inheritdoc/>
    public void OnOpened(FramedConnection connection)
    {
        Session session = new(sessions.NextId(), connection, time.GetTimestamp());
        connection.Tag = session;
        if (!sessions.TryAdd(session))
        {
            session.TrySetDown();
            session.Refuse(
                0, RefusalCode.Limit, "Too many sessions are open or waiting at this manager: try again later.");
            connection.Close("too many sessions are open or waiting.");
        }
    }

    /// <inheritdoc/>
    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        Session session = (Session)connection.Tag!;
        if (session.IsDown)
        {
            return;
        }

        SessionMessage? message = SessionMessage.Decode(frame, out BerStatus status);
        if (message is null)
        {
            Break(session, $"It sent a frame that is no message of a session. {status}");
        }
        else if (session.Role is null)
        {
            TakeHello(session, message);
        }
        else if (!Take(session, message, frame.Length))
        {
            Break(session, $"A {session.Role} may not send {Failpoints.KindOf(message)}.");
        }
    }

    /// <inheritdoc/>
    public void OnBatchEnd(FramedConnection connection)
    {
        lanes.Kick();
        connection.Flush();
    }

    /// <inheritdoc/>
    public void OnClosed(FramedConnection connection, string reason)
    {
        Session session = (Session)connection.Tag!;
        ManagerLog.SessionEnded(logger, session.ToString(), reason);
        End(session);
        lanes.Kick();
    }

    /// <summary>Every so often: ends what has waited too long.</summary>
    public void Tick()
    {
        sessions.CloseLate(options.HelloTimeoutMs, options.OpenTimeoutMs);
        desks.Locator.EndLate();
    }

    /// <summary>Tells everybody that a session is gone, once.</summary>
    private void End(Session session)
    {
        if (session.TrySetDown())
        {
            lanes.EnqueueAll(new SessionDown(session.Id));
            Forget(session);
        }
    }

    private void Forget(Session session)
    {
        sessions.Remove(session);
        desks.SessionEnded(session);
    }

    private void TakeHello(Session session, SessionMessage message)
    {
        if (message is not Hello hello)
        {
            Break(session, $"Its first message was {Failpoints.KindOf(message)}, where hello is due.");
        }
        else if (hello.Version != ManagerLimits.ProtocolVersion)
        {
            Break(
                session,
                $"It speaks version {hello.Version} of CCR-Session, and this manager version "
                + $"{ManagerLimits.ProtocolVersion}: use programs of one release.");
        }
        else if (!Enum.IsDefined(hello.Role))
        {
            Break(session, $"This manager knows no role {(int)hello.Role}: use programs of one release.");
        }
        else if (Volatile.Read(ref _notAdmitted) is { Code: RefusalCode.Stopping } why
            && hello.Role != SessionRole.Operator)
        {
            session.Send(new RequestRefused(0, why));
            session.Connection.Close(why.Text);
        }
        else if (hello.Role != SessionRole.Client || !MustWait(session, hello))
        {
            Welcome(session, hello);
        }
    }

    private bool MustWait(Session session, Hello hello)
    {
        lock (_waiting)
        {
            if (_clients is { } clients && clients.TrueForAll(w => w.Session != session))
            {
                clients.Add((session, hello));
            }

            return _clients is not null;
        }
    }

    private void Welcome(Session session, Hello hello)
    {
        session.Role = hello.Role;
        session.Program = hello.Program;
        if (hello.Role != SessionRole.Client)
        {
            sessions.LeaveWaitQueue(session);
        }

        session.Connection.Send(new Welcome(ManagerLimits.ProtocolVersion, self));
        ManagerLog.SessionBegun(logger, session.ToString());
        if (hello.Role == SessionRole.Location)
        {
            desks.LocationArrived(session, hello.Address ?? "");
        }
    }

    private bool Take(Session session, SessionMessage message, int octets) => session.Role switch
    {
        SessionRole.Client => TakeFromClient(session, message, octets),
        SessionRole.Server => TakeFromServer(session, message, octets),
        SessionRole.Location => desks.TakeFromLocation(session, message),
        SessionRole.Operator => TakeFromOperator(session, message, octets),
        _ => false,
    };

    private bool TakeFromClient(Session session, SessionMessage message, int octets)
    {
        switch (message)
        {
            case TransOpen open:
                Open(session, open, octets);
                return true;
            case Acknowledge acknowledge:
                Acknowledged(session, acknowledge, octets);
                return true;
            case TransOpenSub or TransClose or TransRollback or AskOutcome or Done:
            case Enlist { Branch: null } or Prepared { Branch: null }:
                ToLane(session, ((IActionMessage)message).Action, message, octets);
                return true;
            case LeaseActions lease:
                Lease(session, lease);
                return true;
            default:
                return desks.TakeAboutDatabases(session, message);
        }
    }

    private bool TakeFromServer(Session session, SessionMessage message, int octets)
    {
        switch (message)
        {
            case Register register:
                Register(session, register);
                return true;
            case Found found when desks.Registry.Speaks(session, found.Server):
                SplitFound(session, found, octets);
                return true;
            case Begun or Ready or NoChange or BranchRefused or Done:
                BranchMessage answer = (BranchMessage)message;
                if (!MaySay(session, answer))
                {
                    return false;
                }

                ToLane(session, answer.Action, message, octets);
                return true;
            case TransOpenSub or AskOutcome:
            case Enlist { Branch: not null } or Prepared { Branch: not null }:
                ToLane(session, ((IActionMessage)message).Action, message, octets);
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// The owner of an application branch says Done in its database's name, and it alone may leave the branch to
    /// another.
    /// </summary>
    private bool MaySay(Session session, BranchMessage answer) => desks.Registry.Speaks(session, answer.Server)
        ? answer is not Done { Outcome: DoneOutcome.HandedOver }
        : answer is Done;

    private bool TakeFromOperator(Session session, SessionMessage message, int octets)
    {
        switch (message)
        {
            case ForgetDamage when desks.TakeFromOperator(session, message):
                return true; // it was about an action that is set aside
            case Resolve or ForgetDamage or AskOutcome:
                ToLane(session, ((IActionMessage)message).Action, message, octets);
                return true;
            default:
                return desks.TakeAboutDatabases(session, message) || desks.TakeFromOperator(session, message);
        }
    }

    /// <summary>Every lane knows of a lease before its session does (SEM-9).</summary>
    private void Lease(Session session, LeaseActions lease)
    {
        Refusal? why = Volatile.Read(ref _notAdmitted);
        if (why is null && !session.TryLease(lease.Count, lease.Lowest))
        {
            why = new Refusal(RefusalCode.Limit,
                $"A session holds at most {Limits.LeasesPerSessionMax} leases: say in 'lowest' which are used up.");
        }

        if (why is not null)
        {
            session.Connection.Send(new RequestRefused(lease.Reference, why));
            return;
        }

        HasOpened(session);
        long first = desks.Numbers.NextBlock(lease.Count);
        session.Leased(first, lease.Count);
        lanes.EnqueueAll(new ActionsLeased(session.Id, first, lease.Count, lease.Lowest));
        session.Connection.Send(new Leased(lease.Reference, desks.Numbers.Epoch, first, lease.Count));
    }

    private void HasOpened(Session session)
    {
        if (!session.HasOpened)
        {
            session.HasOpened = true;
            sessions.LeaveWaitQueue(session);
        }
    }

    /// <summary>
    /// TransOpen: the action gets its identifier, and by it its lane; the session leaves the wait queue.
    /// </summary>
    private void Open(Session session, TransOpen open, int octets)
    {
        if (Volatile.Read(ref _notAdmitted) is { } why)
        {
            session.Connection.Send(new RequestRefused(open.Reference, why));
            return;
        }

        AtomicActionId action = desks.Numbers.Next();
        LaneHost lane = lanes.Of(action);
        if (lane.Waiting > ManagerLimits.LaneInputsHighWater)
        {
            session.Connection.Send(new RequestRefused(open.Reference, new Refusal(
                RefusalCode.Limit,
                $"{ManagerLimits.LaneInputsHighWater} messages wait in a lane of this manager, which is the limit: "
                + "try again later.")));
            return;
        }

        HasOpened(session);
        Enqueue(session, lane, new TransOpenReceived(session.Id, open, action), octets);
    }

    private void Acknowledged(Session session, Acknowledge acknowledge, int octets)
    {
        foreach (IGrouping<LaneHost, AtomicActionId> part in acknowledge.Actions.GroupBy(lanes.Of))
        {
            Enqueue(session, part.Key, new SessionReceived(session.Id, new Acknowledge([.. part])), octets);
        }
    }

    private void Register(Session session, Register register)
    {
        Session? replaced = null;
        Refusal? refusal = desks.Registry.Register(session, register, before =>
        {
            replaced = before;
            if (before?.TrySetDown() == true)
            {
                lanes.EnqueueAll(new SessionDown(before.Id));
            }

            lanes.EnqueueAll(new ServerUp(
                session.Id, register.Server, register.Incarnation, register.Addresses,
                register.Kind.StartsWith(ManagerLimits.DatabaseKind, StringComparison.Ordinal)));
        });
        if (refusal is not null)
        {
            ManagerLog.ServerRefused(logger, register.Server, refusal.Text);
            session.Connection.Send(new RequestRefused(register.Reference, refusal));
            return;
        }

        if (replaced is not null)
        {
            Forget(replaced);
            replaced.Connection.Close($"Server {register.Server} has registered with a newer incarnation.");
        }

        ManagerLog.ServerRegistered(logger, register.Server, register.Incarnation);
        desks.Locator.ServerUp(register.Server);
        session.Connection.Send(new Registered(register.Reference, self));
    }

    /// <summary>
    /// Each lane is told what was found of its own actions, and every lane when that was all (SEM-3).
    /// </summary>
    private void SplitFound(Session session, Found found, int octets)
    {
        List<FoundBranch>?[] parts = new List<FoundBranch>?[lanes.Count];
        foreach (FoundBranch branch in found.Branches)
        {
            (parts[branch.Action.LaneOf(lanes.Count)] ??= []).Add(branch);
        }

        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i] is not null || found.Last)
            {
                Found part = new(found.Server, parts[i] ?? [], found.Last);
                Enqueue(session, lanes[i], new SessionReceived(session.Id, part), octets);
            }
        }
    }

    private void ToLane(Session session, AtomicActionId action, SessionMessage message, int octets) =>
        Enqueue(session, lanes.Of(action), new SessionReceived(session.Id, message), octets);

    private void Enqueue(Session session, LaneHost lane, Input input, int octets)
    {
        if (session.Inflow.TryTake(octets))
        {
            lane.Enqueue(input, session.Inflow, octets);
        }
        else
        {
            Break(session, "It sends faster than it can be served, and more waits than the limit allows.");
        }
    }

    private void Break(Session session, string why)
    {
        ManagerLog.SessionBroken(logger, session.ToString(), why);
        session.Refuse(0, RefusalCode.ProtocolError, why);
        session.Connection.Close(why);
    }
}
