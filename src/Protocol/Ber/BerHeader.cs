namespace Ccr.Protocol.Ber;

/// <summary>Identifier and length octets of one element (X.690 8.1.2, 8.1.3).</summary>
internal struct BerHeader
{
    /// <summary>The length that stands for the indefinite form.</summary>
    internal const int Indefinite = -1;

    internal int Tag;
    internal bool Constructed;

    /// <summary>Where the content begins.</summary>
    internal int Content;

    /// <summary>Octets of content, or <see cref="Indefinite"/>.</summary>
    internal int Length;

    /// <summary>True when the length octets were all there, even if the content is not.</summary>
    internal bool LengthRead;

    /// <summary>Reads a header. A definite length is checked against <paramref name="end"/>.</summary>
    internal static BerError Parse(ReadOnlySpan<byte> octets, int position, int end, out BerHeader header)
    {
        header = default;
        BerError error = ParseTag(octets, ref position, end, ref header);
        if (error == BerError.None)
        {
            error = ParseLength(octets, ref position, end, ref header);
        }

        header.Content = position;
        return error;
    }

    internal static BerError ParseTag(ReadOnlySpan<byte> octets, ref int position, int end, ref BerHeader header)
    {
        if (position >= end)
        {
            return BerError.Truncated;
        }

        int first = octets[position++];
        header.Constructed = (first & BerTag.ConstructedBit) != 0;
        header.Tag = first & ~BerTag.ConstructedBit;
        if ((first & BerTag.HighNumber) != BerTag.HighNumber)
        {
            // 00 is the end-of-contents octet: legal only where an indefinite element ends.
            return header.Tag == 0 ? BerError.BadTag : BerError.None;
        }

        int number = 0;
        int octet;
        do
        {
            if (position >= end)
            {
                return BerError.Truncated;
            }

            octet = octets[position++];
            if (number == 0 && octet == 0x80)
            {
                return BerError.BadTag; // X.690 8.1.2.4.2 c: no leading zeros
            }

            number = number > BerTag.NumberMax >> 7 ? BerTag.NumberMax : (number << 7) | (octet & 0x7F);
        }
        while (octet >= 0x80);

        header.Tag |= number << 8;
        return number < BerTag.HighNumber ? BerError.BadTag : BerError.None;
    }

    private static BerError ParseLength(ReadOnlySpan<byte> octets, ref int position, int end, ref BerHeader header)
    {
        if (position >= end)
        {
            return BerError.Truncated;
        }

        int first = octets[position++];
        long length = first;
        if (first == 0x80)
        {
            header.Length = Indefinite;
            header.LengthRead = true;
            return header.Constructed ? BerError.None : BerError.BadLength;
        }

        if (first == 0xFF)
        {
            return BerError.BadLength; // X.690 8.1.3.5 c: reserved
        }

        if (first > 0x80)
        {
            length = 0;
            for (int left = first & 0x7F; left > 0; left--)
            {
                if (position >= end)
                {
                    return BerError.Truncated;
                }

                length = (length << 8) | octets[position++];
                if (length > int.MaxValue)
                {
                    return BerError.TooLong;
                }
            }
        }

        header.Length = (int)length;
        header.LengthRead = true;
        return length > end - position ? BerError.Truncated : BerError.None;
    }
}
