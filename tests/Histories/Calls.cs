namespace Ccr.Histories;

/// <summary>Puts invocations and their ends together.</summary>
public static class Calls
{
    private const int AnomaliesMax = 20;

    /// <summary>
    /// The calls of a history in the order of their invocations. An invocation without an end is in doubt. What cannot
    /// be put together is added to <paramref name="malformed"/>.
    /// </summary>
    public static List<Call> Of(IEnumerable<HistoryEvent> events, List<Anomaly> malformed)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(malformed);
        Dictionary<int, HistoryEvent> open = [];
        List<Call> calls = [];
        long last = -1;
        foreach (HistoryEvent e in events)
        {
            string? wrong = e.Index <= last ? "its index does not rise" : Take(e, open, calls);
            last = e.Index;
            if (wrong is not null && malformed.Count < AnomaliesMax)
            {
                malformed.Add(new Anomaly("malformed", $"The event {e.Index} of process {e.Process}: {wrong}."));
            }
        }

        foreach (HistoryEvent invocation in open.Values)
        {
            calls.Add(new Call(
                invocation.Process, invocation.Index, long.MaxValue, EventType.Info, invocation.Operation, null));
        }

        calls.Sort((a, b) => a.InvokedAt.CompareTo(b.InvokedAt));
        return calls;
    }

    private static string? Take(HistoryEvent e, Dictionary<int, HistoryEvent> open, List<Call> calls)
    {
        if (e.Type == EventType.Invoke)
        {
            return open.TryAdd(e.Process, e) ? null : "an invocation before the last one's end";
        }

        if (!open.Remove(e.Process, out HistoryEvent? invocation))
        {
            return "an end without an invocation";
        }

        // What is in doubt has no end: it may happen later.
        long end = e.Type == EventType.Info ? long.MaxValue : e.Index;
        Operation operation = e.Type == EventType.Ok ? e.Operation : invocation.Operation;
        calls.Add(new Call(e.Process, invocation.Index, end, e.Type, operation, e.Action));
        return IsAnswerTo(e, invocation.Operation) ? null : "it ends something else than was invoked";
    }

    private static bool IsAnswerTo(HistoryEvent answer, Operation asked) => (answer.Operation, asked) switch
    {
        (ListTransaction told, ListTransaction question) => told.Micros.Length == question.Micros.Length
            && told.Micros.Zip(question.Micros).All(m => m.First with { List = null } == m.Second with { List = null })
            && (answer.Type != EventType.Ok || told.Micros.All(m => m.IsAppend || m.List is not null)),
        (Transfer told, Transfer question) => told == question,
        (ReadBalances told, ReadBalances) => answer.Type != EventType.Ok || told.Balances is not null,
        _ => false,
    };
}
