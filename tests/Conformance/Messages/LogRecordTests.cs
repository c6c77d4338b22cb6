using Ccr.Asn1;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Conformance.Messages;

/// <summary>The envelope of a log record (asn1/CCR-Log.asn1).</summary>
public sealed class LogRecordTests
{
    private static readonly LogIdentity Log = new(new UInt128(0x0123456789ABCDEF, 0xFEDCBA9876543210));

    [Fact]
    public void Records_come_back_and_are_what_the_module_says()
    {
        MessageValues values = new(seed: 11);
        for (int i = 1; i <= 500; i++)
        {
            LogRecord record = new(Log, i * 1000L, Content(values), i % 3 == 0 ? i : 0);
            byte[] octets = Family.Encode(record);

            Assert.Equal(record, LogRecord.Decode(octets, Log, out LogRecordVerdict verdict));
            Assert.Equal(LogRecordVerdict.Good, verdict);

            var shown = (Asn1Sequence)Asn1Schema.Ccr.Decode("CCR-Log", "Log-record", octets);
            Assert.Equal(record.Sequence, ((Asn1Integer)shown["sequence"]!).Value);
            Assert.Equal(
                record.Unforced == 0 ? null : new System.Numerics.BigInteger(record.Unforced),
                (shown["unforced"] as Asn1Integer)?.Value);
            Assert.Equal(octets, Asn1Schema.Encode(shown));
        }
    }

    [Fact]
    public void The_checksum_is_crc32c() => Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));

    [Fact]
    public void The_checksum_covers_the_value_up_to_its_own_identifier()
    {
        byte[] octets = Family.Encode(new LogRecord(Log, 1, new OnePhaseServer("tokyo.files")));

        uint checksum = Crc32C.Of(octets.AsSpan(2, octets.Length - 2 - 6));

        Assert.Equal([0x83, 0x04, .. BitConverter.GetBytes(checksum).Reverse()], octets[^6..]);
    }

    [Fact]
    public void No_single_bit_can_go_wrong_unseen()
    {
        MessageValues values = new(seed: 12);
        HashSet<LogRecordVerdict> verdicts = [];
        for (int i = 0; i < 20; i++)
        {
            byte[] octets = Family.Encode(new LogRecord(Log, 7, Content(values)));
            for (int bit = 0; bit < octets.Length * 8; bit++)
            {
                octets[bit / 8] ^= (byte)(0x80 >> (bit % 8));
                Assert.Null(LogRecord.Decode(octets, Log, out LogRecordVerdict verdict));
                verdicts.Add(verdict);
                octets[bit / 8] ^= (byte)(0x80 >> (bit % 8));
            }
        }

        Assert.Equal(
            [LogRecordVerdict.NotARecord, LogRecordVerdict.BadChecksum], verdicts.Order());
    }

    [Fact]
    public void The_count_of_unforced_records_stands_before_the_checksum_and_none_is_not_written()
    {
        byte[] alone = Family.Encode(new LogRecord(Log, 9, new OnePhaseServer("tokyo.files")));
        byte[] later = Family.Encode(new LogRecord(Log, 9, new OnePhaseServer("tokyo.files"), 3));

        Assert.Equal([0x84, 0x01, 0x03, 0x83, 0x04], later[^9..^4]);
        Assert.Equal(alone.Length + 3, later.Length);
        Assert.Equal(8, LogRecord.Decode(alone, Log, out _)!.ForcedBefore);
        Assert.Equal(5, LogRecord.Decode(later, Log, out _)!.ForcedBefore);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(100)]
    public void A_count_that_cannot_be_is_no_record(int unforced)
    {
        byte[] octets = Family.Encode(new LogRecord(Log, 9, new OnePhaseServer("tokyo.files"), 3));
        octets[^7] = (byte)unforced;
        uint checksum = Crc32C.Of(octets.AsSpan(2..^6));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(^4..), checksum);

        Assert.Null(LogRecord.Decode(octets, Log, out LogRecordVerdict verdict));
        Assert.Equal(LogRecordVerdict.NotARecord, verdict);
    }

    [Fact]
    public void A_part_of_a_record_is_no_record()
    {
        byte[] octets = Family.Encode(new LogRecord(Log, 7, new OnePhaseServer("tokyo.files")));
        for (int length = 0; length < octets.Length; length++)
        {
            Assert.Null(LogRecord.Decode(octets.AsSpan(0, length), Log, out LogRecordVerdict verdict));
            Assert.Equal(LogRecordVerdict.NotARecord, verdict);
        }
    }

    [Fact]
    public void A_record_of_another_log_is_told_from_a_broken_one()
    {
        byte[] octets = Family.Encode(new LogRecord(new LogIdentity(5), 7, new OnePhaseServer("tokyo.files")));

        Assert.Null(LogRecord.Decode(octets, Log, out LogRecordVerdict verdict));
        Assert.Equal(LogRecordVerdict.OtherLog, verdict);
        Assert.NotNull(LogRecord.Decode(octets, null, out _));
    }

    [Fact]
    public void A_content_of_a_later_version_is_told_from_a_broken_one()
    {
        BerWriter writer = new();
        int mark = writer.Begin(BerTag.Sequence);
        writer.WriteOctets(0x80, Convert.FromHexString(Log.ToString()));
        writer.WriteInteger(0x81, 7);
        writer.WriteRaw([0xA2, 0x02, 0xBE, 0x00]);
        uint checksum = Crc32C.Of(writer.Written[mark..]);
        writer.WriteOctets(0x83, [.. BitConverter.GetBytes(checksum).Reverse()]);
        writer.End(mark);

        Assert.Null(LogRecord.Decode(writer.Written, Log, out LogRecordVerdict verdict));
        Assert.Equal(LogRecordVerdict.UnknownContent, verdict);
    }

    private static LogContent Content(MessageValues values)
    {
        Family family = Family.Of("CCR-Log");
        return (LogContent)family.Decode(Asn1Schema.Encode(values.Next(family.Type)));
    }
}
