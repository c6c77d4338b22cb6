using System.Buffers.Binary;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using static Ccr.Protocol.Messages.ComponentTags;

namespace Ccr.Protocol.Messages;

/// <summary>What octets from a log turned out to be.</summary>
public enum LogRecordVerdict
{
    /// <summary>A record of this log, whole.</summary>
    Good,

    /// <summary>Not even the shape of a record.</summary>
    NotARecord,

    /// <summary>The shape of a record, but the checksum is another: octets were changed.</summary>
    BadChecksum,

    /// <summary>A whole record of another log.</summary>
    OtherLog,

    /// <summary>A whole record of this log whose content this version does not know.</summary>
    UnknownContent,
}

/// <summary>The envelope of a record of the atomic-action log: which log, which place in it, and what.</summary>
/// <param name="Log">The log's identity.</param>
/// <param name="Sequence">1, 2, 3 ... without a gap.</param>
/// <param name="Content">What is recorded.</param>
/// <param name="Unforced">
/// How many records directly before this one were not known to be forced when it was appended. What stood before
/// those was (docs/adr/0007-torn-batches.md). A log of format 1 does not say it, and claims that all were.
/// </param>
public sealed record LogRecord(LogIdentity Log, long Sequence, LogContent Content, long Unforced = 0) : IBerMessage
{
    private const int ChecksumOctets = sizeof(uint);

    /// <summary>The last record that this one claims to have been forced before it was appended; 0: none.</summary>
    public long ForcedBefore => Sequence - 1 - Unforced;

    /// <summary>Writes the record with its checksum.</summary>
    public void Write(BerWriter writer)
    {
        Span<byte> log = stackalloc byte[LogIdentity.Octets];
        Log.Write(log);
        int mark = writer.Begin(BerTag.Sequence);
        writer.WriteOctets(C0, log);
        writer.WriteInteger(C1, Sequence);
        int content = writer.Begin(C2);
        Content.Write(writer);
        writer.End(content);
        if (Unforced > 0)
        {
            writer.WriteInteger(C4, Unforced);
        }

        Span<byte> checksum = stackalloc byte[ChecksumOctets];
        BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc32C.Of(writer.Written[mark..]));
        writer.WriteOctets(C3, checksum);
        writer.End(mark);
    }

    /// <summary>Decodes a record. Never throws.</summary>
    /// <param name="octets">The whole record and nothing else.</param>
    /// <param name="log">The log it has to be of; null: of any.</param>
    /// <param name="verdict">What the octets are; the record is there only when they are good.</param>
    public static LogRecord? Decode(ReadOnlySpan<byte> octets, LogIdentity? log, out LogRecordVerdict verdict)
    {
        BerStatus status = default;
        BerReader reader = new(octets, ref status, NameCache.Titles);
        BerReader record = reader.Enter(BerTag.Sequence);
        int start = record.Position;
        ReadOnlySpan<byte> identity = record.ReadOctets(C0, LogIdentity.Octets, LogIdentity.Octets);
        long sequence = record.ReadInteger(C1, 1, long.MaxValue);
        BerReader choice = record.Enter(C2);
        long unforced = record.NextIs(C4) ? record.ReadInteger(C4, 1, sequence - 1) : 0;
        int end = record.Position;
        ReadOnlySpan<byte> checksum = record.ReadOctets(C3, ChecksumOctets, ChecksumOctets);
        record.EndExactly();
        reader.EndFrame();
        if (!status.Ok)
        {
            verdict = LogRecordVerdict.NotARecord;
            return null;
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(checksum) != Crc32C.Of(octets[start..end]))
        {
            verdict = LogRecordVerdict.BadChecksum;
            return null;
        }

        LogIdentity found = LogIdentity.Read(identity);
        if (log is { } expected && found != expected)
        {
            verdict = LogRecordVerdict.OtherLog;
            return null;
        }

        LogContent? content = LogContent.ReadAny(ref choice);
        choice.EndExactly();
        verdict = status.Ok ? LogRecordVerdict.Good : LogRecordVerdict.UnknownContent;
        return status.Ok ? new LogRecord(found, sequence, content!, unforced) : null;
    }
}
