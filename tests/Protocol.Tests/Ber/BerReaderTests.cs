using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Tests.Ber;

public sealed class BerReaderTests
{
    [Theory]
    [InlineData("020100", 0)]
    [InlineData("02017F", 127)]
    [InlineData("020180", -128)]
    [InlineData("02020080", 128)]
    [InlineData("0203FF0000", -65536)]
    [InlineData("02087FFFFFFFFFFFFFFF", long.MaxValue)]
    [InlineData("02088000000000000000", long.MinValue)]
    [InlineData("0285000000000105", 5)]
    public void Integers(string hex, long value)
    {
        BerStatus status = default;
        Assert.Equal(value, new BerReader(Convert.FromHexString(hex), ref status).ReadInteger(BerTag.Integer));
        Assert.True(status.Ok);
    }

    [Theory]
    [InlineData("0200")] // no octet
    [InlineData("02020001")] // not the fewest (X.690 8.3.2)
    [InlineData("0202FF80")]
    [InlineData("0209010000000000000000")] // 9 octets
    public void Octets_that_are_no_integer(string hex)
    {
        BerStatus status = default;
        Assert.Equal(0, new BerReader(Convert.FromHexString(hex), ref status).ReadInteger(BerTag.Integer));
        Assert.Equal(BerError.BadValue, status.Error);
    }

    [Theory]
    [InlineData("04FF")] // reserved length (X.690 8.1.3.5)
    [InlineData("0480")] // indefinite, primitive
    [InlineData("248000010000")] // one 00 octet alone
    public void Lengths_that_are_not_legal(string hex) => Assert.Equal(BerError.BadLength, ErrorOfSkip(hex));

    [Theory]
    [InlineData("0000")] // end-of-contents where nothing was open
    [InlineData("9F801F00")] // a tag number with a leading zero
    [InlineData("9F1E00")] // a low number in the high form
    public void Tags_that_are_not_legal(string hex) => Assert.Equal(BerError.BadTag, ErrorOfSkip(hex));

    [Theory]
    [InlineData("048480000000", BerError.TooLong)] // 2^31 octets
    [InlineData("0489FFFFFFFFFFFFFFFFFF", BerError.TooLong)]
    [InlineData("04847FFFFFFF", BerError.Truncated)]
    [InlineData("9FFFFFFFFFFF", BerError.Truncated)]
    public void Lengths_beyond_the_frame(string hex, BerError error) => Assert.Equal(error, ErrorOfSkip(hex));

    [Theory]
    [InlineData("9F1F00", 31)]
    [InlineData("9F8F7F00", 2047)]
    [InlineData("9F83FFFF7F00", BerTag.NumberMax)]
    [InlineData("9FFFFFFFFFFFFFFF7F00", BerTag.NumberMax)] // higher ones are one unknown
    public void High_tag_numbers_are_read_and_skipped(string hex, int number)
    {
        BerStatus status = default;
        BerReader reader = new(Convert.FromHexString(hex + "020105"), ref status);
        Assert.Equal(number, reader.PeekContext());
        Assert.True(reader.PeekTag(out BerTag tag));
        Assert.Equal(new BerTag(2, number, false), tag);
        reader.Skip();
        Assert.Equal(5, reader.ReadInteger(BerTag.Integer));
        Assert.True(reader.AtEnd);
    }

    [Fact]
    public void The_first_error_stays_and_later_reads_give_defaults()
    {
        BerStatus status = default;
        BerReader reader = new([0x30, 0x06, 0x01, 0x01, 0xFF, 0x02, 0x01, 0x07], ref status);
        BerReader inner = reader.Enter(BerTag.Sequence);
        Assert.Equal(0, inner.ReadInteger(BerTag.Integer));
        Assert.Equal(default, inner.ReadText(BerTag.Utf8String).Length);
        Assert.True(inner.AtEnd);
        Assert.True(reader.AtEnd);
        Assert.True(reader.Failed);
        Assert.Equal(BerError.UnexpectedElement, status.Error);
        Assert.Equal(2, status.Position);
        Assert.Equal("At octet 2: this element is not expected here.", status.ToString());
    }

    [Fact]
    public void Optional_elements_are_left_alone_when_another_comes()
    {
        BerStatus status = default;
        BerReader reader = new([0xA1, 0x03, 0x02, 0x01, 0x09], ref status);
        Assert.False(reader.TryEnter(0x80, out _));
        Assert.True(reader.TryEnter(0x81, out BerReader inner));
        Assert.Equal(9, inner.ReadInteger(BerTag.Integer));
        Assert.True(status.Ok && reader.AtEnd);
        Assert.False(reader.TryEnter(0x82, out _));
        Assert.True(status.Ok);
    }

