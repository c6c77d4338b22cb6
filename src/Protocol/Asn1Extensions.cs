using System.Formats.Asn1;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Names;

namespace Ccr.Protocol;

/// <summary>
/// The naming types of CCR for users of <see cref="AsnReader"/> and <see cref="AsnWriter"/>: AE-title, Party-name,
/// ATOMIC-ACTION-IDENTIFIER and BRANCH-IDENTIFIER (asn1/CCR.asn1). As those classes do, reading throws
/// <see cref="AsnContentException"/> for octets that are no such value. Our own frames go through
/// <see cref="Ber.BerReader"/>, which never throws (docs/adr/0002-own-codec-and-asn1-extensions.md).
/// </summary>
public static class Asn1Extensions
{
    private static readonly Asn1Tag Name = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag Side = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag Form1 = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag Form2 = new(TagClass.ContextSpecific, 3);

    private static readonly UniversalTagNumber[] RdnStrings =
    [
        UniversalTagNumber.PrintableString, UniversalTagNumber.T61String, UniversalTagNumber.UTF8String,
        UniversalTagNumber.IA5String, UniversalTagNumber.NumericString,
    ];

    /// <summary>Writes an AE-title.</summary>
    public static void WriteAeTitle(this AsnWriter writer, AeTitle title) => writer.WriteEncodedValue(title.Encoded);

    /// <summary>Reads an AE-title and makes it canonical.</summary>
    public static AeTitle ReadAeTitle(this AsnReader reader)
    {
        AsnWriter canonical = new(AsnEncodingRules.DER);
        if (reader.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier))
        {
            canonical.WriteObjectIdentifier(reader.ReadObjectIdentifier());
        }
        else
        {
            CopyNames(reader.ReadSequence(), canonical);
        }

        byte[] octets = canonical.Encode();
        return octets.Length <= Limits.AeTitleOctetsMax
            ? AeTitle.FromCanonical(octets)
            : throw new AsnContentException($"An AE title has at most {Limits.AeTitleOctetsMax} octets.");
    }

    /// <summary>Writes a Party-name.</summary>
    public static void WritePartyName(this AsnWriter writer, PartyName party)
    {
        if (party.Title is null)
        {
            writer.WriteEnumeratedValue(party.Side, Side);
            return;
        }

        using (writer.PushSequence(Name))
        {
            writer.WriteAeTitle(party.Title);
        }
    }

    /// <summary>Reads a Party-name.</summary>
    public static PartyName ReadPartyName(this AsnReader reader)
    {
        Asn1Tag tag = reader.PeekTag();
        if (tag.HasSameClassAndValue(Side))
        {
            Side side = reader.ReadEnumeratedValue<Side>(Side);
            return side is Apdus.Side.Sender or Apdus.Side.Receiver
                ? new PartyName(null, side)
                : throw new AsnContentException($"This version knows no side {(int)side}.");
        }

        AsnReader inner = reader.ReadSequence(Name);
        PartyName party = PartyName.Of(inner.ReadAeTitle());
        inner.ThrowIfNotEmpty();
        return party;
    }

    /// <summary>Writes a Suffix.</summary>
    public static void WriteSuffix(this AsnWriter writer, Suffix suffix)
    {
        if (suffix.IsInteger)
        {
            writer.WriteInteger(suffix.Integer, Form2);
        }
        else
        {
            writer.WriteOctetString(suffix.Octets, Form1);
        }
    }

    /// <summary>Reads a Suffix.</summary>
    public static Suffix ReadSuffix(this AsnReader reader)
    {
        if (!reader.PeekTag().HasSameClassAndValue(Form2))
        {
            byte[] octets = reader.ReadOctetString(Form1);
            return octets.Length is > 0 and <= Limits.SuffixOctetsMax
                ? Suffix.OfOctets(octets)
                : throw new AsnContentException($"A suffix has 1 to {Limits.SuffixOctetsMax} octets.");
        }

        return reader.TryReadInt64(out long value, Form2)
            ? Suffix.OfInteger(value)
            : throw new AsnContentException("An integer suffix has at most 8 octets.");
    }

    /// <summary>Writes an ATOMIC-ACTION-IDENTIFIER.</summary>
    public static void WriteAtomicActionIdentifier(
        this AsnWriter writer, PartyName owner, Suffix suffix, Asn1Tag? tag = null)
    {
        using (writer.PushSequence(tag))
        {
            writer.WritePartyName(owner);
            writer.WriteSuffix(suffix);
        }
    }

    /// <summary>Reads an ATOMIC-ACTION-IDENTIFIER.</summary>
    public static (PartyName Owner, Suffix Suffix) ReadAtomicActionIdentifier(
        this AsnReader reader, Asn1Tag? tag = null)
    {
        AsnReader inner = reader.ReadSequence(tag);
        PartyName owner = inner.ReadPartyName();
        Suffix suffix = inner.ReadSuffix();
        inner.ThrowIfNotEmpty();
        return (owner, suffix);
    }

    /// <summary>Writes a BRANCH-IDENTIFIER.</summary>
    public static void WriteBranchIdentifier(
        this AsnWriter writer, PartyName initiator, Suffix suffix, Asn1Tag? tag = null) =>
        writer.WriteAtomicActionIdentifier(initiator, suffix, tag);

    /// <summary>Reads a BRANCH-IDENTIFIER.</summary>
    public static (PartyName Initiator, Suffix Suffix) ReadBranchIdentifier(
        this AsnReader reader, Asn1Tag? tag = null) => reader.ReadAtomicActionIdentifier(tag);

    private static void CopyNames(AsnReader names, AsnWriter canonical)
    {
        using (canonical.PushSequence())
        {
            ThrowIfEmpty(names);
            while (names.HasData)
            {
                AsnReader attributes = names.ReadSetOf(skipSortOrderValidation: true);
                ThrowIfEmpty(attributes);
                using (canonical.PushSetOf())
                {
                    while (attributes.HasData)
                    {
                        CopyAttribute(attributes.ReadSequence(), canonical);
                    }
                }
            }
        }
    }

    private static void CopyAttribute(AsnReader attribute, AsnWriter canonical)
    {
        using (canonical.PushSequence())
        {
            canonical.WriteObjectIdentifier(attribute.ReadObjectIdentifier());
            Asn1Tag tag = attribute.PeekTag();
            if (tag.TagClass != TagClass.Universal || !RdnStrings.Contains((UniversalTagNumber)tag.TagValue))
            {
                throw new AsnContentException("The value of a name's attribute is none of the known strings.");
            }

            if (!tag.HasSameClassAndValue(new Asn1Tag(UniversalTagNumber.T61String)))
            {
                attribute.Clone().ReadCharacterString((UniversalTagNumber)tag.TagValue); // checks the characters
            }

            // The octets as they are: only their segments and their length take the canonical form.
            byte[] octets = new byte[attribute.PeekContentBytes().Length];
            attribute.TryReadCharacterStringBytes(octets, tag, out int length);
            AsnWriter text = new(AsnEncodingRules.DER);
            text.WriteOctetString(octets.AsSpan(0, length));
            byte[] element = text.Encode();
            element[0] = (byte)tag.TagValue;
            canonical.WriteEncodedValue(element);
            attribute.ThrowIfNotEmpty();
        }
    }

    private static void ThrowIfEmpty(AsnReader reader)
    {
        if (!reader.HasData)
        {
            throw new AsnContentException("An AE title of form 1 has at least one name with one attribute.");
        }
    }
}
