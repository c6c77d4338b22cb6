using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Invariants;

/// <summary>All that is known of one atomic action. Facts are only ever added, whatever crashes.</summary>
internal sealed class ActionFacts(AtomicActionId action)
{
    private readonly List<Part> _parts = [];
    private readonly HashSet<(Fact, BranchId)> _branches = [];
    private readonly Dictionary<BranchId, BranchEnded> _ends = [];
    private readonly HashSet<(NodeName, BranchId)> _damaged = [];

    public AtomicActionId Action { get; } = action;

    public IReadOnlyList<Part> Parts => _parts;

    public IReadOnlyCollection<BranchEnded> Ends => _ends.Values;

    /// <summary>A Client was told so.</summary>
    public bool ToldCommitted { get; set; }

    /// <summary>A Client was told so.</summary>
    public bool ToldRolledBack { get; set; }

    /// <summary>The root's decision to commit is durable, or was.</summary>
    public bool Decided => _parts.Exists(p => p.Up is null && p.Commit is not null);

    public IEnumerable<BranchId> Promised => _branches.Where(b => b.Item1 == Fact.Promised).Select(b => b.Item2);

    public bool Has(Fact fact, BranchId? branch) => branch is not null && _branches.Contains((fact, branch));

    public void Add(Fact fact, BranchId branch) => _branches.Add((fact, branch));

    public BranchEnded? EndOf(BranchId branch) => _ends.GetValueOrDefault(branch);

    public void Ended(BranchEnded end) => _ends[end.Branch] = end;

    public Part PartOf(NodeName node, BranchId? up) =>
        _parts.Find(p => p.Node == node && Equals(p.Up, up)) ?? new Part(node, up);

    public void Put(Part part)
    {
        _parts.RemoveAll(p => p.Node == part.Node && Equals(p.Up, part.Up));
        _parts.Add(part);
    }

    /// <summary>The part of a node under which a branch to a subordinate stands in a record.</summary>
    public Part? Above(NodeName node, BranchId branch) =>
        _parts.Find(p => p.Node == node && p.HasSubordinate(branch));

    /// <summary>The part of a node under which a branch to a Server stands in a record.</summary>
    public Part? AboveServer(NodeName node, BranchId branch) =>
        _parts.Find(p => p.Node == node && p.HasServer(branch));

    public void NoteDamage(NodeName node, BranchId branch) => _damaged.Add((node, branch));

    /// <summary>Some manager's log names this damage.</summary>
    public bool IsDamaged(BranchId branch) => _damaged.Any(d => d.Item2.Equals(branch));

    /// <summary>An operator decided this part, or one above it, by hand.</summary>
    public bool ByHand(Part? part)
    {
        for (int depth = 0; part is not null && depth < 16; depth++)
        {
            if (part.ByHand is not null)
            {
                return true;
            }

            part = part.Up is { } up ? _parts.Find(p => p.HasSubordinate(up)) : null;
        }

        return false;
    }

    /// <summary>This end may differ from the others: it was decided by hand, or is on record as damage.</summary>
    public bool IsExempt(BranchEnded end) =>
        end.Why == EndCause.ByHand || IsDamaged(end.Branch) || ByHand(AboveServer(end.Node, end.Branch));

    public ActionFacts Clone()
    {
        ActionFacts copy = new(Action) { ToldCommitted = ToldCommitted, ToldRolledBack = ToldRolledBack };
        copy._parts.AddRange(_parts);
        copy._branches.UnionWith(_branches);
        copy._damaged.UnionWith(_damaged);
        foreach (BranchEnded end in _ends.Values)
        {
            copy._ends.Add(end.Branch, end);
        }

        return copy;
    }

    public IEnumerable<string> Lines() =>
    [
        .. _parts.Select(p => p.ToString()),
        .. _branches.Select(b => $"{b.Item1} {b.Item2}"),
        .. _ends.Values.Select(e => $"end {e.Branch} {e.Server} {e.Committed} {e.Why}"),
        .. _damaged.Select(d => $"damaged {d.Item1} {d.Item2}"),
        $"told {ToldCommitted} {ToldRolledBack}",
    ];
}

/// <summary>What happened once to a branch, and stays true.</summary>
internal enum Fact
{
    /// <summary>A Server's READY.</summary>
    Promised,

    /// <summary>C-READY-RI left.</summary>
    ReadyLeft,

    /// <summary>C-COMMIT-RI or C-RECOVER(commit) left.</summary>
    CommitOrdered,

    /// <summary>C-ROLLBACK-RI of the superior, or its "unknown", left.</summary>
    RollbackOrdered,

    /// <summary>C-COMMIT-RC or C-RECOVER-RC(done) left.</summary>
    Confirmed,

    /// <summary>The confirm, or a damage report, named damage.</summary>
    DamageReported,
}
