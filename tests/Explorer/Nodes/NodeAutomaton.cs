using Ccr.Explorer.Lanes;
using Ccr.Invariants;
using Ccr.Protocol.Messages;

namespace Ccr.Explorer.Nodes;

/// <summary>When a step may be taken.</summary>
internal enum When
{
    /// <summary>Always; it belongs to the work.</summary>
    Always,

    /// <summary>
    /// Always, and first: what a node does by itself (its Server answers, its log is forced, its Client acknowledges).
    /// Whatever else reaches the node before it makes a late Server, disk or Client of it: a fault. Steps of other
    /// nodes may wait for it, because they commute with it.
    /// </summary>
    Prompt,

    /// <summary>Always, but time must pass: a retry.</summary>
    Retry,

    /// <summary>As a fault.</summary>
    Fault,

    /// <summary>As a fault while an answer may still come; for nothing when all is quiet.</summary>
    Deadline,
}

/// <summary>A step that a node in a state may take by itself.</summary>
internal readonly record struct LocalStep(NodeStep Step, When When);

/// <summary>What is to be known of a node's state besides its number.</summary>
internal sealed record NodeFacts(
    bool IsUp, int Epoch, Seen Seen, LocalStep[] Steps, int[] Connecting, bool Clean, bool IsBusy)
{
    /// <summary>It can come back by itself: the manager, or its Server.</summary>
    internal bool Moves { get; } = Steps.Any(IsReturn);

    /// <summary>It can go on by itself in another way.</summary>
    internal bool Acts { get; } = Steps.Any(s => s.When == When.Always && !IsReturn(s));

    private static bool IsReturn(LocalStep step) => step.Step.Kind is NodeStepKind.Restart or NodeStepKind.ServerBack;
}

/// <summary>What the explored nodes may do beyond the work and its failures.</summary>
public sealed record Variants
{
    /// <summary>Servers may vote no change.</summary>
    public bool NoChange { get; init; }

    /// <summary>A node's own work may wait for anything that reaches it, and that is no fault.</summary>
    public bool AnyOrder { get; init; }

    /// <summary>An operator may decide a branch in doubt by hand.</summary>
    public bool ByHand { get; init; }
}

/// <summary>A node around its lane as an automaton: what a step does in a state is found out once.</summary>
internal sealed class NodeAutomaton
{
    private readonly Cast _cast;
    private readonly LaneAutomaton _lanes;
    private readonly int _node;
    private readonly Variants _variants;
    private readonly ServerModel _server;
    private readonly When _prompt;
    private readonly RowInterner _rows = new();
    private readonly List<NodeState> _states = [];
    private readonly List<NodeFacts?> _facts = [];
    private readonly Dictionary<(int, NodeStep), NodeMove> _moves = [];

    internal NodeAutomaton(Cast cast, LaneAutomaton lanes, int node, Variants variants, int extendsTo = -1)
    {
        (_cast, _lanes, _node, _variants) = (cast, lanes, node, variants);
        _prompt = variants.AnyOrder ? When.Always : When.Prompt;
        _server = new ServerModel(cast, node, extendsTo);
        int state = Number(new NodeState());
        foreach (NodeStepKind kind in (NodeStepKind[])[NodeStepKind.Restart, NodeStepKind.ServerBack,
            NodeStepKind.Answer])
        {
            state = Move(state, new NodeStep(kind)).Next;
        }

        Initial = state;
    }

    /// <summary>Up, with its Server registered, and nothing going on.</summary>
    internal int Initial { get; }

    internal int Count => _states.Count;

    internal int Moves => _moves.Count;

    internal NodeState this[int state] => _states[state];

    internal NodeFacts FactsOf(int state) => _facts[state] ??= FindFacts(_states[state]);

    internal NodeMove Move(int state, NodeStep step)
    {
        if (!_moves.TryGetValue((state, step), out NodeMove? move))
        {
            move = FindOut(state, step);
            _moves.Add((state, step), move);
        }

        return move;
    }

    /// <summary>What is left at a node when all is over, in words.</summary>
    internal string EndOf(int state)
    {
        NodeState node = _states[state];
        IEnumerable<string> log = node.Durable.Concat(node.Written).Select(r => _cast.Records[r].GetType().Name);
        return $"{node.Seen}, {node.Branch}, {node.Client}, log ({string.Join(' ', log)})";
    }

    private int Number(NodeState state)
    {
        int number = _rows.Of(state.ToRow(), out bool isNew);
        if (isNew)
        {
            _states.Add(state);
            _facts.Add(null);
        }

        return number;
    }

