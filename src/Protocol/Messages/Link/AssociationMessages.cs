using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>Opens an association: C-INITIALIZE-RI under the association's number.</summary>
public sealed record Associate(long Association, InitializeRi Initialize) : AssociationMessage(Association)
{
    private protected override int Alternative => 3;

    private protected override void WriteFields(BerWriter writer)
    {
        base.WriteFields(writer);
        Initialize.Write(writer, C1);
    }

    internal static Associate Read(ref BerReader reader) =>
        new(reader.ReadNatural(C0), InitializeRi.Read(ref reader, C1));
}

/// <summary>The acceptor accepts an association: C-INITIALIZE-RC.</summary>
public sealed record Associated(long Association, InitializeRc Initialize) : AssociationMessage(Association)
{
    private protected override int Alternative => 4;

    private protected override void WriteFields(BerWriter writer)
    {
        base.WriteFields(writer);
        Initialize.Write(writer, C1);
    }

    internal static Associated Read(ref BerReader reader) =>
        new(reader.ReadNatural(C0), InitializeRc.Read(ref reader, C1));
}

/// <summary>The acceptor refuses an association.</summary>
public sealed record Rejected(long Association, Refusal Refusal) : AssociationMessage(Association)
{
    private protected override int Alternative => 5;

    private protected override void WriteFields(BerWriter writer)
    {
        base.WriteFields(writer);
        Refusal.Write(writer, C1);
    }

    internal static Rejected Read(ref BerReader reader) => new(reader.ReadNatural(C0), Refusal.Read(ref reader, C1));
}

/// <summary>One APDU on an association.</summary>
public sealed record Data(long Association, Apdu Apdu) : AssociationMessage(Association)
{
    private protected override int Alternative => 6;

    private protected override void WriteFields(BerWriter writer)
    {
        base.WriteFields(writer);
        int apdu = writer.Begin(C1);
        Apdu.Write(writer);
        writer.End(apdu);
    }

    internal static Data Read(ref BerReader reader)
    {
        long association = reader.ReadNatural(C0);
        BerReader inner = reader.Enter(C1);
        Apdu? apdu = Apdu.Read(ref inner);
        inner.EndExactly();
        return new(association, apdu!);
    }
}

/// <summary>C-P-ERROR: this association alone ends.</summary>
public sealed record Abort(long Association, Refusal Refusal) : AssociationMessage(Association)
{
    private protected override int Alternative => 8;

    private protected override void WriteFields(BerWriter writer)
    {
        base.WriteFields(writer);
        Refusal.Write(writer, C1);
    }

    internal static Abort Read(ref BerReader reader) => new(reader.ReadNatural(C0), Refusal.Read(ref reader, C1));
}
