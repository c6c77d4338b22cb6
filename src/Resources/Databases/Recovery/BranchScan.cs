using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases;

/// <summary>What one scan showed of this node's branches. Names that are ended since are taken out.</summary>
internal sealed class BranchScan
{
    private readonly Dictionary<Branch, Names> _own = [];

    /// <summary>Reads what the database showed.</summary>
    /// <param name="all">All prepared branches.</param>
    /// <param name="self">The manager of this node.</param>
    /// <param name="database">The name under which the database is registered.</param>
    /// <param name="number">Drawn before the scan was begun (<see cref="OrderTable.NextNumber"/>).</param>
    public BranchScan(IReadOnlyList<PreparedBranch> all, ManagerIdentity self, string database, long number)
    {
        Number = number;
        HashSet<(Branch, ManagerIdentity)> seen = [];
        List<FoundBranch> found = [];
        foreach (PreparedBranch one in all)
        {
            if (Claim.Of(one, self, database) is not { } claim)
            {
                continue;
            }

            if (claim.Promised.Log == self.Log)
            {
                Add(claim, one.NativeName);
            }

            if (seen.Add((claim.Branch, claim.Promised)))
            {
                found.Add(new FoundBranch(claim.Branch.Action, claim.Branch.Id, claim.Promised, FoundState.Ready));
            }
        }

        Found = found;
        Own = _own.Count;
    }

    /// <summary>Compared with the orders' numbers.</summary>
    public long Number { get; }

    /// <summary>What the manager is told.</summary>
    public IReadOnlyList<FoundBranch> Found { get; }

    /// <summary>How many branches it showed that were promised to this manager's log.</summary>
    public int Own { get; }

    /// <summary>True while a name of the branch is listed and not ended since.</summary>
    public bool Lists(Branch branch) => _own.ContainsKey(branch);

    /// <summary>Takes a branch's names out, to end them.</summary>
    public Names? Take(Branch branch) => _own.Remove(branch, out Names? names) ? names : null;

    private void Add(Claim claim, string name)
    {
        if (!_own.TryGetValue(claim.Branch, out Names? names))
        {
            _own.Add(claim.Branch, names = new Names([], claim.IsAssisted));
        }

        names.All.Add(name);
    }

    /// <summary>The prepared names of one branch.</summary>
    internal sealed record Names(List<string> All, bool AreAssisted);
}
