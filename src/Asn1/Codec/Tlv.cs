using System.Formats.Asn1;

namespace Ccr.Asn1;

/// <summary>One BER element: its tag and where its content is.</summary>
internal readonly record struct Tlv(Asn1Tag Tag, ReadOnlyMemory<byte> Content, ReadOnlyMemory<byte> Whole)
{
    internal static Tlv Read(ReadOnlyMemory<byte> octets, Asn1Path path)
    {
        if (octets.IsEmpty)
        {
            throw path.Error("the octets end where it is due");
        }

        try
        {
            Asn1Tag tag = AsnDecoder.ReadEncodedValue(
                octets.Span, AsnEncodingRules.BER, out int offset, out int length, out int consumed);
            return tag.TagClass == TagClass.Universal && tag.TagValue == 0
                ? throw path.Error("end-of-contents octets stand where an element is due")
                : new Tlv(tag, octets.Slice(offset, length), octets[..consumed]);
        }
        catch (AsnContentException wrong)
        {
            throw path.Error("the octets are no BER element, or end inside one", wrong);
        }
    }

    internal static byte[] Write(Asn1Tag tag, bool constructed, ReadOnlySpan<byte> content)
    {
        Asn1Tag whole = new(tag.TagClass, tag.TagValue, constructed);
        int identifier = whole.CalculateEncodedSize();
        int length = content.Length < 0x80 ? 1 : 1 + LengthOctets(content.Length);
        byte[] octets = new byte[identifier + length + content.Length];
        whole.Encode(octets);
        if (length == 1)
        {
            octets[identifier] = (byte)content.Length;
        }
        else
        {
            octets[identifier] = (byte)(0x80 | (length - 1));
            for (int i = 1; i < length; i++)
            {
                octets[identifier + i] = (byte)(content.Length >> (8 * (length - 1 - i)));
            }
        }

        content.CopyTo(octets.AsSpan(identifier + length));
        return octets;
    }

    internal static string Shown(Asn1Tag tag) => tag.TagClass switch
    {
        TagClass.Universal => $"[UNIVERSAL {tag.TagValue}]",
        TagClass.Application => $"[APPLICATION {tag.TagValue}]",
        TagClass.Private => $"[PRIVATE {tag.TagValue}]",
        _ => $"[{tag.TagValue}]",
    };

    private static int LengthOctets(int length) => length > 0xFF_FFFF ? 4 : length > 0xFFFF ? 3 : length > 0xFF ? 2 : 1;
}
