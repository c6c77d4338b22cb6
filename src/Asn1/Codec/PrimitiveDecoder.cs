using System.Formats.Asn1;
using System.Numerics;
using System.Text;

namespace Ccr.Asn1;

/// <summary>Decodes the types without parts, by System.Formats.Asn1.</summary>
internal static class PrimitiveDecoder
{
    private const AsnEncodingRules Ber = AsnEncodingRules.BER;
    private static readonly Asn1Tag Retagged = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    internal static Asn1Value Read(Asn1Type type, Tlv element, Asn1Path path)
    {
        ReadOnlySpan<byte> octets = element.Whole.Span;
        Asn1Tag tag = element.Tag;
        try
        {
            return type.Kind switch
            {
                Asn1Kind.Boolean => new Asn1Boolean(type, AsnDecoder.ReadBoolean(octets, Ber, out _, tag)),
                Asn1Kind.Integer => new Asn1Integer(type, AsnDecoder.ReadInteger(octets, Ber, out _, tag)),
                Asn1Kind.Enumerated => new Asn1Enumerated(
                    type, new BigInteger(AsnDecoder.ReadEnumeratedBytes(octets, Ber, out _, tag), isBigEndian: true)),
                Asn1Kind.BitString => Bits(type, octets, tag),
                Asn1Kind.OctetString => new Asn1Octets(type, AsnDecoder.ReadOctetString(octets, Ber, out _, tag)),
                Asn1Kind.Null => Null(type, octets, tag),
                Asn1Kind.ObjectIdentifier => new Asn1Oid(
                    type, AsnDecoder.ReadObjectIdentifier(octets, Ber, out _, tag)),
                _ => new Asn1Text(type, Text(type.Kind, element)),
            };
        }
        catch (Exception wrong) when (wrong is AsnContentException or ArgumentException)
        {
            throw path.Error($"the content is no {Asn1Kinds.Keyword(type.Kind)}", wrong);
        }
    }

    private static Asn1Null Null(Asn1Type type, ReadOnlySpan<byte> octets, Asn1Tag tag)
    {
        AsnDecoder.ReadNull(octets, Ber, out _, tag);
        return new Asn1Null(type);
    }

    private static Asn1Bits Bits(Asn1Type type, ReadOnlySpan<byte> octets, Asn1Tag tag)
    {
        byte[] value = AsnDecoder.ReadBitString(octets, Ber, out int unused, out _, tag);
        StringBuilder bits = new();
        foreach (byte octet in value)
        {
            bits.Append(Convert.ToString(octet, 2).PadLeft(8, '0'));
        }

        bits.Length -= unused;
        return new Asn1Bits(type, bits.ToString());
    }

    private static string Text(Asn1Kind kind, Tlv element)
    {
        ReadOnlySpan<byte> octets = element.Tag.IsConstructed ? Joined(element) : element.Content.Span;
        return kind switch
        {
            Asn1Kind.Utf8String => StrictUtf8.GetString(octets),
            Asn1Kind.TeletexString or Asn1Kind.ObjectDescriptor => Encoding.Latin1.GetString(octets),
            _ when Ascii.IsValid(octets) => Encoding.ASCII.GetString(octets),
            _ => throw new ArgumentException("An octet is above 127."),
        };
    }

    // Segments of a character string are OCTET STRINGs (X.690 8.23.6): read it as one that has a context tag.
    private static byte[] Joined(Tlv element)
    {
        byte[] copy = Tlv.Write(Retagged, true, element.Content.Span);
        return AsnDecoder.ReadOctetString(copy, Ber, out _, Retagged);
    }
}
