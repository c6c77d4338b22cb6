using Ccr.AtomicActions;
using Ccr.AtomicActions.Contract;
using Ccr.CcrManager;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>The event loop of one lane, as the product has it: turns, and one hand-over to the log a turn.</summary>
internal sealed class SimLane
{
    private const int InputsPerTurnMax = 256;

    private readonly SimManager _manager;
    private readonly Lane _lane;
    private readonly OutputGate _gate = new();
    private readonly Queue<Input> _inbox = new();
    private readonly List<Output> _outputs = [];
    private readonly List<Departure> _released = [];
    private readonly List<(LogContent Content, bool Forced)> _records = [];
    private readonly List<SimEnd> _touched = [];
    private readonly Dictionary<DeadlineId, long> _deadlines = [];
    private bool _turning;

    internal SimLane(SimManager manager, int index, int lanes, LaneOptions options)
    {
        _manager = manager;
        Index = index;
        _lane = new Lane(index, lanes, options);
    }

    internal int Index { get; }

    internal Lane Core => _lane;

    internal void Post(Input input)
    {
        _inbox.Enqueue(input);
        if (!_turning)
        {
            _turning = true;
            _manager.In(_manager.World.Timing.Between(1, 25), Turn);
        }
    }

    private void Turn()
    {
        _turning = false;
        try
        {
            for (int n = 0; n < InputsPerTurnMax && _inbox.TryDequeue(out Input? input); n++)
            {
                Take(input);
            }

            EndTurn();
        }
        catch (PoisonException poison)
        {
            // From the first failure on nothing leaves any more.
            _manager.Node.SetAside(_manager, poison.Action);
            return;
        }
        catch (CrashNowException)
        {
            if (_manager.World.Timing.Chance(0.5))
            {
                _touched.ForEach(end => end.Flush());
            }

            _manager.Node.CrashHere(_manager);
            return;
        }

        if (_inbox.Count > 0 && !_turning)
        {
            _turning = true;
            _manager.In(1, Turn);
        }
    }

    private void Take(Input input)
    {
        if (input is LogForced forced)
        {
            _released.Clear();
            _gate.Forced(forced.Position, _released);
            foreach (Departure departure in _released)
            {
                Count(departure);
                Depart(departure);
            }
        }

        SimWorld world = _manager.World;
        _lane.NowMs = world.Clock.NowUs / 1_000;
        _lane.UtcUs = world.Clock.NowUs + _manager.Node.Time.JumpedUs + 1_767_225_600_000_000;
        world.Coverage.Input(input);
        _lane.Step(input, _outputs);
        if (_manager.InputsUntilPoison >= 0 && IsPoisonable(input)
            && InputSubject.Of(input, _outputs.FindAll(o => o is not Traced)) is { } subject
            && _manager.InputsUntilPoison-- == 0)
        {
            throw new PoisonException(subject);
        }

        foreach (Output output in _outputs)
        {
            Count(output);
            CarryOut(output);
        }

        _outputs.Clear();
    }

    // What only a transcript asks for must not move a crash: a seed is one history, read or not.
    private void Count(Output output)
    {
        if (output is not Traced)
        {
            _manager.CountOutput();
        }
    }

    private static bool IsPoisonable(Input input) =>
        input is TransOpenReceived or SessionReceived or NodeReceived or LinkReceived or DeadlineReached;

    private void CarryOut(Output output)
    {
        switch (output)
        {
            case Append append:
                _records.Add((append.Content, append.Forced));
                break;
            case Departure departure:
                if (_gate.Admit(departure))
                {
                    Depart(departure);
                }

                break;
            case SetDeadline set:
                Set(set.Deadline, set.DelayMs);
                break;
            case ClearDeadline clear:
                _deadlines.Remove(clear.Deadline);
                break;
            case ConnectTo connect:
                _manager.Dialer.Connect(Index, connect);
                break;
            case LocateServer locate:
                _manager.Locating.Ask(Index, locate);
                break;
            default:
                throw new SimulationException($"HOST: The host knows no output {output.GetType().Name}.");
        }
    }

    private void Set(DeadlineId deadline, long delayMs)
    {
        long atUs = _manager.World.Clock.NowUs + (delayMs * 1_000);
        _deadlines[deadline] = atUs;
        _manager.In(delayMs * 1_000, () =>
        {
            if (_deadlines.TryGetValue(deadline, out long wantedUs) && wantedUs == atUs)
            {
                _deadlines.Remove(deadline);
                Post(new DeadlineReached(deadline));
            }
        });
    }

    private void Depart(Departure departure)
    {
        SimEnd? end = departure switch
        {
            SendOnLink link => _manager.Links.Send(link),
            SendToSession session => _manager.Sessions.Send(session),
            _ => null,
        };
        if (departure is SendToNode node)
        {
            _manager.Dialer.Send(node.Node, node.Message);
        }
        else if (departure is Traced traced)
        {
            _manager.World.Transcript.Say(
                _manager.Name, $"{traced.From} -> {traced.To}: {traced.What}   ({traced.Action})");
        }

        if (end is not null && !_touched.Contains(end))
        {
            _touched.Add(end);
        }
    }

    private void EndTurn()
    {
        if (_records.Count > 0)
        {
            _manager.Log.Hand(Index, _records);
            _records.Clear();
        }

        foreach (SimEnd end in _touched)
        {
            end.Flush();
        }

        _touched.Clear();
    }
}

/// <summary>The manager is to be killed at this very output.</summary>
internal sealed class CrashNowException : Exception;

/// <summary>The core has thrown at this action.</summary>
internal sealed class PoisonException(AtomicActionId action) : Exception
{
    internal AtomicActionId Action { get; } = action;
}
