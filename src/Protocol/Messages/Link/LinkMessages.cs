using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>The first frame of the connection's opener.</summary>
public sealed record LinkHello(
    int Version, ManagerIdentity Identity, int Lanes, string Address, string LocationAddress)
    : LinkMessage
{
    private protected override int Alternative => 0;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Version);
        writer.WriteIdentity(C1, Identity);
        writer.WriteInteger(C2, Lanes);
        writer.WriteText(C3, Address);
        writer.WriteText(C4, LocationAddress);
    }

    internal static LinkHello Read(ref BerReader reader) => new(
        reader.ReadInt32(C0, 1, 65535), reader.ReadIdentity(C1), reader.ReadInt32(C2, 1, 256),
        reader.ReadText(C3), reader.ReadText(C4));
}

/// <summary>The acceptor's answer to <see cref="LinkHello"/>.</summary>
public sealed record LinkWelcome(
    int Version, ManagerIdentity Identity, int Lanes, string Address, string LocationAddress)
    : LinkMessage
{
    private protected override int Alternative => 1;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Version);
        writer.WriteIdentity(C1, Identity);
        writer.WriteInteger(C2, Lanes);
        writer.WriteText(C3, Address);
        writer.WriteText(C4, LocationAddress);
    }

    internal static LinkWelcome Read(ref BerReader reader) => new(
        reader.ReadInt32(C0, 1, 65535), reader.ReadIdentity(C1), reader.ReadInt32(C2, 1, 256),
        reader.ReadText(C3), reader.ReadText(C4));
}

/// <summary>The connection ends behind this.</summary>
public sealed record LinkRefused(Refusal Refusal) : LinkMessage
{
    private protected override int Alternative => 2;

    private protected override void WriteFields(BerWriter writer) => Refusal.WriteFields(writer);

    internal static LinkRefused Read(ref BerReader reader) => new(Refusal.ReadFields(ref reader));
}

/// <summary>Who is where (SEM-7); passed on, the highest epoch kept.</summary>
public sealed record Announce(IReadOnlyList<Announcement> Nodes) : LinkMessage
{
    /// <inheritdoc cref="Announce"/>
    public IReadOnlyList<Announcement> Nodes { get; init => field = ValueList.Of(value); } = ValueList.Of(Nodes);

    private protected override int Alternative => 9;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteList(C0, Nodes);
    }

    internal static Announce Read(ref BerReader reader) => new(reader.ReadList(C0, Announcement.Read));
}

/// <summary>Where one node is, by its last word.</summary>
public sealed record Announcement(ManagerIdentity Identity, string Address, string LocationAddress) : IBerValue
{
    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        writer.WriteIdentity(C0, Identity);
        writer.WriteText(C1, Address);
        writer.WriteText(C2, LocationAddress);
        writer.End(mark);
    }

    internal static Announcement Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        Announcement value = new(inner.ReadIdentity(C0), inner.ReadText(C1), inner.ReadText(C2));
        inner.End();
        return value;
    }
}

/// <summary>Asks whether the other side still answers.</summary>
public sealed record Ping(long Reference) : LinkMessage, IReferenceMessage
{
    private protected override int Alternative => 14;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
    }

    internal static Ping Read(ref BerReader reader) => new(reader.ReadNatural(C0));
}

/// <summary>Answers <see cref="Ping"/>.</summary>
public sealed record Pong(long Reference) : LinkMessage, IReferenceMessage
{
    private protected override int Alternative => 15;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
    }

    internal static Pong Read(ref BerReader reader) => new(reader.ReadNatural(C0));
}
