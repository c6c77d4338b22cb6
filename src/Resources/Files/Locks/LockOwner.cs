using Ccr.Protocol.Names;

namespace Ccr.Resources.Files.Locks;

/// <summary>
/// Who holds locks: an atomic action. All its branches at this Server share them (SEM-11). Its members belong to
/// <see cref="FileLockTable"/> and change under the table's gate alone.
/// </summary>
internal sealed class LockOwner(AtomicActionId action)
{
    /// <summary>The action.</summary>
    internal AtomicActionId Action { get; } = action;

    /// <summary>Prepared: it waits for its manager's decision, and says so to those who wait for it.</summary>
    internal bool InDoubt { get; set; }

    /// <summary>It has let go of everything for good.</summary>
    internal bool Released { get; set; }

    /// <summary>Its files, by path.</summary>
    internal Dictionary<string, LockedFile> Held { get; } = new(StringComparer.Ordinal);

    /// <summary>What it waits for.</summary>
    internal List<LockWaiter> Waiting { get; } = [];

    /// <summary>"action tokyo:3.42", and what it waits for itself.</summary>
    public override string ToString() =>
        InDoubt ? $"action {Action} (prepared, waiting for its manager)" : $"action {Action}";
}
