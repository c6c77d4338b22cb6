using System.Globalization;
using System.Text;

namespace Ccr.Histories.ListAppend;

/// <summary>A cycle as a sentence and a drawing.</summary>
internal sealed class CycleWords(IReadOnlyList<Call> calls, VersionOrders orders)
{
    public Anomaly Describe(string name, List<Step> cycle)
    {
        int anti = cycle.Count(s => s.Kind == EdgeKinds.ReadWrite);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"each of {cycle.Count} transactions stands before the next, ");
        text.Append(anti switch
        {
            0 => "and none of them by an anti-dependency",
            1 => "by one anti-dependency",
            _ => string.Create(CultureInfo.InvariantCulture, $"by {anti} anti-dependencies"),
        });
        text.Append(":\n");
        foreach (Step step in cycle)
        {
            Call call = calls[step.From];
            text.Append(CultureInfo.InvariantCulture, $"  {call.Name} {ShortOf(call)}\n");
            text.Append(CultureInfo.InvariantCulture, $"    | {Mark(step.Kind)}: {Because(step)}\n    v\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"  {calls[cycle[0].From].Name}, where it began");
        return new Anomaly(name, text.ToString());
    }

    private static string ShortOf(Call call) => $"[{string.Join(", ", ((ListTransaction)call.Operation).Micros)}]";

    private static string Mark(EdgeKinds kind) => kind switch
    {
        EdgeKinds.WriteWrite => "ww",
        EdgeKinds.WriteRead => "wr",
        EdgeKinds.ReadWrite => "rw",
        _ => "rt",
    };

    private string Because(Step step)
    {
        string to = $"T{calls[step.To].InvokedAt}";
        VersionOrders.Version? version = step.Kind == EdgeKinds.RealTime ? null : orders.VersionOf(step.Key);
        return step.Kind switch
        {
            EdgeKinds.WriteWrite =>
                $"its append stands before one of {to} in list {step.Key}: {Words.Of(version!.Longest)}",
            EdgeKinds.WriteRead => $"{to} read its append in list {step.Key}",
            EdgeKinds.ReadWrite => $"it read list {step.Key} without an append of {to}",
            _ => $"it had ended (event {calls[step.From].EndedAt}) before {to} was invoked",
        };
    }
}
