using Ccr.Protocol.Ber;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>Read; for update takes the lock that a later write needs.</summary>
public sealed record ReadFile(bool ForUpdate, long Offset, long Length) : FileOperation
{
    private protected override int Alternative => 0;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteBoolean(C0, ForUpdate);
        writer.WriteInteger(C1, Offset);
        writer.WriteInteger(C2, Length);
    }

    internal static ReadFile Read(ref BerReader reader) => new(
        reader.ReadBoolean(C0), reader.ReadInteger(C1), reader.ReadInteger(C2));
}

/// <summary>Write at an offset.</summary>
public sealed record WriteFile(long Offset, ReadOnlyMemory<byte> Content) : FileOperation
{
    private protected override int Alternative => 1;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteInteger(C0, Offset);
        writer.WriteOctets(C1, Content.Span);
    }

    internal static WriteFile Read(ref BerReader reader) => new(reader.ReadInteger(C0), reader.ReadMemory(C1));
}

/// <summary>Write at the end.</summary>
public sealed record AppendFile(ReadOnlyMemory<byte> Content) : FileOperation
{
    private protected override int Alternative => 2;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteOctets(C0, Content.Span);
    }

    internal static AppendFile Read(ref BerReader reader) => new(reader.ReadMemory(C0));
}

/// <summary>Replace the whole content; creates the file where it is missing.</summary>
public sealed record ReplaceFile(ReadOnlyMemory<byte> Content) : FileOperation
{
    private protected override int Alternative => 3;

    private protected override void WriteFields(BerWriter writer)
    {
        writer.WriteOctets(C0, Content.Span);
    }

    internal static ReplaceFile Read(ref BerReader reader) => new(reader.ReadMemory(C0));
}

/// <summary>Remove the file.</summary>
public sealed record DeleteFile() : FileOperation
{
    private protected override int Alternative => 4;

    private protected override void WriteFields(BerWriter writer)
    {
    }
}
