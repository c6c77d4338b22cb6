using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>Where one Server is: "unix:PATH" or "tcp:HOST:PORT" addresses.</summary>
public sealed record Place(
    string Server, NodeName Node, string Kind, long Incarnation, IReadOnlyList<string> Addresses)
    : IBerValue
{
    /// <inheritdoc cref="Place"/>
    public IReadOnlyList<string> Addresses { get; init => field = ValueList.Of(value); } = ValueList.Of(Addresses);

    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteServerName(C0, Server);
        writer.WriteNode(C1, Node);
        writer.WriteText(C2, Kind);
        writer.WriteInteger(C3, Incarnation);
        writer.WriteTexts(C4, Addresses);
        writer.End(mark);
    }

    internal static Place Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        Place value = new(
            inner.ReadServerName(C0), inner.ReadNode(C1), inner.ReadText(C2), inner.ReadNatural(C3),
            inner.ReadTexts(C4));
        inner.End();
        return value;
    }
}
