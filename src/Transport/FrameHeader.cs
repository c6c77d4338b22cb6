namespace Ccr.Transport;

/// <summary>
/// Reads the outermost identifier and length of a frame (X.690 8.1.2, 8.1.3), which may come in any number of pieces.
/// </summary>
internal static class FrameHeader
{
    private const int TagOctetsMax = 5;
    private const int LengthOctetsMax = 8;

    /// <summary>The frame's octets with its header, or 0 when more octets are needed to tell.</summary>
    /// <param name="octets">What has been received of the frame so far.</param>
    /// <param name="limit">The most that a frame may have, header included.</param>
    /// <param name="wrong">A sentence when this is no frame of ours; the result is 0 then.</param>
    public static int Measure(ReadOnlySpan<byte> octets, int limit, out string? wrong)
    {
        wrong = null;
        int at = IdentifierOctets(octets, out wrong);
        if (at == 0 || at >= octets.Length)
        {
            return 0;
        }

        byte first = octets[at++];
        if (first < 0x80)
        {
            return Checked(at, first, limit, out wrong);
        }

        int lengthOctets = first & 0x7F;
        if (lengthOctets == 0)
        {
            wrong = "The frame has the indefinite length, which an outermost element here must not have.";
            return 0;
        }

        if (lengthOctets > LengthOctetsMax)
        {
            wrong = $"The frame's length has {lengthOctets} octets; {LengthOctetsMax} are the most that any needs.";
            return 0;
        }

        if (octets.Length - at < lengthOctets)
        {
            return 0;
        }

        ulong length = 0;
        foreach (byte b in octets.Slice(at, lengthOctets))
        {
            length = (length << 8) | b;
        }

        return Checked(at + lengthOctets, length, limit, out wrong);
    }

    private static int IdentifierOctets(ReadOnlySpan<byte> octets, out string? wrong)
    {
        wrong = null;
        if (octets.IsEmpty)
        {
            return 0;
        }

        if ((octets[0] & 0x1F) != 0x1F)
        {
            return 1;
        }

        for (int i = 1; i < octets.Length; i++)
        {
            if (i > TagOctetsMax)
            {
                wrong = "The frame's tag number is longer than any of ours.";
                return 0;
            }

            if (octets[i] < 0x80)
            {
                return i + 1;
            }
        }

        return 0;
    }

    private static int Checked(int headerOctets, ulong contentOctets, int limit, out string? wrong)
    {
        ulong whole = contentOctets + (ulong)headerOctets;
        bool fits = contentOctets <= (ulong)limit && whole <= (ulong)limit;
        wrong = fits ? null : $"A frame of {contentOctets} octets is announced; {limit} are the most that are allowed.";
        return fits ? (int)whole : 0;
    }
}
