using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>A Client works on a file inside an action. The path is relative to the Server's root.</summary>
public sealed record FilesRequest(
    long Reference, AtomicActionId Action, long Incarnation, string Path, FileOperation Operation)
    : FilesMessage, IActionMessage, IReferenceMessage
{
    private protected override int Alternative => 0;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteAction(C1, Action);
        writer.WriteInteger(C2, Incarnation);
        writer.WriteText(C3, Path);
        Operation.Write(writer, C4);
    }

    internal static FilesRequest Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadAction(C1), reader.ReadNatural(C2), reader.ReadText(C3),
        FileOperation.Read(ref reader, C4));
}

/// <summary>What the file Server answers. Contents compare by place, not octet by octet.</summary>
public sealed record FilesReply(long Reference, bool Exists, long Size, ReadOnlyMemory<byte> Content)
    : FilesMessage, IReferenceMessage
{
    private protected override int Alternative => 1;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        writer.WriteBoolean(C1, Exists);
        writer.WriteInteger(C2, Size);
        writer.WriteOctets(C3, Content.Span);
    }

    internal static FilesReply Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), reader.ReadBoolean(C1), reader.ReadInteger(C2), reader.ReadMemory(C3));
}

/// <summary>A request that cannot be served.</summary>
public sealed record FilesRefused(long Reference, Refusal Refusal) : FilesMessage, IReferenceMessage
{
    private protected override int Alternative => 2;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Reference);
        Refusal.Write(writer, C1);
    }

    internal static FilesRefused Read(ref BerReader reader) => new(
        reader.ReadNatural(C0), Refusal.Read(ref reader, C1));
}