    [Theory]
    [InlineData("0403616263", "abc")]
    [InlineData("2480040161040262630000", "abc")]
    [InlineData("2409040161240404026263", "abc")]
    [InlineData("240A24800401610000040162", "ab")]
    [InlineData("24800000", "")]
    public void Segments_are_joined(string hex, string text)
    {
        BerStatus status = default;
        BerReader reader = new(Convert.FromHexString(hex), ref status);
        Assert.Equal(text, System.Text.Encoding.ASCII.GetString(reader.ReadOctets(BerTag.OctetString)));
        Assert.True(status.Ok, status.ToString());
        Assert.True(reader.AtEnd);
    }

    [Theory]
    [InlineData("2403020161", BerError.UnexpectedElement)] // a segment of another type
    [InlineData("2403040261", BerError.Truncated)] // a segment longer than its string
    [InlineData("24050480616100", BerError.BadLength)]
    public void Segments_that_are_none(string hex, BerError error)
    {
        BerStatus status = default;
        Assert.True(new BerReader(Convert.FromHexString(hex), ref status).ReadOctets(BerTag.OctetString).IsEmpty);
        Assert.Equal(error, status.Error);
    }

    [Theory]
    [InlineData("030100", 0ul)]
    [InlineData("03020640", 2ul)] // version2
    [InlineData("030400000000", 0ul)]
    [InlineData("030203F8", 31ul)]
    [InlineData("030204FF", 15ul)] // bits that do not count
    [InlineData("2309030300A00003020780", 0x10005ul)]
    public void Named_bits_are_a_set(string hex, ulong set)
    {
        BerStatus status = default;
        Assert.Equal(set, new BerReader(Convert.FromHexString(hex), ref status).ReadNamedBits(BerTag.BitString));
        Assert.Equal(BerError.None, status.Error);
    }

    [Theory]
    [InlineData("0300")]
    [InlineData("030101")] // unused bits of no octet
    [InlineData("03020800")]
    [InlineData("2308030201FE03020000")] // unused bits before the last segment
    public void Octets_that_are_no_bits(string hex)
    {
        BerStatus status = default;
        new BerReader(Convert.FromHexString(hex), ref status).ReadBits(BerTag.BitString, out _);
        Assert.Equal(BerError.BadValue, status.Error);
    }

    [Fact]
    public void Text_must_be_utf8_and_within_its_limit()
    {
        BerStatus status = default;
        byte[] octets = [0x0C, 5, 0xC3, 0xA9, 0xE2, 0x82, 0xAC];
        Assert.Equal("é€", new BerReader(octets, ref status).ReadText(BerTag.Utf8String));
        Assert.Equal("", new BerReader([0x0C, 1, 0xC3], ref status).ReadText(BerTag.Utf8String));
        Assert.Equal(BerError.BadValue, status.Error);
        status = default;
        Assert.Equal("", new BerReader([0x0C, 2, 0x61, 0x61], ref status).ReadText(BerTag.Utf8String, 1));
        Assert.Equal(BerError.TooLong, status.Error);
    }

    [Fact]
    public void Extension_points_skip_whatever_is_there()
    {
        BerStatus status = default;
        byte[] octets = [0x30, 0x80, 0x02, 1, 1, 0xBF, 0x40, 0x80, 0x30, 0x80, 0, 0, 0, 0, 0x05, 0, 0, 0, 0x02, 1, 2];
        BerReader reader = new(octets, ref status);
        BerReader inner = reader.Enter(BerTag.Sequence);
        Assert.Equal(1, inner.ReadInteger(BerTag.Integer));
        inner.End();
        Assert.Equal(2, reader.ReadInteger(BerTag.Integer));
        Assert.True(status.Ok, status.ToString());
    }

    [Fact]
    public void Raw_elements_keep_their_octets()
    {
        BerStatus status = default;
        BerReader reader = new([0x30, 0x80, 0x05, 0x00, 0x00, 0x00, 0x01, 0x01, 0x07], ref status);
        Assert.Equal([0x30, 0x80, 0x05, 0x00, 0x00, 0x00], reader.ReadRaw().ToArray());
        Assert.True(reader.ReadBoolean(BerTag.Boolean));
    }

    private static BerError ErrorOfSkip(string hex)
    {
        BerStatus status = default;
        new BerReader(Convert.FromHexString(hex), ref status).Skip();
        return status.Error;
    }
}
