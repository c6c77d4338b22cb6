using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>Manager to Location Server: where is this Server? Fresh: do not answer from a cache.</summary>
public sealed record Locate(long Reference, string Server, bool Fresh) : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 29;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteServerName(C1, Server);
        writer.WriteBoolean(C2, Fresh);
    }

    internal static Locate Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadServerName(C1), reader.ReadBoolean(C2));
}

/// <summary>The Location Server's answer: where the Server is, or why it was not found.</summary>
/// <param name="Reference">As asked.</param>
/// <param name="Server">The Server's name.</param>
/// <param name="Found">Where it is, or null.</param>
/// <param name="Refused">Why it was not found, or null: exactly one of the two is there.</param>
public sealed record Located(long Reference, string Server, LocatedAt? Found, Refusal? Refused)
    : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 30;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteServerName(C1, Server);
        writer.WriteResult(C2, Found, Refused);
    }

    internal static Located Read(ref BerReader reader)
    {
        long reference = reader.ReadNatural(C0);
        string server = reader.ReadServerName(C1);
        LocatedAt? found = reader.ReadResult(C2, LocatedAt.Read, out Refusal? refused);
        return new(reference, server, found, refused);
    }
}

/// <summary>Where a Server is.</summary>
public sealed record LocatedAt(NodeName Node, string Kind, long Incarnation, IReadOnlyList<string> Addresses)
    : IBerValue
{
    /// <inheritdoc cref="LocatedAt"/>
    public IReadOnlyList<string> Addresses { get; init => field = ValueList.Of(value); } = ValueList.Of(Addresses);

    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteNode(C0, Node);
        writer.WriteText(C1, Kind);
        writer.WriteInteger(C2, Incarnation);
        writer.WriteTexts(C3, Addresses);
        writer.End(mark);
    }

    internal static LocatedAt Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        LocatedAt value = new(inner.ReadNode(C0), inner.ReadText(C1), inner.ReadNatural(C2), inner.ReadTexts(C3));
        inner.End();
        return value;
    }
}

/// <summary>Manager to Location Server, whenever they change: the nodes that are known.</summary>
public sealed record Peers(IReadOnlyList<Announcement> Nodes) : SessionMessage
{
    /// <inheritdoc cref="Peers"/>
    public IReadOnlyList<Announcement> Nodes { get; init => field = ValueList.Of(value); } = ValueList.Of(Nodes);

    private protected override int Alternative => 31;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteList(C0, Nodes);
    }

    internal static Peers Read(ref BerReader reader) => new(reader.ReadList(C0, Announcement.Read));
}
