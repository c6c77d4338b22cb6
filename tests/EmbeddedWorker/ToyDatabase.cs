using System.Globalization;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.EmbeddedWorker;

/// <summary>
/// What a database is to a manager, and nothing more: branches that are prepared by name and survive everybody, as
/// files of a folder. All nodes share it; each speaks for its own branches.
/// </summary>
internal sealed class ToyDatabase : IBranchResource
{
    private readonly NodeName _node;
    private readonly string _prepared;
    private readonly string _committed;

    public ToyDatabase(string folder, NodeName node)
    {
        _node = node;
        _prepared = Directory.CreateDirectory(Path.Combine(folder, "prepared")).FullName;
        _committed = Directory.CreateDirectory(Path.Combine(folder, "committed")).FullName;
    }

    public bool IsEmpty => Found().Count == 0;

    /// <inheritdoc/>
    public ValueTask<BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation)
    {
        ManagerIdentity manager = branch.Manager;
        string fresh = PathOf(_committed, branch) + ".new";
        File.WriteAllLines(
            fresh, [$"{branch.Action}", $"{branch.Branch}", $"{manager.Node}", $"{manager.Log}", $"{manager.Epoch}"]);
        File.Move(fresh, PathOf(_prepared, branch), overwrite: true);
        return new(BranchVote.Ready);
    }

    /// <inheritdoc/>
    public ValueTask<BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation)
    {
        try
        {
            File.Move(PathOf(_prepared, branch), PathOf(_committed, branch), overwrite: true);
        }
        catch (FileNotFoundException)
        {
            // It was committed before.
        }

        return new(BranchEnd.Committed);
    }

    /// <inheritdoc/>
    public ValueTask<BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation)
    {
        File.Delete(PathOf(_prepared, branch));
        return new(BranchEnd.RolledBack);
    }

    /// <inheritdoc/>
    public ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation) =>
        throw new NotSupportedException("The toy database is never alone in an action.");

    /// <inheritdoc/>
    public IReadOnlyList<FoundBranch> Found()
    {
        List<FoundBranch> found = [];
        foreach (string path in Directory.GetFiles(_prepared, _node + "~*"))
        {
            string[] lines = File.ReadAllLines(path);
            if (!AtomicActionId.TryParse(lines[0], out AtomicActionId? action)
                || !BranchId.TryParse(lines[1], out BranchId? branch))
            {
                throw new InvalidDataException($"{path} is no branch.");
            }

            ManagerIdentity promised = new(
                NodeName.Parse(lines[2]), new LogIdentity(UInt128.Parse(lines[3], NumberStyles.HexNumber, null)),
                uint.Parse(lines[4], NumberStyles.None, null));
            found.Add(new FoundBranch(action, branch, promised, FoundState.Ready));
        }

        return found;
    }

    private static string PathOf(string folder, BranchContext branch) => Path.Combine(
        folder, branch.Action.ToString().Replace(':', '~').Replace('/', '_'));
}
