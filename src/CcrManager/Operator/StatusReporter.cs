using Ccr.CcrManager.Lanes;
using Ccr.CcrManager.Links;
using Ccr.CcrManager.Sessions;
using Ccr.Protocol.Messages;

namespace Ccr.CcrManager.Operator;

/// <summary>How the manager is: what it counted, its Servers and its peers.</summary>
internal sealed class StatusReporter(
    LinkTable links, SessionTable sessions, ServerRegistry servers, Func<IEnumerable<Counter>> logCounters,
    TimeProvider time)
{
    private static readonly string s_version =
        typeof(StatusReporter).Assembly.GetName().Version?.ToString(3) ?? "0";

    private readonly long _since = time.GetTimestamp();

    /// <summary>Gathers it from the lanes, and hands it on.</summary>
    public void Report(LaneSet lanes, Action<Status> answer) =>
        LaneQuestion.Ask(lanes, CountCore, counts => answer(Make(lanes, counts)));

    private static Dictionary<string, long> CountCore(LaneHost lane, ILaneCore core)
    {
        Dictionary<string, long> counts = new(StringComparer.Ordinal);
        foreach ((string name, long value) in core.Counters())
        {
            counts[name] = value;
        }

        counts["waitingForLog"] = lane.WaitingForLog;
        return counts;
    }

    private Status Make(LaneSet lanes, Dictionary<string, long>[] counts) => new(
        0, links.Self, s_version, (long)time.GetElapsedTime(_since).TotalMilliseconds, lanes.Count, links.Address,
        [.. Counters(lanes, counts)], servers.Status(), [.. Peers()]);

    private IEnumerable<Counter> Counters(LaneSet lanes, Dictionary<string, long>[] counts)
    {
        foreach (string name in counts.SelectMany(one => one.Keys).Distinct())
        {
            yield return new Counter(name, counts.Sum(one => one.GetValueOrDefault(name)));
        }

        yield return new Counter("messagesSent", lanes.All.Sum(lane => lane.Traffic.MessagesSent));
        yield return new Counter("messagesToSessions", lanes.All.Sum(lane => lane.Traffic.MessagesToSessions));
        yield return new Counter("inputs", lanes.All.Sum(lane => lane.Traffic.Inputs));
        yield return new Counter("inputsWaiting", lanes.All.Sum(lane => (long)lane.Waiting));
        yield return new Counter("forcedWrites", lanes.All.Sum(lane => lane.Traffic.ForcedWrites));
        yield return new Counter("turns", lanes.All.Sum(lane => lane.Traffic.Turns));
        yield return new Counter("batchesToLog", lanes.All.Sum(lane => lane.Traffic.BatchesToLog));
        foreach (Counter counter in logCounters())
        {
            yield return counter;
        }

        yield return new Counter("sessions", sessions.Count);
        yield return new Counter("sessionsWaiting", sessions.Waiting);
        yield return new Counter("links", links.All.Count);
    }

    private IEnumerable<PeerStatus> Peers()
    {
        foreach (Announcement known in links.Book.Known)
        {
            Link? link = links.To(known.Identity.Node, ownOnly: false);
            string state = link is null ? "not connected" : link.OpenedHere ? "connected" : "connected to us only";
            yield return new PeerStatus(known.Identity, known.Address, state);
        }
    }
}
