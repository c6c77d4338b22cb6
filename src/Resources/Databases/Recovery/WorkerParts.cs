using Ccr.Protocol.Names;
using Microsoft.Extensions.Logging;

namespace Ccr.Resources.Databases;

/// <summary>What the recovery of every database of a node shares.</summary>
/// <param name="Self">The manager.</param>
/// <param name="Registry">What operators did by hand.</param>
/// <param name="Options">How often to scan.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The manager's log for people.</param>
internal sealed record WorkerParts(
    ManagerIdentity Self, DatabaseRegistry Registry, DatabasesOptions Options, TimeProvider Time,
    ILogger Logger)
{
    private readonly long _start = Time.GetTimestamp();

    /// <summary>Milliseconds since the start.</summary>
    public long NowMs => (long)Time.GetElapsedTime(_start).TotalMilliseconds;
}
