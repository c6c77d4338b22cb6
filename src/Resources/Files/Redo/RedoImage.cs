using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Store;

namespace Ccr.Resources.Files.Redo;

/// <summary>What an update does to its file.</summary>
internal enum RedoKind : byte
{
    /// <summary>Writes a file that exists, in place.</summary>
    Write = 1,

    /// <summary>Makes a file that does not exist.</summary>
    Create = 2,

    /// <summary>Removes a file.</summary>
    Delete = 3,
}

/// <summary>The update of one file, complete: it can be done again and again.</summary>
/// <param name="Path">The file.</param>
/// <param name="Kind">What is done.</param>
/// <param name="Base">What the file was.</param>
/// <param name="Sectors">The same in detail, for a file that is written in place.</param>
/// <param name="Length">Octets of the new content.</param>
/// <param name="Hash">SHA-256 of the new content.</param>
/// <param name="Content">The new content; empty while the image lies on the disk alone.</param>
internal sealed record RedoEntry(
    FilePath Path,
    RedoKind Kind,
    FileBase Base,
    BaseSectors Sectors,
    int Length,
    byte[] Hash,
    ReadOnlyMemory<byte> Content);

/// <summary>A branch, by its action and its own name.</summary>
internal readonly record struct BranchKey(AtomicActionId Action, BranchId Branch)
{
    /// <inheritdoc/>
    public override string ToString() => $"branch {Branch} of action {Action}";
}

/// <summary>
/// The ready record of a branch: all its updates, and the manager that it promises them to (SEM-3). Once it is
/// forced, the branch can be committed whatever happens.
/// </summary>
/// <param name="Key">The branch.</param>
/// <param name="Promised">The manager to which Ready is said.</param>
/// <param name="Decided">Committed in one phase: the image is the decision, too (SEM-5).</param>
/// <param name="Entries">The updates.</param>
internal sealed record RedoImage(
    BranchKey Key, ManagerIdentity Promised, bool Decided, IReadOnlyList<RedoEntry> Entries);

/// <summary>How a branch ended, kept until the manager forgets it: a one-phase decision, or damage.</summary>
/// <param name="Key">The branch.</param>
/// <param name="Promised">Its manager.</param>
/// <param name="OnePhase">True for an outcome that this Server alone decided.</param>
/// <param name="Outcome">Committed, mix or hazard.</param>
/// <param name="Text">What is damaged, for people.</param>
internal sealed record KeptOutcome(
    BranchKey Key, ManagerIdentity Promised, bool OnePhase, DoneOutcome Outcome, string Text);
