using Ccr.AtomicActions;

namespace Ccr.AtomicActionLog.Recovery;

/// <summary>What was read from a log that may be written on.</summary>
/// <param name="Live">What is live in it.</param>
/// <param name="LastSequence">Its last record; 0 when it has none.</param>
/// <param name="Epoch">Its last epoch; 0 when it was never started.</param>
/// <param name="End">The address behind its last record.</param>
/// <param name="FirstSegment">The first segment that is still needed.</param>
/// <param name="Notices">What an operator should know, in sentences.</param>
internal sealed record RecoveredLog(
    LiveRecords Live, long LastSequence, uint Epoch, long End, int FirstSegment, IReadOnlyList<string> Notices);
