using Ccr.Hostile.Targets;
using Ccr.Protocol;
using Ccr.Protocol.Ber;

namespace Ccr.Hostile.Properties;

/// <summary>Octets made to cost a decoder as much as can be: of each about so many as are asked for.</summary>
internal static class Adversaries
{
    public static readonly (string Name, Func<int, byte[]> Make)[] All =
    [
        ("elements of no content", size => Inside(size, [0x9F, 0x64, 0x00])),
        ("elements of one octet", size => Inside(size, [0x9F, 0x64, 0x01, 0x05])),
        ("indefinite elements of no content", size => Inside(size, [0xBF, 0x64, 0x80, 0x00, 0x00])),
        ("indefinite elements inside one another, again and again", size => Inside(size, Nested(20))),
        ("lengths of 126 octets", size => Inside(size, [0x9F, 0x64, 0xFE, .. new byte[126]])),
        ("one tag number of many octets", size => Inside(size, [0x9F, .. Repeated(0x81, 10_000), 0x01, 0])),
        ("a string in segments of one octet", size => Inside(size, Segments(size, [0x04, 0x01, 0x41]))),
        ("a string in segments of no octet", size => Inside(size, Segments(size, [0x04, 0x00]))),
        ("a string in segments of segments",
            size => Inside(size, Segments(size, [0x24, 0x04, 0x24, 0x02, 0x04, 0x00]))),
    ];

    private static IEnumerable<byte> Repeated(byte octet, int times) => Enumerable.Repeat(octet, times);

    /// <summary>The octets, once or as often as they fit, behind the tag of an alternative that is known.</summary>
    private static byte[] Inside(int size, byte[] element)
    {
        BerWriter writer = new(size + 16);
        int mark = writer.Begin(BerTag.Context(5));
        do
        {
            writer.WriteRaw(element);
        }
        while (writer.Length + element.Length + 8 < size);
        writer.End(mark);
        return writer.Written.ToArray();
    }

    private static byte[] Nested(int depth) =>
        [.. Enumerable.Repeat<byte[]>([0xBF, 0x64, 0x80], depth).SelectMany(o => o), .. new byte[2 * depth]];

    private static byte[] Segments(int size, byte[] segment)
    {
        BerWriter writer = new(size);
        int mark = writer.Begin(BerTag.Context(0));
        while (writer.Length + segment.Length + 16 < size)
        {
            writer.WriteRaw(segment);
        }

        writer.End(mark);
        return writer.Written.ToArray();
    }
}
