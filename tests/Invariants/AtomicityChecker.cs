using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Invariants;

/// <summary>
/// The invariants of atomic actions over any number of nodes, written once (docs/FAULT-MODEL.md). A harness tells it
/// what it sees, in order; it knows nothing of how the product is built. What must hold of time (V1) and of what
/// stays (V2) is asked for by <see cref="Quiet"/>, when faults have stopped and everything has had its time.
/// </summary>
public sealed partial class AtomicityChecker
{
    private readonly SortedDictionary<string, ActionFacts> _actions = new(StringComparer.Ordinal);
    private readonly Dictionary<(long Link, long Association), (AtomicActionId Action, BranchId Branch)> _carried = [];
    private readonly HashSet<(NodeName, string)> _onePhase = [];

    /// <summary>How many observations it has taken.</summary>
    public long Seen { get; private set; }

    /// <summary>Takes one observation.</summary>
    /// <exception cref="InvariantBrokenException">It must never happen.</exception>
    public void See(Observation observation)
    {
        Seen++;
        switch (observation)
        {
            case FrameLeft { Message: Data data } frame:
                Left(frame, data.Apdu);
                break;
            case RecordDurable record:
                Durable(record.Node, record.Content);
                break;
            case ServerOrdered ordered:
                Ordered(ordered.Node, ordered.Order);
                break;
            case ServerVoted { Vote: Ready ready } voted:
                FactsOf(ready.Action).Add(Fact.Promised, ready.Branch);
                NotEnded(voted.Node, ready);
                break;
            case BranchEnded ended:
                Ended(ended);
                break;
            case ClientTold told:
                Told(told.Node, told.Message);
                break;
        }
    }

    /// <summary>
    /// Faults have stopped, every retry had its time, and every log is forced: nothing may be left but damage.
    /// </summary>
    /// <exception cref="InvariantBrokenException">V1 or V2 does not hold, or damage was lost (I10).</exception>
    public void Quiet()
    {
        foreach (ActionFacts facts in _actions.Values)
        {
            foreach (Part part in facts.Parts)
            {
                Require(!part.IsLive || IsKeptForClient(facts, part), "V1", facts,
                    $"still live at {part.Node} when all should be over: {part}");
                DamageIsKnown(facts, part);
            }

            foreach (BranchId promised in facts.Promised)
            {
                Require(facts.EndOf(promised) is not null || facts.IsDamaged(promised), "V1", facts,
                    $"branch {promised} was promised by its Server and never ended");
            }
        }
    }

    /// <summary>A checker that goes on from here by itself.</summary>
    public AtomicityChecker Clone()
    {
        AtomicityChecker copy = new() { Seen = Seen };
        foreach ((string name, ActionFacts facts) in _actions)
        {
            copy._actions.Add(name, facts.Clone());
        }

        foreach (((long, long) key, (AtomicActionId, BranchId) value) in _carried)
        {
            copy._carried.Add(key, value);
        }

        copy._onePhase.UnionWith(_onePhase);
        return copy;
    }

    /// <summary>
    /// All that it knows, as sorted lines: equal for equal knowledge. Links that are over may be left out.
    /// </summary>
    public string Describe(Func<long, bool>? linkIsOpen = null)
    {
        IEnumerable<string> carried = _carried
            .Where(c => linkIsOpen?.Invoke(c.Key.Link) ?? true)
            .Select(c => $"carried {c.Key.Link} {c.Key.Association} {c.Value.Action} {c.Value.Branch}");
        IEnumerable<string> facts = _actions.SelectMany(a => a.Value.Lines().Select(l => $"{a.Key} {l}"));
        IEnumerable<string> onePhase = _onePhase.Select(o => $"one-phase {o.Item1} {o.Item2}");
        return string.Join('\n', carried.Concat(facts).Concat(onePhase).Order(StringComparer.Ordinal));
    }

    private ActionFacts FactsOf(AtomicActionId action)
    {
        string name = action.ToString();
        if (!_actions.TryGetValue(name, out ActionFacts? facts))
        {
            _actions.Add(name, facts = new ActionFacts(action));
        }

        return facts;
    }

    // The root's record stays until its Client has acknowledged the outcome (SEM-1); nothing else is owed then.
    private static bool IsKeptForClient(ActionFacts facts, Part part) =>
        part is { Up: null, Commit: { } commit }
        && commit.Subordinates.All(s => facts.Has(Fact.Confirmed, s.Branch) || facts.IsDamaged(s.Branch))
        && commit.Servers.All(s => facts.EndOf(s.Branch) is not null || facts.IsDamaged(s.Branch));

    // A heuristic decision against the outcome, or damage below, must be on record above, or here and not yet noted.
    private static void DamageIsKnown(ActionFacts facts, Part part)
    {
        if (part.ByHand is not { } byHand || part.Up is null)
        {
            return;
        }

        bool against = byHand.Decision == Decision.Commit
            ? facts.Has(Fact.RollbackOrdered, part.Up)
            : facts.Has(Fact.CommitOrdered, part.Up);
        Require(!against || part.Damage is not null, "I10", facts,
            $"{part.Node} decided {byHand.Decision} by hand against the outcome, and its log knows no damage");
        Require(part.Damage is not { Reported: false }, "I10", facts,
            $"the damage at {part.Node} was never noted by its superior");
        Require(!against || facts.Parts.Any(p => p.Node != part.Node && p.Damage is not null), "I10", facts,
            $"the damage at {part.Node} reached nobody above");
    }

    private static void Require(bool holds, string rule, ActionFacts facts, string what)
    {
        if (!holds)
        {
            throw new InvariantBrokenException(rule, $"{facts.Action}: {what}");
        }
    }
}
