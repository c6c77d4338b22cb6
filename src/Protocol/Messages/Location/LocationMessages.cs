using Ccr.Protocol.Ber;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>A Server of this node registers, or renews its lease.</summary>
public sealed record RegisterPlace(long Reference, Place Place, int LeaseMs) : LocationMessage, IReferenceMessage
{
    private protected override int Alternative => 0;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        Place.Write(writer, C1);
        writer.WriteInteger(C2, LeaseMs);
    }

    internal static RegisterPlace Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), Place.Read(ref reader, C1), reader.ReadInt32(C2, 1, int.MaxValue));
}

/// <summary>The lease that was given.</summary>
public sealed record PlaceRegistered(long Reference, int LeaseMs) : LocationMessage, IReferenceMessage
{
    private protected override int Alternative => 1;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteInteger(C1, LeaseMs);
    }

    internal static PlaceRegistered Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadInt32(C1, 1, int.MaxValue));
}

/// <summary>A Server ends its registration.</summary>
public sealed record Withdraw(long Reference, string Server, long Incarnation) : LocationMessage, IReferenceMessage
{
    private protected override int Alternative => 2;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteServerName(C1, Server);
        writer.WriteInteger(C2, Incarnation);
    }

    internal static Withdraw Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadServerName(C1), reader.ReadInteger(C2));
}

/// <summary>
/// Where is this Server? Fresh: not from a cache. From a peer: for this node alone, never passed on.
/// </summary>
public sealed record LookUp(long Reference, string Server, bool Fresh, bool FromPeer)
    : LocationMessage, IReferenceMessage
{
    private protected override int Alternative => 3;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteServerName(C1, Server);
        writer.WriteBoolean(C2, Fresh);
        writer.WriteBoolean(C3, FromPeer);
    }

    internal static LookUp Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadServerName(C1), reader.ReadBoolean(C2), reader.ReadBoolean(C3));
}

/// <summary>Where a Server is.</summary>
public sealed record PlaceFound(long Reference, Place Place, bool Cached) : LocationMessage, IReferenceMessage
{
    private protected override int Alternative => 4;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        Place.Write(writer, C1);
        writer.WriteBoolean(C2, Cached);
    }

    internal static PlaceFound Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), Place.Read(ref reader, C1), reader.ReadBoolean(C2));
}

/// <summary>A request that cannot be served.</summary>
public sealed record LocationRefused(long Reference, Refusal Refusal) : LocationMessage, IReferenceMessage
{
    private protected override int Alternative => 5;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        Refusal.Write(writer, C1);
    }

    internal static LocationRefused Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), Refusal.Read(ref reader, C1));
}

/// <summary>Asks for all registrations of this node.</summary>
public sealed record ListPlaces(long Reference) : LocationMessage, IReferenceMessage
{
    private protected override int Alternative => 6;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
    }

    internal static ListPlaces Read(ref BerReader reader) => new(reader.ReadNatural(C0));
}

/// <summary>Answers <see cref="ListPlaces"/>.</summary>
public sealed record Places(long Reference, IReadOnlyList<Place> Items) : LocationMessage, IReferenceMessage
{
    /// <inheritdoc cref="Places"/>
    public IReadOnlyList<Place> Items { get; init => field = ValueList.Of(value); } = ValueList.Of(Items);

    private protected override int Alternative => 7;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteList(C1, Items);
    }

    internal static Places Read(ref BerReader reader) => new(reader.ReadNatural(C0), reader.ReadList(C1, Place.Read));
}
