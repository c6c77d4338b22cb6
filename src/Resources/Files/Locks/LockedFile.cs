using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Store;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Resources.Files.Locks;

/// <summary>
/// A file that somebody has locked or waits for. One open file serves all our actions: the operating system sees one
/// holder, the strongest mode of ours. Only the table changes it, under its gate.
/// </summary>
internal sealed class LockedFile(FilePath path)
{
    /// <summary>Its path below the root.</summary>
    internal FilePath Path { get; } = path;

    /// <summary>The open and locked file; null while nobody of ours holds it, or where it does not exist.</summary>
    internal SafeFileHandle? File { get; set; }

    /// <summary>False where this user may only read the file.</summary>
    internal bool Writable { get; set; }

    /// <summary>Our actions that hold it. One exclusive holder is the only one.</summary>
    internal Dictionary<LockOwner, LockMode> Holders { get; } = [];

    /// <summary>Those that wait, in the order in which they are served.</summary>
    internal LinkedList<LockWaiter> Queue { get; } = new();

    /// <summary>Tries again while another process holds the file.</summary>
    internal ITimer? Poll { get; set; }

    /// <summary>Until the next try.</summary>
    internal TimeSpan PollDelay { get; set; }

    /// <summary>Who is in the way, for people.</summary>
    internal string HeldBy(LockOwner asker)
    {
        List<LockOwner> others = [.. Holders.Keys.Where(holder => holder != asker)];
        return others.Count switch
        {
            0 => Queue.First is { } first && first.Value.Owner != asker
                ? $"another process ({first.Value.Owner} waits for it, too)"
                : "another process",
            <= 3 => string.Join(", ", others),
            _ => $"{others[0]} and {others.Count - 1} other actions",
        };
    }
}

/// <summary>One request that waits for a file.</summary>
internal sealed class LockWaiter(LockOwner owner, LockedFile file, LockMode mode, bool upgrade, bool bounded)
{
    internal LockOwner Owner { get; } = owner;

    internal LockedFile File { get; } = file;

    internal LockMode Mode { get; } = mode;

    /// <summary>The owner holds it shared, and wants it exclusive.</summary>
    internal bool Upgrade { get; } = upgrade;

    /// <summary>False: it waits until it is served (recovery).</summary>
    internal bool Bounded { get; } = bounded;

    /// <summary>Ends the wait; null for one without an end (recovery).</summary>
    internal ITimer? Limit { get; set; }

    /// <summary>How long it may wait.</summary>
    internal TimeSpan LimitLength { get; set; }

    internal TaskCompletionSource<LockedFile> Done { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
