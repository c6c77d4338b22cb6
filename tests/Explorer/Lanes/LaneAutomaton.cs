using Ccr.AtomicActions;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;

namespace Ccr.Explorer.Lanes;

/// <summary>
/// The real lane as an automaton: a state is all that a lane holds, found again by its dump. What an input does in a
/// state is found out once, on a lane that went the shortest known way to that state, and remembered. State 0 is the
/// lane that has not been told of its start.
/// </summary>
internal sealed class LaneAutomaton
{
    private const int MergeSampleStride = 13;

    private readonly Cast _cast;
    private readonly LaneOptions _options;
    private readonly List<(int Parent, Input? Input)> _ways = [(0, null)];
    private readonly List<LaneFacts> _facts = [new([], 0, false, 0, [])];
    private readonly List<Lane?> _fresh = [null];
    private readonly Dictionary<UInt128, int> _byDump = [];
    private readonly Dictionary<(int, LaneInput), LaneMove> _moves = [];
    private int _merged;

    internal LaneAutomaton(Cast cast, LaneOptions options)
    {
        _cast = cast;
        _options = options with { Trace = false };
    }

    /// <summary>Lane states found.</summary>
    internal int Count => _ways.Count;

    /// <summary>Moves found out on a real lane.</summary>
    internal int Moves => _moves.Count;

    /// <summary>Inputs that lanes were stepped with to get there.</summary>
    internal long Steps { get; private set; }

    internal LaneFacts FactsOf(int state) => _facts[state];

    internal LaneMove Move(int state, LaneInput input)
    {
        if (!_moves.TryGetValue((state, input), out LaneMove? move))
        {
            move = FindOut(state, input);
            _moves.Add((state, input), move);
        }

        return move;
    }

    /// <summary>A lane that went the known way to a state.</summary>
    internal Lane LaneAt(int state)
    {
        if (_fresh[state] is { } fresh)
        {
            _fresh[state] = null;
            return fresh;
        }

        Stack<Input> way = [];
        for (int at = state; at != 0; at = _ways[at].Parent)
        {
            way.Push(_ways[at].Input!);
        }

        var lane = new Lane(0, 1, _options) { NowMs = 1 };
        List<Output> outputs = [];
        foreach (Input input in way)
        {
            lane.Step(input, outputs);
            outputs.Clear();
        }

        Steps += way.Count;
        return lane;
    }

    /// <summary>Moves that led to a state known by another way, for <see cref="MergeGuard"/>: a sample.</summary>
    internal List<(int From, Input Input, int Next)> Merges { get; } = [];

    /// <summary>Inputs that were tried in each state.</summary>
    internal ILookup<int, LaneInput> Tried() => _moves.Keys.ToLookup(k => k.Item1, k => k.Item2);

    /// <summary>The input as a lane takes it that has these deadlines.</summary>
    internal Input InputOf(LaneInput input, LaneDeadline[] deadlines)
    {
        var session = new SessionId(input.A);
        var link = new LinkId(input.A);
        return input.Kind switch
        {
            LaneInputKind.Restarted => new Restarted(_cast.IdentityOf(input.C, input.B),
                [.. _cast.List(input.A).Select(r => _cast.Records[r])], []),
            LaneInputKind.LinkUp => new LinkUp(link, _cast.IdentityOf(input.B, input.C / 2), 1, input.C % 2 == 1,
                Cast.AddressOf(_cast.Nodes[input.B])),
            LaneInputKind.LinkDown => new LinkDown(link, "the connection broke"),
            LaneInputKind.Frame => new LinkReceived(link, _cast.Frames[input.B]),
            LaneInputKind.FromNode => new NodeReceived(_cast.Nodes[input.A], _cast.Frames[input.B]),
            LaneInputKind.ConnectFailed => new ConnectFailed(_cast.Nodes[input.A], "connection refused"),
            LaneInputKind.TransOpen =>
                new TransOpenReceived(session, (TransOpen)_cast.Messages[input.B], _cast.Action),
            LaneInputKind.Session => new SessionReceived(session, _cast.Messages[input.B]),
            LaneInputKind.ServerUp =>
                new ServerUp(session, _cast.Servers[input.B], 1, ["unix:/" + _cast.Servers[input.B]]),
            LaneInputKind.SessionDown => new SessionDown(session),
            LaneInputKind.Located => new ServerLocated(_cast.Servers[input.A], _cast.Nodes[input.B], null),
            LaneInputKind.Deadline => new DeadlineReached(new DeadlineId(deadlines[input.A].Id)),
            _ => throw new InvalidOperationException($"{input.Kind} is no input"),
        };
    }

    private LaneMove FindOut(int state, LaneInput input)
    {
        Lane lane = LaneAt(state);
        Input real = InputOf(input, _facts[state].Deadlines);
        List<Output> outputs = [];
        try
        {
            lane.Step(real, outputs);
        }
        catch (InvariantException impossible)
        {
            return new LaneMove(state, [], impossible.Message);
        }

        Steps++;
        Effect[] effects = EffectsOf(outputs);
        (UInt128 hash, LaneDeadline[] deadlines) = LaneDump.Of(lane);
        if (!_byDump.TryGetValue(hash, out int next))
        {
            next = _ways.Count;
            _byDump.Add(hash, next);
            _ways.Add((state, real));
            _facts.Add(FactsOf(lane, deadlines));
            _fresh.Add(lane);
        }
        else if (++_merged % MergeSampleStride == 0)
        {
            Merges.Add((state, real, next));
        }

        return new LaneMove(next, effects, null);
    }

    private static LaneFacts FactsOf(Lane lane, LaneDeadline[] deadlines)
    {
        IReadOnlyList<ActionStatus> actions = lane.Describe(null, false);
        return new LaneFacts(
            deadlines,
            lane.LiveCount,
            actions.Any(a => a.State is "Ready/UR" or "Ready/DU" or "Ready/UV"),
            lane.HeldCount,
            [.. actions.SelectMany(a => a.Branches)
                .Where(b => b.To.StartsWith("node ", StringComparison.Ordinal) && b.State != "I")
                .Select(b => b.Branch)]);
    }

    internal Effect[] EffectsOf(List<Output> outputs)
    {
        List<Effect> effects = [];
        foreach (Output output in outputs)
        {
            switch (output)
            {
                case Append append:
                    effects.Add(new(EffectKind.Append, _cast.Records.Of(append.Content), append.Forced ? 1 : 0));
                    break;
                case SendOnLink send:
                    effects.Add(new(EffectKind.Frame, (int)send.Link.Value,
                        _cast.Frames.Of(Cast.Travelled(send.Message)), (int)send.After));
                    break;
                case SendToSession send:
                    effects.Add(new(EffectKind.ToSession, (int)send.Session.Value,
                        _cast.Messages.Of(Cast.Travelled(send.Message)), (int)send.After));
                    break;
                case SendToNode send:
                    effects.Add(new(EffectKind.ToNode, _cast.NodeOf(send.Node),
                        _cast.Frames.Of(Cast.Travelled(send.Message)), (int)send.After));
                    break;
                case ConnectTo connect:
                    effects.Add(new(EffectKind.Connect, _cast.NodeOf(connect.Node)));
                    break;
                case LocateServer locate:
                    effects.Add(new(EffectKind.Locate, _cast.ServerOf(locate.Server)));
                    break;
            }
        }

        return [.. effects];
    }
}
