namespace Ccr.Hostile.Fuzzing;

/// <summary>One element of an input: where it is, and who is around it.</summary>
/// <param name="Start">Its identifier octet.</param>
/// <param name="Content">Its first content octet.</param>
/// <param name="End">Behind its content, and behind its end-of-contents octets where its length is indefinite.</param>
/// <param name="Parent">The element that holds it; -1 for none.</param>
internal readonly record struct Element(int Start, int Content, int End, int Parent)
{
    private const int ElementsMax = 256;
    private const int DepthMax = 24;

    /// <summary>The elements of BER in the definite form, as far as the octets are that; outer ones first.</summary>
    public static Element[] Of(ReadOnlySpan<byte> octets)
    {
        List<Element> found = [];
        Scan(octets, 0, octets.Length, -1, 0, found);
        return [.. found];
    }

    private static void Scan(
        ReadOnlySpan<byte> octets, int at, int end, int parent, int depth, List<Element> found)
    {
        while (at + 2 <= end && found.Count < ElementsMax)
        {
            int start = at;
            bool constructed = (octets[at] & 0x20) != 0;
            bool high = (octets[at++] & 0x1F) == 0x1F;
            while (high && at < end && octets[at] >= 0x80)
            {
                at++;
            }

            at += high ? 1 : 0;
            int length = at < end ? octets[at++] : 0;
            if (length > 0x80 && length <= 0x84)
            {
                int count = length & 0x7F;
                length = 0;
                for (; count > 0 && at < end; count--)
                {
                    length = (length << 8) | octets[at++];
                }
            }

            if (length < 0 || length > end - at)
            {
                return;
            }

            int self = found.Count;
            found.Add(new Element(start, at, at + length, parent));
            if (constructed && depth < DepthMax)
            {
                Scan(octets, at, at + length, self, depth + 1, found);
            }

            at += length;
        }
    }
}
