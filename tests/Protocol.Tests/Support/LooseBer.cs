namespace Ccr.Protocol.Tests.Support;

/// <summary>
/// Writes BER in forms that are legal and not ours: indefinite and long lengths, strings in segments. A second
/// encoder, so that the first is not tested with itself.
/// </summary>
internal sealed class LooseBer(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>A constructed element of these elements.</summary>
    internal byte[] Constructed(int tag, params byte[][] elements)
    {
        byte[] content = [.. elements.SelectMany(element => element)];
        return _random.Next(2) == 0
            ? [.. Identifier(tag, true), 0x80, .. content, 0, 0]
            : [.. Identifier(tag, true), .. Length(content.Length), .. content];
    }

    /// <summary>A primitive element.</summary>
    internal byte[] Primitive(int tag, params byte[] content) =>
        [.. Identifier(tag, false), .. Length(content.Length), .. content];

    /// <summary>An octet or character string, perhaps in segments of segments.</summary>
    internal byte[] String(int tag, ReadOnlySpan<byte> octets, int levels = 3)
    {
        if (levels == 0 || _random.Next(3) == 0)
        {
            return Primitive(tag, octets.ToArray());
        }

        List<byte[]> segments = [];
        do
        {
            // Never without any segment: legal too, but Erlang's decoder stumbles over it (BerReaderTests has it).
            int length = _random.Next(octets.Length + 1);
            segments.Add(String(4, octets[..length], levels - 1));
            octets = octets[length..];
        }
        while (!octets.IsEmpty || _random.Next(3) == 0);

        return Constructed(tag, [.. segments]);
    }

    /// <summary>A bit string, perhaps in segments.</summary>
    internal byte[] Bits(int tag, int unusedBits, ReadOnlySpan<byte> octets)
    {
        if (_random.Next(3) == 0)
        {
            return Primitive(tag, [(byte)unusedBits, .. octets]);
        }

        int length = _random.Next(octets.Length);
        byte[] first = Primitive(3, [0, .. octets[..length]]);
        return Constructed(tag, first, Primitive(3, [(byte)unusedBits, .. octets[length..]]));
    }

    /// <summary>Named bits as octets, with zero bits behind them (X.680 22.7).</summary>
    internal byte[] NamedBits(int tag, uint set)
    {
        byte[] octets = new byte[4 + _random.Next(8)];
        for (int bit = 0; bit < 32; bit++)
        {
            octets[bit / 8] |= (byte)(((set >> bit) & 1) << (7 - (bit % 8)));
        }

        return Bits(tag, _random.Next(8), octets);
    }

    /// <summary>What a later version may put at an extension point: an element of its own, or none.</summary>
    internal byte[] Unknown() => _random.Next(4) switch
    {
        0 => [],
        1 => Primitive(0x80 | 20, 1, 2, 3),
        2 => Constructed(0x80 | 21, Constructed(16, Primitive(2, 5), String(4, "later"u8)), Primitive(5)),
        _ => [.. Primitive((1000 << 8) | 0x9F, 0), .. Constructed((40 << 8) | 0x9F, Primitive(1, 255))],
    };

    internal byte[] Boolean(int tag, bool value) => Primitive(tag, value ? (byte)_random.Next(1, 256) : (byte)0);

    private static byte[] Identifier(int tag, bool constructed)
    {
        byte first = (byte)((tag & 0xFF) | (constructed ? 0x20 : 0));
        int number = tag >> 8;
        return number == 0 ? [first]
            : number < 0x80 ? [first, (byte)number]
            : [first, (byte)(0x80 | (number >> 7)), (byte)(number & 0x7F)];
    }

    private byte[] Length(int length)
    {
        int octets = _random.Next(length < 0x80 ? 0 : length < 0x100 ? 1 : 2, 12);
        if (octets == 0)
        {
            return [(byte)length];
        }

        byte[] value = new byte[octets];
        for (int i = 0; i < int.Min(octets, 4); i++)
        {
            value[octets - 1 - i] = (byte)(length >> (8 * i));
        }

        return [(byte)(0x80 | octets), .. value];
    }
}
