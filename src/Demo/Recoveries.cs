using Ccr.Ccrctl.Charts;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Demo;

/// <summary>Finds the actions that C-RECOVER ended, among those that were open when a manager was killed.</summary>
internal sealed class Recoveries(NodeProcess owner, Tally tally, IReadOnlyList<KillEvent> kills)
{
    private const string Recover = "C-RECOVER";

    private readonly List<IReadOnlyList<TraceEvent>> _traces = [];

    /// <summary>How many there are.</summary>
    public int Count => _traces.Count;

    public async Task FindAsync(CancellationToken cancellation)
    {
        foreach (AtomicActionId action in tally.AtKill.OrderBy(a => a.ToString(), StringComparer.Ordinal))
        {
            Trace? trace = await owner.AskAsync(m => m.TraceAsync(action, cancellation), cancellation)
                .ConfigureAwait(false);
            if (trace is not null && trace.Events.Any(e => e.What.StartsWith(Recover, StringComparison.Ordinal)))
            {
                _traces.Add(trace.Events);
            }
        }
    }

    /// <summary>The chart of one that shows it well, with the kill in its place; empty when there is none.</summary>
    public string Chart()
    {
        IReadOnlyList<TraceEvent>? shown = _traces
            .OrderByDescending(IsWholeStory).ThenByDescending(WasInDoubt).ThenByDescending(Parties).ThenBy(t => t.Count)
            .FirstOrDefault();
        if (shown is null)
        {
            return "";
        }

        long begin = shown.Min(e => e.TimeUs);
        long end = shown.Max(e => e.TimeUs);
        AtomicActionId action = shown[0].Action;
        IEnumerable<TraceEvent> killed = kills
            .Where(k => k.TimeUs >= begin && k.TimeUs <= end)
            .Select(k => new TraceEvent(action, k.TimeUs, k.Node, $"manager {k.Node}", $"manager {k.Node}", k.What));
        return $"{action}\n{SequenceChart.Render(shown.Concat(killed))}";
    }

    private static bool WasInDoubt(IReadOnlyList<TraceEvent> events) => events.Any(e => e.What == "restart: Ready");

    private static int Parties(IReadOnlyList<TraceEvent> events) => events.Select(e => e.To).Distinct().Count();

    /// <summary>Begun, ready, decided, recovered, and the Client told.</summary>
    private static bool IsWholeStory(IReadOnlyList<TraceEvent> events) => new[]
    {
        "C-BEGIN-RI", "C-READY-RI", "log-commit", "C-RECOVER-RI(commit)", "C-RECOVER-RC(done)",
    }.All(what => events.Any(e => e.What == what)) && events.Any(e => e is { To: "client", What: "DoneCommit" });
}
