using Ccr.AtomicActions;
using Ccr.Explorer.Lanes;
using Ccr.Protocol.Messages;

namespace Ccr.Explorer.Nodes;

/// <summary>What a log holds: the live records alone, as a restart would find them.</summary>
internal static class DiskModel
{
    /// <summary>The first <paramref name="count"/> written records are on the disk now.</summary>
    internal static void Keep(Cast cast, NodeState state, int count, List<Sight>? sights = null)
    {
        if (count == 0)
        {
            return;
        }

        sights?.AddRange(state.Written.Take(count).Select(r => new Sight(SightKind.Durable, r)));
        var live = new LiveRecords();
        foreach (int record in state.Durable.Concat(state.Written.Take(count)))
        {
            live.Apply(cast.Records[record]);
            state.Seen |= cast.Records[record] switch
            {
                LogReady => Seen.ReadyForced,
                LogCommit commit => Seen.CommitForced | (commit.Branch is null ? Seen.Decided : 0),
                _ => Seen.None,
            };
        }

        state.Durable.Clear();
        state.Durable.AddRange(live.Snapshot().Select(cast.Records.Of));
    }
}
