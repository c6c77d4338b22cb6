namespace Ccr.Resources.Files.Store;

/// <summary>
/// Points between two steps on the disk. Tests kill the process, or fail a write, at each of them; in service nobody
/// listens.
/// </summary>
internal enum FaultPoint
{
    ImageCreated,
    ImageWritten,
    SpaceReserved,
    ImageForced,
    ImageListed,
    BeforeApply,
    BetweenApplies,
    HalfApplied,
    FilesWritten,
    FilesForced,
    FileNamed,
    FoldersForced,
    OutcomeWritten,
    OutcomeForced,
    ImageRemoved,
    RemovalForced,
    LocksFreed,
}
