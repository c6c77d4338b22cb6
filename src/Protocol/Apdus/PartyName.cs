using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;

namespace Ccr.Protocol.Apdus;

/// <summary>Which end of the association a name stands for.</summary>
public enum Side
{
    /// <summary>Who sends the APDU that holds the name.</summary>
    Sender = 0,

    /// <summary>Who gets it.</summary>
    Receiver = 1,
}

/// <summary>Party-name: a title, or one of the two ends of the association (ccr-standard.md 2.3).</summary>
/// <param name="Title">The title; null when the name is a side.</param>
/// <param name="Side">The side, when there is no title.</param>
public readonly record struct PartyName(AeTitle? Title, Side Side)
{
    private const int NameTag = 0x80;
    private const int SideTag = 0x81;

    /// <summary>The sender of the APDU.</summary>
    public static PartyName Sender => new(null, Side.Sender);

    /// <summary>The receiver of the APDU.</summary>
    public static PartyName Receiver => new(null, Side.Receiver);

    /// <summary>A title.</summary>
    public static PartyName Of(AeTitle title) => new(title, Side.Sender);

    /// <summary>The title meant, in an APDU from <paramref name="sender"/> to <paramref name="receiver"/>.</summary>
    public AeTitle Resolve(AeTitle sender, AeTitle receiver) => Title ?? (Side == Side.Sender ? sender : receiver);

    /// <summary>The title, or the side.</summary>
    public override string ToString() => Title?.ToString() ?? Side.ToString();

    internal static PartyName Read(ref BerReader reader)
    {
        int tag = reader.PeekTag();
        if (tag == NameTag)
        {
            BerReader inner = reader.Enter(NameTag); // EXPLICIT, as AE-title is a CHOICE
            AeTitle? title = inner.ReadAeTitle();
            inner.EndExactly();
            return new PartyName(title, Side.Sender);
        }

        if (tag == SideTag)
        {
            return new PartyName(null, (Side)reader.ReadEnumerated(SideTag, (int)Side.Receiver));
        }

        reader.Fail(tag < 0 ? BerError.MissingElement : BerError.UnknownAlternative);
        return default;
    }

    internal void Write(BerWriter writer)
    {
        if (Title is null)
        {
            writer.WriteEnumerated(SideTag, (int)Side);
            return;
        }

        int mark = writer.Begin(NameTag);
        writer.WriteAeTitle(Title);
        writer.End(mark);
    }
}
