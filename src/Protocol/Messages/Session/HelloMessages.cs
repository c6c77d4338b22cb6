using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>The first frame of a session. The address is the Location Server's, for its peers.</summary>
public sealed record Hello(int Version, SessionRole Role, string Program, string? Address) : SessionMessage
{
    private protected override int Alternative => 0;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Version);
        writer.WriteEnumerated(C1, (int)Role);
        writer.WriteText(C2, Program);
        writer.WriteOptionalText(C3, Address);
    }

    internal static Hello Read(ref BerReader reader) => new(
        reader.ReadInt32(C0, 1, 65535), (SessionRole)reader.ReadEnum(C1, (int)SessionRole.Operator),
        reader.ReadText(C2), reader.ReadOptionalText(C3));
}

/// <summary>The manager's answer to <see cref="Hello"/>.</summary>
public sealed record Welcome(int Version, ManagerIdentity Identity) : SessionMessage
{
    private protected override int Alternative => 1;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Version);
        writer.WriteIdentity(C1, Identity);
    }

    internal static Welcome Read(ref BerReader reader) => new(
        reader.ReadInt32(C0, 1, 65535), reader.ReadIdentity(C1));
}

/// <summary>A request that cannot be served; reference 0: the session as a whole.</summary>
public sealed record RequestRefused(long Reference, Refusal Refusal) : SessionMessage, IReferenceMessage
{
    private protected override int Alternative => 2;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        Refusal.Write(writer, C1);
    }

    internal static RequestRefused Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), Refusal.Read(ref reader, C1));
}
