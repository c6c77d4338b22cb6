using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>
/// Heuristic damage against an action that rolled back, which no APDU can carry (SEM-4); repeated until noted.
/// </summary>
public sealed record DamageReport(AtomicActionId Action, Damage Damage) : LinkMessage, IActionMessage
{
    private protected override int Alternative => 10;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteAction(C0, Action);
        Damage.Write(writer, C1);
    }

    internal static DamageReport Read(ref BerReader reader) => new(
        reader.ReadAction(C0), Damage.Read(ref reader, C1));
}

/// <summary>The superior's manager has noted the damage.</summary>
public sealed record DamageNoted(AtomicActionId Action, Damage Damage) : LinkMessage, IActionMessage
{
    private protected override int Alternative => 11;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteAction(C0, Action);
        Damage.Write(writer, C1);
    }

    internal static DamageNoted Read(ref BerReader reader) => new(reader.ReadAction(C0), Damage.Read(ref reader, C1));
}

/// <summary>Asks a node what it recorded of an action.</summary>
public sealed record TraceRequest(long Reference, AtomicActionId Action)
    : LinkMessage, IActionMessage, IReferenceMessage
{
    private protected override int Alternative => 12;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
    }

    internal static TraceRequest Read(ref BerReader reader) => new(reader.ReadNatural(C0), reader.ReadAction(C1));
}

/// <summary>What a node recorded of an action.</summary>
public sealed record TraceReply(long Reference, IReadOnlyList<TraceEvent> Events) : LinkMessage, IReferenceMessage
{
    /// <inheritdoc cref="TraceReply"/>
    public IReadOnlyList<TraceEvent> Events { get; init => field = ValueList.Of(value); } = ValueList.Of(Events);

    private protected override int Alternative => 13;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteList(C1, Events);
    }

    internal static TraceReply Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadList(C1, TraceEvent.Read));
}

/// <summary>
/// One arrow of an action's sequence chart; the time is the recorder's, microseconds since 1970-01-01 UTC.
/// </summary>
public sealed record TraceEvent(
    AtomicActionId Action, long TimeUs, NodeName Node, string From, string To, string What)
    : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteAction(C0, Action);
        writer.WriteInteger(C1, TimeUs);
        writer.WriteNode(C2, Node);
        writer.WriteText(C3, From);
        writer.WriteText(C4, To);
        writer.WriteText(C5, What);
        writer.End(mark);
    }

    internal static TraceEvent Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        TraceEvent value = new(
            inner.ReadAction(C0), inner.ReadInteger(C1), inner.ReadNode(C2), inner.ReadText(C3),
            inner.ReadText(C4), inner.ReadText(C5));
        inner.End();
        return value;
    }
}
