using Ccr.Explorer.Lanes;
using Ccr.Explorer.Nodes;
using Ccr.Invariants;
using Ccr.Protocol.Messages;

namespace Ccr.Explorer.World;

/// <summary>Something that was seen, with the link's name where it went over one.</summary>
internal readonly record struct Observed(int Node, Sight Sight, long Link = 0, int Peer = 0);

/// <summary>
/// The invariants of every layer (<see cref="AtomicityChecker"/>) as an automaton: a state is all that the checker
/// knows, found again by its description; what an observation makes of it is found out once.
/// </summary>
internal sealed class Watch
{
    private readonly Cast _cast;
    private readonly Dictionary<string, int> _byText = new(StringComparer.Ordinal);
    private readonly List<AtomicityChecker> _states = [];
    private readonly Dictionary<(int, Observed), (int Next, string? Broken)> _moves = [];
    private readonly Dictionary<(int, int), int> _narrowed = [];

    internal Watch(Cast cast)
    {
        _cast = cast;
        _byText.Add(new AtomicityChecker().Describe(), 0);
        _states.Add(new AtomicityChecker());
    }

    /// <summary>Different states of knowledge.</summary>
    internal int Count => _states.Count;

    /// <summary>The state after an observation, and the rule that it breaks.</summary>
    internal int See(int state, Observed observed, ref string? broken)
    {
        if (!_moves.TryGetValue((state, observed), out (int Next, string? Broken) move))
        {
            AtomicityChecker checker = _states[state].Clone();
            try
            {
                checker.See(ObservationOf(observed));
                move = (Number(checker, null), null);
            }
            catch (InvariantBrokenException rule)
            {
                move = (state, rule.Message);
            }

            _moves.Add((state, observed), move);
        }

        broken ??= move.Broken;
        return move.Next;
    }

    /// <summary>The state without what it knows of links that are over: nothing is said on them any more.</summary>
    /// <param name="state">The state.</param>
    /// <param name="open">A number for the links that are open.</param>
    /// <param name="isOpen">Asks for one.</param>
    internal int Narrow(int state, int open, Func<long, bool> isOpen)
    {
        if (!_narrowed.TryGetValue((state, open), out int next))
        {
            next = Number(_states[state], isOpen);
            _narrowed.Add((state, open), next);
        }

        return next;
    }

    /// <summary>What must hold when all is over, every log forced: the rule that does not, or null.</summary>
    internal string? Quiet(int state)
    {
        try
        {
            _states[state].Quiet();
            return null;
        }
        catch (InvariantBrokenException rule)
        {
            return rule.Message;
        }
    }

    private int Number(AtomicityChecker checker, Func<long, bool>? isOpen)
    {
        string text = checker.Describe(isOpen);
        if (!_byText.TryGetValue(text, out int number))
        {
            number = _states.Count;
            _states.Add(checker);
            _byText.Add(text, number);
        }

        return number;
    }

    private Observation ObservationOf(Observed observed)
    {
        Protocol.Names.NodeName node = _cast.Nodes[observed.Node];
        Sight sight = observed.Sight;
        switch (sight.Kind)
        {
            case SightKind.Durable:
                return new RecordDurable(node, _cast.Records[sight.A]);
            case SightKind.FrameLeft:
                return new FrameLeft(
                    node, _cast.Nodes[observed.Peer], observed.Link, (AssociationMessage)_cast.Frames[sight.B]);
            case SightKind.ClientTold:
                return new ClientTold(node, _cast.Messages[sight.A]);
            case SightKind.ServerOrdered:
                return new ServerOrdered(node, (BranchMessage)_cast.Messages[sight.A]);
            case SightKind.ServerVoted:
                return new ServerVoted(node, (BranchMessage)_cast.Messages[sight.A]);
            default:
                var names = (BranchMessage)_cast.Messages[sight.A];
                return new BranchEnded(node, names.Server, names.Action, names.Branch, sight.B % 2 == 1,
                    (EndCause)(sight.B / 2));
        }
    }
}
