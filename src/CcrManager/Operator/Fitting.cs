using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

namespace Ccr.CcrManager.Operator;

/// <summary>Cuts lists so that the message with them fits one frame.</summary>
internal static class Fitting
{
    public static TraceReply Reply(long reference, IReadOnlyList<TraceEvent> events) =>
        Shorten(events, list => new TraceReply(reference, list));

    public static Trace Trace(Trace whole) => Shorten(whole.Events, list => whole with { Events = list });

    public static Actions Actions(long reference, long total, IReadOnlyList<ActionStatus> items) =>
        Shorten(items, list => new Actions(reference, total, list));

    private static TMessage Shorten<TItem, TMessage>(
        IReadOnlyList<TItem> items, Func<IReadOnlyList<TItem>, TMessage> make)
        where TMessage : IBerMessage
    {
        BerWriter writer = new();
        for (int count = items.Count; ; count /= 2)
        {
            TMessage message = make(count == items.Count ? items : [.. items.Take(count)]);
            writer.Reset();
            message.Write(writer);
            if (writer.Length <= ManagerLimits.ReplyOctetsMax || count == 0)
            {
                return message;
            }
        }
    }
}
