using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// The sans-IO core of one lane: every atomic action whose suffix hashes to it, from TransOpen or C-BEGIN to the
/// last confirm. Calling order: <see cref="Restarted"/> is the first input; then any input, one at a time, with
/// <see cref="NowMs"/> set before; the host carries the outputs out in order by the rule of <see cref="OutputGate"/>.
/// Deterministic: the same inputs give the same outputs, in every process.
/// </summary>
public sealed partial class Lane
{
    private readonly int _lanes;
    private List<Output> _batch = [];
    private bool _failed;

    /// <param name="index">Which lane of the node this is, from 0.</param>
    /// <param name="lanes">How many lanes the node has.</param>
    /// <param name="options">What an operator may set.</param>
    public Lane(int index, int lanes, LaneOptions options)
    {
        Index = index;
        _lanes = lanes;
        Options = options;
        Actions = new ActionTable(this);
        Associations = new Associations(this);
        Deadlines = new Deadlines(this);
        Locator = new Locator(this);
        Ended = new EndedActions(this);
        Damages = new DamageDesk(this);
    }

    /// <summary>Which lane of the node this is, from 0.</summary>
    public int Index { get; }

    /// <summary>The host's clock, in milliseconds; set by the host before each step. The core never asks.</summary>
    public long NowMs { get; set; }

    /// <summary>The date, in microseconds since 1970 UTC: written into records for people, never compared.</summary>
    public long UtcUs { get; set; }

    /// <summary>What this lane has done since its start.</summary>
    public LaneCounters Counters { get; } = new();

    /// <summary>How many actions and branches are live here.</summary>
    public int LiveCount => Actions.Count;

    internal LaneOptions Options { get; }

    internal ActionTable Actions { get; }

    internal Associations Associations { get; }

    internal Deadlines Deadlines { get; }

    internal LocalServers Servers { get; } = new();

    internal Leases Leases { get; } = new();

    internal Locator Locator { get; }

    internal EndedActions Ended { get; }

    internal DamageDesk Damages { get; }

    internal ManagerIdentity Self { get; private set; } = new(default, default, 0);

    internal AeTitle SelfTitle { get; private set; } = AeTitle.Of(NodeName.Parse("unnamed"));

    internal string SelfLabel { get; private set; } = "manager";

    /// <summary>How many records this lane has appended (SEM-13).</summary>
    internal long Position { get; private set; }

    /// <summary>The last record that had to be forced: an answer that relies on the past waits for it.</summary>
    internal long ForcedPosition { get; private set; }

    /// <summary>Takes one input; appends to <paramref name="batch"/> what the host is to do.</summary>
    public void Step(Input input, List<Output> batch)
    {
        if (_failed)
        {
            return;
        }

        _batch = batch;
        Dispatch(input);
    }

    internal void Emit(Output output) => _batch.Add(output);

    /// <summary>Appends a record; returns the position that dependants wait for.</summary>
    internal long Append(LogContent content, bool forced)
    {
        Position++;
        Counters.Records++;
        if (forced)
        {
            Counters.ForcedRecords++;
            ForcedPosition = Position;
        }

        Emit(new Append(content, forced));
        return Position;
    }

    internal void Reply(AtomicActionId action, SessionId session, SessionMessage message, long after = 0)
    {
        Emit(new SendToSession(session, message, after));
        Trace(action, SelfLabel, "client", message.GetType().Name, after);
    }

    internal void Refuse(SessionId session, long reference, RefusalCode code, string text) =>
        Emit(new SendToSession(session, new RequestRefused(reference, new Refusal(code, text)), 0));

    internal void Trace(AtomicActionId action, string from, string to, string what, long after = 0)
    {
        if (Options.Trace)
        {
            Emit(new Traced(action, from, to, what, after));
        }
    }

    private void Dispatch(Input input)
    {
        switch (input)
        {
            case SessionReceived received:
                FromSession(received.Session, received.Message);
                break;
            case LinkReceived received:
                Associations.Received(received.Link, received.Message);
                break;
            case TransOpenReceived open:
                TransOpen(open);
                break;
            case LogForced:
                break; // the gate is the host's: nothing in the core waits for it
            case DeadlineReached deadline:
                Deadlines.Reached(deadline.Deadline);
                break;
            case ServerLocated located:
                Locator.Located(located);
                break;
            case LinkUp up:
                Associations.Up(up);
                break;
            case LinkDown down:
                Associations.Down(down.Link, down.Reason);
                break;
            case ConnectFailed failed:
                Associations.ConnectFailed(failed.Node, failed.Reason);
                break;
            case NodeReceived received:
                FromNode(received.Node, received.Message);
                break;
            case ServerUp up:
                ServerIsUp(new LocalServer(up.Session, up.Server, up.Incarnation, up.Addresses, up.IsDatabase));
                break;
            case ActionsLeased leased:
                Leases.Add(leased);
                break;
            case SessionDown down:
                SessionIsDown(down.Session);
                break;
            case Admission admission:
                _closed = admission.Why;
                break;
            case Restarted restarted:
                Restart(restarted);
                break;
            case LogFailed:
                _failed = true;
                break;
            default:
                throw new InvariantException($"the lane knows no input {input.GetType().Name}");
        }
    }
}
