using System.Buffers.Binary;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

namespace Ccr.Hostile.Targets;

/// <summary>Everything that decodes octets of others, behind one number each.</summary>
public static class Decoders
{
    /// <summary>The names, by number.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "CCR-APDUS", "CCR-Link", "CCR-Session", "CCR-Location", "CCR-Files", "Log-content", "CCR-Profile",
        "Log-record", "frames", "log-segment",
    ];

    /// <summary>The record with its envelope, whose checksum is made right before it is decoded.</summary>
    public const int LogRecordNumber = 7;

    /// <summary>The number of the stream that is cut into frames.</summary>
    public const int FramesNumber = 8;

    /// <summary>The number of the segment that recovery scans.</summary>
    public const int SegmentNumber = 9;

    /// <summary>Messages, each in one frame: the decoders below this number.</summary>
    public const int MessageCount = 7;

    private static readonly AeTitleCache Titles = new();

    /// <summary>Decodes; 0 where the octets are good, otherwise the verdict.</summary>
    public static int Run(int decoder, byte[] buffer, int length)
    {
        ReadOnlySpan<byte> octets = buffer.AsSpan(0, length);
        if (decoder < MessageCount)
        {
            return Decode(decoder, octets, out BerStatus status) is not null && status.Ok ? 0 : (int)status.Error;
        }

        switch (decoder)
        {
            case LogRecordNumber:
                FixChecksum(buffer.AsSpan(0, length));
                LogRecord.Decode(octets, null, out LogRecordVerdict verdict);
                return (int)verdict;
            case FramesNumber:
                return FrameStream.Count(octets);
            default:
                return LogSegment.Scan(octets);
        }
    }

    /// <summary>
    /// What has to hold of every input: a verdict with its place, or a value whose octets read back as that value.
    /// </summary>
    /// <returns>What does not hold; null where all does.</returns>
    public static string? Complaint(int decoder, byte[] buffer, int length)
    {
        if (decoder >= MessageCount)
        {
            return decoder == FramesNumber ? FrameStream.Complaint(buffer.AsSpan(0, length)) : null;
        }

        IBerMessage? message = Decode(decoder, buffer.AsSpan(0, length), out BerStatus status);
        if (message is null)
        {
            return status.Ok ? "neither a value nor a verdict"
                : status.Position < 0 || status.Position > length ? $"the verdict stands at octet {status.Position}"
                : null;
        }

        BerWriter writer = new();
        message.Write(writer);
        byte[] canonical = writer.Written.ToArray();
        IBerMessage? again = Decode(decoder, canonical, out status);
        if (again is null)
        {
            return $"what was decoded is written as {Convert.ToHexString(canonical)}, which is refused: {status}";
        }

        writer.Reset();
        again.Write(writer);
        return !writer.Written.SequenceEqual(canonical)
            ? $"written as {Convert.ToHexString(canonical)}, and then as {Convert.ToHexString(writer.Written)}"
            : null;
    }

    /// <summary>Decodes with one of the message decoders.</summary>
    public static IBerMessage? Decode(int decoder, ReadOnlySpan<byte> octets, out BerStatus status) => decoder switch
    {
        0 => Apdu.Decode(octets, out status, Titles),
        1 => LinkMessage.Decode(octets, out status),
        2 => SessionMessage.Decode(octets, out status),
        3 => LocationMessage.Decode(octets, out status),
        4 => FilesMessage.Decode(octets, out status),
        5 => LogContent.Decode(octets, out status),
        6 => ProfileData.Decode(octets, out status),
        _ => throw new ArgumentOutOfRangeException(nameof(decoder)),
    };

    /// <summary>Without this a fuzzer would never come behind the checksum of a record.</summary>
    private static void FixChecksum(Span<byte> record)
    {
        const int element = 2 + sizeof(uint); // [3] IMPLICIT OCTET STRING, the last component
        int content = record.Length < 2 ? 0 : record[1] < 0x80 ? 2 : 2 + (record[1] & 0x7F);
        int end = record.Length - element;
        if (end > content && record[end] == 0x83 && record[end + 1] == sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32BigEndian(record[(end + 2)..], Crc32C.Of(record[content..end]));
        }
    }
}
