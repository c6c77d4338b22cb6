using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Transport;

namespace Ccr.CcrManager.Lanes;

/// <summary>
/// The single-threaded event loop of one lane. In a turn it takes what is in the inbox and steps the core with it; at
/// the end of the turn it hands all records to the log at once and flushes each connection that it wrote to once.
/// So the busier the manager is, the more every force and every send carries.
/// </summary>
internal sealed class LaneHost : IDisposable
{
    private readonly ILaneCore _core;
    private readonly LaneSurroundings _around;
    private readonly LaneInbox _inbox;
    private readonly LaneDeadlines _deadlines;
    private readonly OutputGate _gate = new();
    private readonly SteadyClock _clock;
    private readonly ForcedRecords? _forcedRecords;

    private readonly List<Output> _outputs = [];
    private readonly List<Departure> _released = [];
    private readonly List<DeadlineId> _reached = [];
    private readonly List<Traced> _traced = [];
    private readonly HashSet<FramedConnection> _touched = [];
    private readonly List<object> _sentKinds = [];
    private readonly List<(LogContent Content, bool Forced)> _records = [];
    private long _position;
    private DateTimeOffset _turnBegan;
    private long _forcedWanted;
    private long _forced;
    private volatile bool _silent;

    public LaneHost(int index, ILaneCore core, LaneSurroundings around)
    {
        Index = index;
        _core = core;
        _around = around;
        _clock = new SteadyClock(around.Time);
        _inbox = new LaneInbox(Turn);
        _deadlines = new LaneDeadlines(around.Time, () => Post(DeadlinesDue.Instance));
        _forcedRecords = around.Failpoints.Active ? new ForcedRecords(around.Failpoints) : null;
    }

    /// <summary>Which lane this is.</summary>
    public int Index { get; }

    /// <summary>What went in and out of this lane so far.</summary>
    public TrafficCounters Traffic { get; } = new();

    /// <summary>How many inputs wait.</summary>
    public int Waiting => _inbox.Count;

    /// <summary>How many departures wait for the log; asked on the lane's thread.</summary>
    public int WaitingForLog => _gate.Waiting;

    /// <summary>Puts an input into the inbox; a <see cref="Kick"/> has to follow.</summary>
    public void Enqueue(Input input, Inflow? from = null, int octets = 0) =>
        _inbox.Enqueue(new InboxItem(input, from, octets));

    /// <summary>Sees to it that the inbox is worked on.</summary>
    public void Kick() => _inbox.Kick();

    /// <summary>Puts an input into the inbox and sees to it that it is worked on.</summary>
    public void Post(Input input)
    {
        Enqueue(input);
        Kick();
    }

    /// <summary>Nothing leaves this lane any more, whatever comes in.</summary>
    public void Silence() => _silent = true;

    /// <summary>Ends the lane's timer.</summary>
    public void Dispose()
    {
        _silent = true;
        _deadlines.Dispose();
    }

    private void Turn()
    {
        Traffic.Turns++;
        _turnBegan = _clock.Now;
        for (int n = 0; n < ManagerLimits.InputsPerTurnMax && _inbox.TryDequeue(out InboxItem item); n++)
        {
            item.From?.Release(item.Octets);
            if (!_silent || item.Input is LaneJob)
            {
                Take(item.Input); // a manager that failed can still be looked at
            }
        }

        if (!_silent)
        {
            EndTurn();
        }
    }

    private void Take(Input input)
    {
        try
        {
            switch (input)
            {
                case LaneJob job:
                    job.Run(_core);
                    return;
                case DeadlinesDue:
                    TakeDeadlines();
                    return;
                case LogForced forced:
                    Release(forced.Position);
                    break;
                case LogFailed:
                    _silent = true;
                    return;
            }

            Step(input);
        }
        catch (Exception exception)
        {
            // Whatever it is, the core is in a state that nobody foresaw: this start of the manager ends (SEM-16).
            _silent = true;
            _around.Failure.Impossible(input, _outputs, exception);
        }
    }

    private void TakeDeadlines()
    {
        _reached.Clear();
        _deadlines.TakeDue(_reached);
        foreach (DeadlineId deadline in _reached)
        {
            Step(new DeadlineReached(deadline));
        }
    }

    private void Step(Input input)
    {
        Traffic.Inputs++;
        _core.Step(input, _outputs);
        foreach (Output output in _outputs)
        {
            CarryOut(output);
        }

        _outputs.Clear();
    }

    private void CarryOut(Output output)
    {
        switch (output)
        {
            case Append append:
                _position++;
                _forcedWanted = append.Forced ? _position : _forcedWanted;
                _records.Add((append.Content, append.Forced));
                _forcedRecords?.Appended(_position, append.Content);
                break;
            case Departure departure:
                if (_gate.Admit(departure))
                {
                    Depart(departure);
                }

                break;
            case SetDeadline set:
                _deadlines.Set(set.Deadline, set.DelayMs);
                break;
            case ClearDeadline clear:
                _deadlines.Clear(clear.Deadline);
                break;
            case ConnectTo connect:
                _around.World.Connect(Index, connect);
                break;
            case LocateServer locate:
                _around.World.Locate(Index, locate);
                break;
            default:
                throw new InvariantException($"The host knows no output {output.GetType().Name}.");
        }
    }

    private void Release(long position)
    {
        Traffic.ForcedWrites += _forcedWanted > _forced ? 1 : 0;
        _forced = position;
        _forcedRecords?.Forced(position);
        _released.Clear();
        _gate.Forced(position, _released);
        foreach (Departure departure in _released)
        {
            Depart(departure);
        }
    }

    private void Depart(Departure departure)
    {
        switch (departure)
        {
            case SendOnLink link:
                Traffic.MessagesSent++;
                if (_around.World.ConnectionOf(link.Link) is { } toPeer)
                {
                    toPeer.Send(link.Message);
                    _touched.Add(toPeer);
                    NoteSent(link.Message);
                }

                break;
            case SendToSession session:
                Traffic.MessagesToSessions++;
                if (_around.World.ConnectionOf(session.Session) is { } toSession)
                {
                    toSession.Send(session.Message);
                    _touched.Add(toSession);
                    NoteSent(session.Message);
                }

                break;
            case SendToNode node:
                _around.World.SendToNode(node.Node, node.Message);
                break;
            case Traced traced:
                _traced.Add(traced);
                break;
            default:
                throw new InvariantException($"The host knows no departure {departure.GetType().Name}.");
        }
    }

    private void NoteSent(object message)
    {
        if (_around.Failpoints.Active)
        {
            _sentKinds.Add(message);
        }
    }

    /// <summary>
    /// The log is handed its records first, so that it forces them while the sockets are being written.
    /// </summary>
    private void EndTurn()
    {
        if (_records.Count > 0)
        {
            Traffic.BatchesToLog++;
            _around.Log.Hand(Index, _records);
            _records.Clear();
        }

        foreach (FramedConnection connection in _touched)
        {
            connection.Flush();
        }

        _touched.Clear();
        if (_traced.Count > 0)
        {
            _around.Trace.Write(_traced, _turnBegan);
            _traced.Clear();
        }

        foreach (object message in _sentKinds)
        {
            _around.Failpoints.AfterSend(message);
        }

        _sentKinds.Clear();
        _deadlines.Arm();
        _inbox.Gathers = _core.Live > ManagerLimits.LiveActionsInlineMax;
    }
}
