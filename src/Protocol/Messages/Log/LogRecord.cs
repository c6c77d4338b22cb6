using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>The envelope of a record of the atomic-action log: which log, which place in it, and what.</summary>
/// <param name="Log">The log's identity.</param>
/// <param name="Sequence">1, 2, 3 ... without a gap.</param>
/// <param name="Content">What is recorded.</param>
public sealed record LogRecord(LogIdentity Log, long Sequence, LogContent Content);
