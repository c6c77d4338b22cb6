using Ccr.Protocol.Messages;

namespace Ccr.Ccrctl.Charts;

/// <summary>
/// Puts the events that several nodes recorded into the order of time. A message that both its sender and its receiver
/// recorded stands once, where it was sent.
/// </summary>
public static class TraceOrder
{
    /// <summary>The events in order of time.</summary>
    public static IReadOnlyList<TraceEvent> Of(IEnumerable<TraceEvent> events)
    {
        TraceEvent[] ordered = [.. events.OrderBy(e => e.TimeUs)];
        Dictionary<(string From, string To, string What), int> sent = [];
        List<TraceEvent> kept = [];
        foreach (TraceEvent item in ordered)
        {
            var key = (item.From, item.To, item.What);
            int open = sent.GetValueOrDefault(key);
            if (!BetweenManagers(item))
            {
                kept.Add(item);
            }
            else if (item.From == $"manager {item.Node}")
            {
                sent[key] = open + 1;
                kept.Add(item);
            }
            else if (open > 0)
            {
                sent[key] = open - 1;
            }
            else
            {
                kept.Add(item);
            }
        }

        return kept;
    }

    private static bool BetweenManagers(TraceEvent item) => item.From != item.To
        && item.From.StartsWith("manager ", StringComparison.Ordinal)
        && item.To.StartsWith("manager ", StringComparison.Ordinal);
}
