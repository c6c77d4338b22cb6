using Ccr.Protocol.Ber;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>Why something was refused: a code for programs and a sentence for people.</summary>
public sealed record Refusal(RefusalCode Code, string Text) : IBerValue
{
    /// <summary>No reason was given.</summary>
    public static readonly Refusal None = new(RefusalCode.Unspecified, "");

    /// <inheritdoc/>
    public void Write(BerWriter writer, int tag)
    {
        int mark = writer.Begin(tag);
        WriteFields(writer);
        writer.End(mark);
    }

    internal void WriteFields(BerWriter writer)
    {
        writer.WriteEnumerated(C0, (int)Code);
        writer.WriteSentence(C1, Text);
    }

    internal static Refusal Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        Refusal value = ReadFields(ref inner);
        inner.End();
        return value;
    }

    internal static Refusal ReadFields(ref BerReader inner) =>
        new((RefusalCode)inner.ReadEnum(C0, int.MaxValue), inner.ReadText(C1));
}
