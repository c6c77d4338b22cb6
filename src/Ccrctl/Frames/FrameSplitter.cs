using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

namespace Ccr.Ccrctl.Frames;

/// <summary>One frame of an input, and where it begins there.</summary>
internal readonly record struct FoundFrame(int Offset, ReadOnlyMemory<byte> Octets);

/// <summary>
/// Finds the frames in octets: one behind the other, as a socket carries them; or, in a segment of a log, every record
/// whose checksum is right, whatever the container puts between them.
/// </summary>
internal static class FrameSplitter
{
    private const byte Sequence = 0x30;

    /// <summary>The frames; none when the octets are neither.</summary>
    public static IReadOnlyList<FoundFrame> Split(ReadOnlyMemory<byte> octets)
    {
        IReadOnlyList<FoundFrame>? stream = AsStream(octets);
        return stream ?? AsLogSegment(octets);
    }

    private static List<FoundFrame>? AsStream(ReadOnlyMemory<byte> octets)
    {
        List<FoundFrame> frames = [];
        int at = 0;
        while (at < octets.Length)
        {
            ReadOnlyMemory<byte> rest = octets[at..];
            if (BerFrame.Measure(rest.Span, out int length) != BerError.None || length == 0 || length > rest.Length)
            {
                // One element of indefinite length is no frame of a socket, but may well be asked about.
                return at == 0 && !LooksLikeContainer(octets.Span) ? [new FoundFrame(0, octets)] : null;
            }

            frames.Add(new FoundFrame(at, rest[..length]));
            at += length;
        }

        return frames;
    }

    private static List<FoundFrame> AsLogSegment(ReadOnlyMemory<byte> octets)
    {
        List<FoundFrame> frames = [];
        int at = 0;
        while (at < octets.Length)
        {
            int next = octets.Span[at..].IndexOf(Sequence);
            if (next < 0)
            {
                break;
            }

            at += next;
            int length = RecordLength(octets.Span[at..]);
            if (length > 0)
            {
                frames.Add(new FoundFrame(at, octets.Slice(at, length)));
            }

            at += Math.Max(length, 1);
        }

        return frames;
    }

    private static int RecordLength(ReadOnlySpan<byte> rest)
    {
        if (BerFrame.Measure(rest, out int length) != BerError.None || length == 0 || length > rest.Length)
        {
            return 0;
        }

        LogRecord.Decode(rest[..length], null, out LogRecordVerdict verdict);
        return verdict is LogRecordVerdict.Good or LogRecordVerdict.UnknownContent ? length : 0;
    }

    /// <summary>Far longer than one value that somebody pastes: pages of a log.</summary>
    private static bool LooksLikeContainer(ReadOnlySpan<byte> octets) => octets.Length > 4096;
}
