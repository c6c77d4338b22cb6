using Ccr.Protocol.Ber;
using Ccr.Transport;

namespace Ccr.Hostile.Targets;

/// <summary>
/// A stream cut into frames as a connection does it, over its receive buffer. How the octets come in is drawn from
/// the octets themselves.
/// </summary>
public static class FrameStream
{
    private const int FrameOctetsMax = 1 << 12;
    private const int RoomOctets = 64;

    /// <summary>1 and the number of frames, or the verdict below zero.</summary>
    public static int Count(ReadOnlySpan<byte> stream) => Cut(stream, chunkOf: 1 + (stream.Length % 61), null);

    /// <summary>Cuts it in four ways, which must give the same frames.</summary>
    public static string? Complaint(ReadOnlySpan<byte> stream)
    {
        List<byte[]> whole = [];
        int verdict = Cut(stream, stream.Length + 1, whole);
        foreach (int chunk in new[] { 1, 2, 7, 1 + (stream.Length % 61) })
        {
            List<byte[]> frames = [];
            int other = Cut(stream, chunk, frames);
            bool same = other == verdict && frames.Count == whole.Count;
            for (int i = 0; same && i < frames.Count; i++)
            {
                same = frames[i].AsSpan().SequenceEqual(whole[i]);
            }

            if (!same)
            {
                return $"by {chunk} octets {frames.Count} frames and {other}; all at once {whole.Count} and {verdict}";
            }
        }

        return null;
    }

    private static int Cut(ReadOnlySpan<byte> stream, int chunkOf, List<byte[]>? frames)
    {
        ReceiveBuffer buffer = new(RoomOctets);
        int count = 0;
        while (!stream.IsEmpty)
        {
            Memory<byte> room = buffer.Room();
            int received = int.Min(int.Min(chunkOf, room.Length), stream.Length);
            stream[..received].CopyTo(room.Span);
            stream = stream[received..];
            buffer.Received(received);
            while (true)
            {
                BerError error = BerFrame.Measure(buffer.Pending, out int octets, FrameOctetsMax);
                if (error != BerError.None)
                {
                    return -(int)error;
                }

                if (octets == 0 || octets > buffer.Pending.Length)
                {
                    break;
                }

                frames?.Add(buffer.Pending[..octets].ToArray());
                buffer.Consume(octets);
                count++;
            }
        }

        return 1 + count;
    }
}