    private NodeMove FindOut(int from, NodeStep step)
    {
        NodeRun run = Run(from, step, int.MaxValue, out NodeState state);
        if (run.Broken is not null)
        {
            return new NodeMove(from, [], run.Broken);
        }

        List<NodeMove> crashes = [];
        for (int cut = run.Appended > 0 ? 0 : 1; cut <= run.Departures; cut++)
        {
            NodeRun until = Run(from, step, cut, out NodeState crashed);
            for (int kept = 0; kept <= crashed.Written.Count; kept++)
            {
                NodeState died = crashed.Clone();
                List<Sight> sights = [.. until.Sights];
                Die(died, kept, sights);
                crashes.Add(new NodeMove(Number(died), [.. until.Left], null) { Seen = [.. sights] });
            }
        }

        return new NodeMove(Number(state), [.. run.Left], null)
        {
            Crashes = [.. crashes],
            Seen = [.. run.Sights],
        };
    }

    private NodeRun Run(int from, NodeStep step, int cutAt, out NodeState state)
    {
        state = _states[from].Clone();
        if (step.Input.Kind == LaneInputKind.LinkDown)
        {
            state.Gate.RemoveAll(e => e.Kind == EffectKind.Frame && e.A == step.Input.A);
        }

        var run = new NodeRun(_cast, _lanes, _server, _node, state) { CutAt = cutAt };
        run.Prepare();
        Take(run, state, step);
        return run;
    }

    private void Take(NodeRun run, NodeState state, NodeStep step)
    {
        switch (step.Kind)
        {
            case NodeStepKind.Arrival:
                run.Step(step.Input);
                break;
            case NodeStepKind.Crash:
                Die(state, step.A, run.Sights);
                break;
            case NodeStepKind.Restart:
                state.Epoch++;
                run.Step(new LaneInput(LaneInputKind.Restarted, _cast.List(state.Durable), state.Epoch, _node));
                break;
            case NodeStepKind.Force:
                run.Force();
                break;
            case NodeStepKind.Deadline:
                run.Step(new LaneInput(LaneInputKind.Deadline, step.A));
                break;
            case NodeStepKind.Connected:
                state.Connecting.Remove(step.A);
                break;
            case NodeStepKind.Client:
                run.Step(ClientModel.Do(_cast, state, (ClientAct)step.A));
                break;
            case NodeStepKind.ByHand:
                state.Seen |= Seen.Heuristic;
                run.Step(ByHand(state, step.A));
                break;
            case NodeStepKind.ForgetDamage:
                run.Step(Operator(state, new ForgetDamage(8, _cast.Action, "root")));
                break;
            default:
                TakeOfServer(run, state, step);
                break;
        }
    }

    private void TakeOfServer(NodeRun run, NodeState state, NodeStep step)
    {
        switch (step.Kind)
        {
            case NodeStepKind.Answer:
                int answer = state.FromServer[0];
                state.FromServer.RemoveAt(0);
                if (_cast.Messages[answer] is Begun && state.Branch == AtServer.None)
                {
                    state.Seen |= Seen.RolledBack;
                    int undone = (int)EndCause.BeforePromise * 2;
                    run.Sights.Add(new Sight(SightKind.BranchEnded, answer, undone)); // heard of, and gone already
                }

                run.Step(new LaneInput(LaneInputKind.Session, state.ServerSession, answer));
                break;
            case NodeStepKind.Vote:
                _server.Vote(run, state, step.A);
                break;
            case NodeStepKind.ServerDies:
                state.Server = ServerLink.Broken;
                _server.Undo(state, run.Sights);
                break;
            case NodeStepKind.SessionDown:
                state.Server = ServerLink.Gone;
                state.FromServer.Clear();
                run.Step(new LaneInput(LaneInputKind.SessionDown, state.ServerSession));
                break;
            case NodeStepKind.ServerBack:
                _server.Back(state);
                run.Step(new LaneInput(LaneInputKind.ServerUp, state.ServerSession, _node));
                break;
        }
    }

    private void Die(NodeState state, int kept, List<Sight> sights)
    {
        DiskModel.Keep(_cast, state, kept, sights);
        _server.Undo(state, sights);
        state.Lane = 0;
        state.Position = 0;
        state.Forced = 0;
        state.Forcing = false;
        state.Written.Clear();
        state.Gate.Clear();
        state.FromServer.Clear();
        state.Connecting.Clear();
        state.Server = ServerLink.Gone;
        state.ServerSession = 0;
        state.LastSession = 0;
        ClientModel.ManagerLost(state);
    }

    private LaneInput ByHand(NodeState state, int how) => Operator(state, new Resolve(
        7, _cast.Action, null, how == 0 ? Decision.Commit : Decision.Rollback, "root"));

