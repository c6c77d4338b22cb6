using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// Waits between tries of recovery: doubling, with jitter (ccr-standard.md 7). The core has no random source, so
/// the jitter comes from the action's name: two actions differ, two runs of one do not.
/// </summary>
internal sealed class Backoff(AtomicActionId action, LaneOptions options)
{
    private int _tries;

    /// <summary>The next wait: between three quarters and five quarters of the doubled base.</summary>
    internal long NextMs()
    {
        long step = (long)options.RecoverBackoffMsMin << Math.Min(_tries, 16);
        long baseMs = Math.Min(step, options.RecoverBackoffMsMax);
        uint salt = action.Suffix.StableHash() + ((uint)++_tries * 2654435761u);
        return (baseMs * 3 / 4) + (salt % (uint)Math.Max(1, baseMs / 2));
    }

    internal void Reset() => _tries = 0;
}
