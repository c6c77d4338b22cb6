namespace Ccr.Protocol.Ber;

/// <summary>Finds the frames in a stream of octets: each is one element whose length is definite.</summary>
public static class BerFrame
{
    /// <summary>
    /// The length of the frame that begins here, header included, as soon as its header is there.
    /// </summary>
    /// <param name="octets">What has arrived of it.</param>
    /// <param name="length">The whole frame's octets; 0 while the header is not yet complete, or is wrong.</param>
    /// <returns>
    /// None; or why this can be no frame: TooLong (over <see cref="Limits.FrameOctetsMax"/>), BadLength (indefinite),
    /// BadTag. Never Truncated: what is not there yet may still come.
    /// </returns>
    public static BerError Measure(ReadOnlySpan<byte> octets, out int length)
    {
        length = 0;
        BerError error = BerHeader.Parse(octets, 0, int.Min(octets.Length, HeaderOctetsMax), out BerHeader header);
        if (error == BerError.None && header.Length == BerHeader.Indefinite)
        {
            return BerError.BadLength;
        }

        bool headerThere = header.LengthRead;
        if (error == BerError.Truncated && !headerThere)
        {
            return octets.Length >= HeaderOctetsMax ? BerError.BadLength : BerError.None;
        }

        if (error is not (BerError.None or BerError.Truncated))
        {
            return error;
        }

        if (header.Length > Limits.FrameOctetsMax - header.Content)
        {
            return BerError.TooLong;
        }

        length = header.Content + header.Length;
        return BerError.None;
    }

    // More octets before the content than any frame of ours needs: a header that never ends is refused.
    private const int HeaderOctetsMax = 16;
}
