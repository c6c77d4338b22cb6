namespace Ccr.Protocol.Ber;

/// <summary>Finds the frames in a stream of octets: each is one element whose length is definite.</summary>
public static class BerFrame
{
    /// <summary>
    /// The length of the frame that begins here, header included, as soon as its header is there.
    /// </summary>
    /// <param name="octets">What has arrived of it.</param>
    /// <param name="length">
    /// The whole frame's octets; 0 while the header is not yet complete, or is wrong. When it is TooLong, what was
    /// announced; <see cref="int.MaxValue"/> stands for that and all above.
    /// </param>
    /// <param name="octetsMax">The most that a frame may have, header included.</param>
    /// <returns>
    /// None; or why this can be no frame: TooLong, BadLength (indefinite), BadTag. Never Truncated: what is not there
    /// yet may still come.
    /// </returns>
    public static BerError Measure(
        ReadOnlySpan<byte> octets, out int length, int octetsMax = Limits.FrameOctetsMax)
    {
        length = 0;
        BerError error = BerHeader.Parse(octets, 0, int.Min(octets.Length, HeaderOctetsMax), out BerHeader header);
        if (error == BerError.None && header.Length == BerHeader.Indefinite)
        {
            return BerError.BadLength;
        }

        if (error == BerError.Truncated && !header.LengthRead)
        {
            return octets.Length >= HeaderOctetsMax ? BerError.BadLength : BerError.None;
        }

        if (error == BerError.TooLong || (header.LengthRead && header.Length > octetsMax - header.Content))
        {
            bool known = error != BerError.TooLong && header.Length < int.MaxValue - header.Content;
            length = known ? header.Content + header.Length : int.MaxValue;
            return BerError.TooLong;
        }

        if (error is not (BerError.None or BerError.Truncated))
        {
            return error;
        }

        length = header.Content + header.Length;
        return BerError.None;
    }

    /// <summary>Why this can be no frame, in a sentence.</summary>
    /// <param name="error">What <see cref="Measure"/> answered, and not None.</param>
    /// <param name="length">The length that it gave.</param>
    /// <param name="octetsMax">The most that a frame may have.</param>
    public static string Complaint(BerError error, int length, int octetsMax = Limits.FrameOctetsMax) => error switch
    {
        BerError.TooLong => $"A frame of {(length == int.MaxValue ? "2 GB or more" : $"{length} octets")} "
            + $"is announced; {octetsMax} octets are the most that are allowed.",
        BerError.BadLength => "A frame's length is wrong: it has to be definite, and of no more octets than needed.",
        _ => "A frame's tag is none that any frame of ours has.",
    };

    // More octets before the content than any frame of ours needs: a header that never ends is refused.
    private const int HeaderOctetsMax = 16;
}
