using System.Globalization;
using System.Text;

namespace Ccr.Histories;

/// <summary>
/// A history in EDN as Jepsen's tools read it: one map a line, list transactions as Elle expects them.
/// </summary>
public static class ElleExport
{
    /// <summary>Writes all events, each as one map.</summary>
    public static void Write(TextWriter to, IEnumerable<HistoryEvent> events)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(events);
        foreach (HistoryEvent e in events)
        {
            to.Write(ToEdn(e));
            to.Write('\n');
        }
    }

    /// <summary>
    /// One event: {:type :ok, :f :txn, :value [[:append 1 2] [:r 1 [1 2]]], :process 0, :index 1, :time 5}.
    /// </summary>
    public static string ToEdn(HistoryEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        string type = e.Type.ToString().ToLowerInvariant();
        return string.Create(CultureInfo.InvariantCulture,
            $"{{:type :{type}, :f :{e.Operation.Function}, :value {ValueOf(e.Operation)}, "
            + $":process {e.Process}, :index {e.Index}, :time {e.TimeNs}}}");
    }

    private static string ValueOf(Operation operation) => operation switch
    {
        ListTransaction list => $"[{string.Join(' ', list.Micros.Select(MicroOf))}]",
        Transfer move => string.Create(
            CultureInfo.InvariantCulture, $"{{:from {move.From}, :to {move.To}, :amount {move.Amount}}}"),
        ReadBalances { Balances: { } balances } => $"{{{string.Join(", ", balances.Select(
            (b, i) => string.Create(CultureInfo.InvariantCulture, $"{i} {b}")))}}}",
        _ => "nil",
    };

    private static string MicroOf(Micro micro)
    {
        if (micro.IsAppend)
        {
            return string.Create(CultureInfo.InvariantCulture, $"[:append {micro.Key} {micro.Value}]");
        }

        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"[:r {micro.Key} ");
        text.Append(micro.List is null ? "nil" : $"[{string.Join(' ', micro.List)}]");
        return text.Append(']').ToString();
    }
}
