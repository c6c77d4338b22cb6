namespace Ccr.Protocol.Ber;

/// <summary>Strings, whole or in segments (X.690 8.6, 8.7, 8.23).</summary>
public ref partial struct BerReader
{
    /// <summary>
    /// The octets of an OCTET STRING or of a character string. One in segments is joined into an array of its own;
    /// any other is a part of the frame.
    /// </summary>
    public ReadOnlySpan<byte> ReadOctets(int tag, int octetsMax = int.MaxValue)
    {
        int content = _position + 2;
        if (content <= _end && _octets[_position] == tag)
        {
            int length = _octets[_position + 1];
            if (length < 0x80 && length <= _end - content && length <= octetsMax)
            {
                _position = content + length;
                return _octets.Slice(content, length);
            }
        }

        int start = _position;
        ReadOnlySpan<byte> octets = ReadString(tag, BerTag.OctetString, out _);
        if (octets.Length <= octetsMax)
        {
            return octets;
        }

        FailAt(BerError.TooLong, start);
        return default;
    }

    /// <summary>OCTET STRING whose length has bounds; outside of them is <see cref="BerError.BadValue"/>.</summary>
    public ReadOnlySpan<byte> ReadOctets(int tag, int octetsMin, int octetsMax)
    {
        int start = _position;
        ReadOnlySpan<byte> octets = ReadOctets(tag);
        if (octets.Length >= octetsMin && octets.Length <= octetsMax)
        {
            return octets;
        }

        FailAt(BerError.BadValue, start);
        return default;
    }

    /// <summary>BIT STRING: its octets, and how many bits of the last one do not count.</summary>
    public ReadOnlySpan<byte> ReadBits(int tag, out int unusedBits) =>
        ReadString(tag, BerTag.BitString, out unusedBits);

    /// <summary>
    /// BIT STRING with named bits, as a set: bit n of the result is named bit n (X.680 22.7: trailing zero bits
    /// mean nothing). Bits from 64 on have no name that this version knows and are left out.
    /// </summary>
    public ulong ReadNamedBits(int tag)
    {
        ReadOnlySpan<byte> octets = ReadBits(tag, out int unusedBits);
        ulong set = 0;
        for (int i = 0; i < octets.Length && i < sizeof(ulong); i++)
        {
            int octet = octets[i];
            if (i == octets.Length - 1)
            {
                octet &= 0xFF << unusedBits;
            }

            for (int bit = 0; octet != 0; bit++, octet = (octet << 1) & 0xFF)
            {
                set |= (ulong)(octet >> 7) << ((i * 8) + bit);
            }
        }

        return set;
    }

    private ReadOnlySpan<byte> ReadString(int tag, int segmentTag, out int unusedBits)
    {
        unusedBits = 0;
        int start = _position;
        if (!TryHeader(tag, out BerHeader header) || !Pass(header, out int contentEnd))
        {
            return default;
        }

        ReadOnlySpan<byte> content = _octets[header.Content..contentEnd];
        if (header.Constructed)
        {
            return JoinSegments(header.Content, contentEnd, segmentTag, out unusedBits);
        }

        if (segmentTag != BerTag.BitString)
        {
            return content;
        }

        if (!TryBitSegment(content, out unusedBits))
        {
            FailAt(BerError.BadValue, start);
            return default;
        }

        return content[1..];
    }

    // Segments may hold segments. The levels are kept in a small array, so that nothing recurses.
    private ReadOnlySpan<byte> JoinSegments(int position, int end, int segmentTag, out int unusedBits)
    {
        unusedBits = 0;
        byte[] joined = new byte[end - position];
        int count = 0;
        Span<Level> levels = stackalloc Level[Limits.BerDepthMax + 1];
        levels[0].End = end;
        int level = 0;
        while (true)
        {
            if (AtEndOf(levels[level], ref position))
            {
                if (level-- == 0)
                {
                    return joined.AsSpan(0, count);
                }

                continue;
            }

            BerError error = BerHeader.Parse(_octets, position, levels[level].End, out BerHeader header);
            if (error == BerError.None && header.Tag != segmentTag)
            {
                error = BerError.UnexpectedElement;
            }

            if (error == BerError.None && header.Constructed)
            {
                error = Descend(header, levels, ref level);
                position = header.Content;
            }
            else if (error == BerError.None)
            {
                ReadOnlySpan<byte> segment = _octets.Slice(header.Content, header.Length);
                error = Append(segment, segmentTag, joined, ref count, ref unusedBits);
                position = header.Content + header.Length;
            }

            if (error != BerError.None)
            {
                FailAt(error, position);
                return default;
            }
        }
    }

    private readonly bool AtEndOf(in Level level, ref int position)
    {
        if (!level.Indefinite)
        {
            return position == level.End;
        }

        bool ended = position + 1 < level.End && _octets[position] == 0 && _octets[position + 1] == 0;
        position += ended ? 2 : 0;
        return ended;
    }

    private readonly BerError Descend(in BerHeader header, Span<Level> levels, ref int level)
    {
        if (_depth + level + 1 >= Limits.BerDepthMax)
        {
            return BerError.TooDeep;
        }

        int end = header.Length < 0 ? levels[level].End : header.Content + header.Length;
        levels[++level] = new Level { End = end, Indefinite = header.Length < 0 };
        return BerError.None;
    }

    private static BerError Append(
        ReadOnlySpan<byte> segment, int segmentTag, byte[] joined, ref int count, ref int unusedBits)
    {
        if (segmentTag == BerTag.BitString)
        {
            // X.690 8.6.4: only the last segment may have unused bits.
            if (unusedBits != 0 || !TryBitSegment(segment, out unusedBits))
            {
                return BerError.BadValue;
            }

            segment = segment[1..];
        }

        segment.CopyTo(joined.AsSpan(count));
        count += segment.Length;
        return BerError.None;
    }

    private static bool TryBitSegment(ReadOnlySpan<byte> content, out int unusedBits)
    {
        unusedBits = content.IsEmpty ? 0 : content[0];
        return !content.IsEmpty && unusedBits <= 7 && (unusedBits == 0 || content.Length > 1);
    }

    private struct Level
    {
        internal int End;
        internal bool Indefinite;
    }
}
