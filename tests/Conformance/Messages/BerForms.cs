using System.Formats.Asn1;

namespace Ccr.Conformance.Messages;

/// <summary>
/// Writes the same elements in other legal forms: indefinite lengths, and more length octets than are needed.
/// </summary>
internal static class BerForms
{
    private const byte ExternalTag = 0x28;

    internal static byte[] Mangle(ReadOnlyMemory<byte> elements, Random random)
    {
        List<byte> mangled = [];
        while (!elements.IsEmpty)
        {
            Asn1Tag tag = AsnDecoder.ReadEncodedValue(
                elements.Span, AsnEncodingRules.BER, out int offset, out int length, out int consumed);
            ReadOnlyMemory<byte> element = elements[..consumed];
            elements = elements[consumed..];

            // What an EXTERNAL holds is kept octet by octet.
            if (element.Span[0] == ExternalTag)
            {
                mangled.AddRange(element.Span);
                continue;
            }

            byte[] content = tag.IsConstructed
                ? Mangle(element.Slice(offset, length), random)
                : element.Slice(offset, length).ToArray();
            byte[] identifier = new byte[tag.CalculateEncodedSize()];
            tag.Encode(identifier);
            mangled.AddRange(identifier);
            mangled.AddRange(Length(tag.IsConstructed, content.Length, random, out bool indefinite));
            mangled.AddRange(content);
            mangled.AddRange(indefinite ? [0, 0] : (byte[])[]);
        }

        return [.. mangled];
    }

    private static byte[] Length(bool constructed, int length, Random random, out bool indefinite)
    {
        indefinite = constructed && random.Next(2) == 0;
        if (indefinite)
        {
            return [0x80];
        }

        return random.Next(3) switch
        {
            0 => [0x84, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length],
            1 => [0x83, (byte)(length >> 16), (byte)(length >> 8), (byte)length],
            _ => [0x82, (byte)(length >> 8), (byte)length],
        };
    }
}