    private LaneInput Operator(NodeState state, SessionMessage order) =>
        new(LaneInputKind.Session, ++state.LastSession, _cast.Messages.Of(order));

    private NodeFacts FindFacts(NodeState state)
    {
        List<LocalStep> steps = [];
        if (!state.IsUp)
        {
            steps.Add(new LocalStep(new NodeStep(NodeStepKind.Restart), When.Always));
            return new NodeFacts(false, state.Epoch, state.Seen, [.. steps], [], false, false);
        }

        LaneFacts lane = _lanes.FactsOf(state.Lane);
        AddServerSteps(state, steps);
        AddClientSteps(state, steps);
        if (state.Forcing)
        {
            steps.Add(new LocalStep(new NodeStep(NodeStepKind.Force), _prompt));
        }

        for (int i = 0; i < lane.Deadlines.Length; i++)
        {
            bool retry = lane.Deadlines[i].Kind is "RecoverRetry" or "Damage";
            steps.Add(new LocalStep(new NodeStep(NodeStepKind.Deadline, i), retry ? When.Retry : When.Deadline));
        }

        for (int kept = 0; kept <= state.Written.Count; kept++)
        {
            steps.Add(new LocalStep(new NodeStep(NodeStepKind.Crash, kept), When.Fault));
        }

        if (_variants.ByHand && lane.InDoubt && !state.Seen.HasFlag(Seen.Heuristic))
        {
            steps.Add(new LocalStep(new NodeStep(NodeStepKind.ByHand, 0), When.Fault));
            steps.Add(new LocalStep(new NodeStep(NodeStepKind.ByHand, 1), When.Fault));
        }

        return new NodeFacts(true, state.Epoch, state.Seen, [.. steps], [.. state.Connecting], IsClean(state, lane),
            steps.Exists(s => s.When == When.Prompt));
    }

    private void AddServerSteps(NodeState state, List<LocalStep> steps)
    {
        if (state.FromServer.Count > 0)
        {
            steps.Add(new LocalStep(new NodeStep(NodeStepKind.Answer), _prompt));
        }

        if (state.ToServer.Count > 0)
        {
            steps.Add(new LocalStep(new NodeStep(NodeStepKind.Vote, 0), _prompt));
            if (_variants.NoChange)
            {
                steps.Add(new LocalStep(new NodeStep(NodeStepKind.Vote, 1), _prompt));
            }

            steps.Add(new LocalStep(new NodeStep(NodeStepKind.Vote, 2), When.Fault));
        }

        bool matters = state.BranchNames == 0 || state.Branch != AtServer.None
            || state.ToServer.Count + state.FromServer.Count > 0;
        if (state.Server != ServerLink.Connected)
        {
            NodeStepKind next = state.Server == ServerLink.Broken ? NodeStepKind.SessionDown : NodeStepKind.ServerBack;
            steps.Add(new LocalStep(new NodeStep(next), When.Always));
        }
        else if (matters)
        {
            steps.Add(new LocalStep(new NodeStep(NodeStepKind.ServerDies), When.Fault));
        }
    }

    private void AddClientSteps(NodeState state, List<LocalStep> steps)
    {
        if (_node == 0)
        {
            foreach (ClientAct act in ClientModel.ActsOf(state))
            {
                steps.Add(new LocalStep(new NodeStep(NodeStepKind.Client, (int)act),
                    ClientModel.IsFault(state, act) ? When.Fault
                        : act == ClientAct.Acknowledge ? _prompt : When.Always));
            }
        }
    }

    // V1, V2: nobody in doubt, nothing promised, nothing owed, and a log that only holds what nobody acknowledged.
    private bool IsClean(NodeState state, LaneFacts lane)
    {
        if (lane.Live > 0 || state.Forcing || state.Gate.Count + state.ToServer.Count + state.FromServer.Count > 0
            || lane.Deadlines.Length > 0 || state.Connecting.Count > 0 || state.Server != ServerLink.Connected
            || state.Branch is AtServer.Begun or AtServer.Prepared
            || (state.Branch != AtServer.None
                && (state.Seen & (Seen.ClientLeft | Seen.EarlyAcknowledgement)) == 0)
            || state.Client is not (ClientPhase.Idle or ClientPhase.Finished))
        {
            return false;
        }

        NodeState forced = state.Clone();
        DiskModel.Keep(_cast, forced, forced.Written.Count);
        return forced.Durable.TrueForAll(r => IsLeftOver(state, _cast.Records[r]));
    }

    private static bool IsLeftOver(NodeState state, LogContent record) => record switch
    {
        LogCommit { Branch: null } => state.Seen.HasFlag(Seen.ClientLeft),
        OnePhaseServer or OutcomeHorizon or LogDamage => true,
        _ => false,
    };
}
