using Ccr.Protocol.Names;

namespace Ccr.Artemis;

/// <summary>
/// What a group's journal tells, one record after the other; docs/CHECKPOINT-FORMAT.md has the octets.
/// </summary>
internal abstract record JournalRecord;

/// <summary>The server of the group was started: its incarnation (SEM-7).</summary>
internal sealed record Started(long Incarnation) : JournalRecord;

/// <summary>A higher identity of the manager was seen (SEM-6).</summary>
internal sealed record ManagerMet(ManagerIdentity Manager) : JournalRecord;

/// <summary>A checkpoint is stored: a link of the chain from now on, whatever becomes of it.</summary>
internal sealed record Taken(long Number, long Previous, CheckpointFigures Figures) : JournalRecord;

/// <summary>It is promised: action, branch, and the manager that may end it (SEM-3).</summary>
internal sealed record ReadySaid(
    long Number, AtomicActionId Action, BranchId Branch, ManagerIdentity Manager) : JournalRecord;

/// <summary>It may be restarted from.</summary>
internal sealed record CommittedNow(long Number) : JournalRecord;

/// <summary>The same, decided here in one phase; the outcome is kept until it is forgotten (SEM-5).</summary>
internal sealed record CommittedAlone(
    long Number, AtomicActionId Action, BranchId Branch, ManagerIdentity Manager) : JournalRecord;

/// <summary>It may not be restarted from.</summary>
internal sealed record RolledBackNow(long Number) : JournalRecord;

/// <summary>The manager has noted a one-phase outcome.</summary>
internal sealed record Forgotten(long Number) : JournalRecord;

/// <summary>The program runs on from a checkpoint; all later ones so far belong to a past that never was.</summary>
internal sealed record RestartedFrom(long Number, long LastNumber) : JournalRecord;

/// <summary>Checkpoints that are no longer kept: their segments may be removed.</summary>
internal sealed record Dropped(IReadOnlyList<long> Numbers) : JournalRecord;

/// <summary>What taking a checkpoint cost.</summary>
/// <param name="TakenAtMs">When, in milliseconds since 1970.</param>
/// <param name="PauseNs">How long the program stood.</param>
/// <param name="DirtyPages">Pages that the jacket handed over.</param>
/// <param name="StoredOctets">What its segment had on the disk.</param>
/// <param name="Threads">The program's threads.</param>
/// <param name="IsFull">True when it builds on no other.</param>
public sealed record CheckpointFigures(
    long TakenAtMs, long PauseNs, long DirtyPages, long StoredOctets, int Threads, bool IsFull);
