using Ccr.Protocol;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog;

/// <summary>Divides what is live into the parts of a checkpoint, each well below the longest frame.</summary>
internal static class CheckpointParts
{
    private const int PartOctetsMax = Limits.FrameOctetsMax / 4;
    private const int PartItemsMax = Limits.ListItemsMax / 2;

    internal static List<Checkpoint> Of(
        IReadOnlyList<LogContent> live, ManagerIdentity identity, int envelopeOctetsMax)
    {
        int partOctetsMax = Math.Min(PartOctetsMax, envelopeOctetsMax / 2);
        List<List<LogContent>> parts = [[]];
        BerWriter measure = new();
        int octets = 0;
        foreach (LogContent content in live)
        {
            measure.Reset();
            content.Write(measure);
            octets += measure.Length;
            if (parts[^1].Count == PartItemsMax || (octets > partOctetsMax && parts[^1].Count > 0))
            {
                parts.Add([]);
                octets = measure.Length;
            }

            parts[^1].Add(content);
        }

        List<Checkpoint> checkpoints = new(parts.Count);
        for (int i = 0; i < parts.Count; i++)
        {
            checkpoints.Add(new Checkpoint(i + 1, parts.Count, identity, parts[i]));
        }

        return checkpoints;
    }
}
