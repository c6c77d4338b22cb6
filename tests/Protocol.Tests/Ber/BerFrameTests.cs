using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Tests.Ber;

/// <summary>The outermost identifier and length of a frame, which may come in any number of pieces.</summary>
public sealed class BerFrameTests
{
    private const int Limit = 1000;

    [Theory]
    [InlineData("0400", 2)]
    [InlineData("A003", 5)]
    [InlineData("BF2A03", 6)] // high tag number 42
    [InlineData("BF817F03", 7)] // two octets of tag number
    [InlineData("048103", 6)] // longer than need be, which BER allows
    [InlineData("30820100", 260)]
    [InlineData("A0880000000000000005", 15)]
    [InlineData("A089000000000000000001", 12)]
    public void A_whole_header_tells_the_length_of_its_frame(string hex, int expected)
    {
        Assert.Equal(BerError.None, BerFrame.Measure(Convert.FromHexString(hex), out int length, Limit));
        Assert.Equal(expected, length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("A0")]
    [InlineData("BF")]
    [InlineData("BF81")]
    [InlineData("BF8101")]
    [InlineData("A082")]
    [InlineData("A08201")]
    public void A_part_of_a_header_asks_for_more(string hex)
    {
        Assert.Equal(BerError.None, BerFrame.Measure(Convert.FromHexString(hex), out int length, Limit));
        Assert.Equal(0, length);
    }

    [Theory]
    [InlineData("A080", BerError.BadLength, "definite")]
    [InlineData("A08203E9", BerError.TooLong, "1005 octets is announced; 1000 octets are the most")]
    [InlineData("A0847FFFFFFF", BerError.TooLong, "2 GB or more is announced")]
    [InlineData("A08480000000", BerError.TooLong, "2 GB or more is announced")]
    [InlineData("A088FFFFFFFFFFFFFFFF", BerError.TooLong, "2 GB or more is announced")]
    [InlineData("A0FF", BerError.BadLength, "length")]
    [InlineData("30FE0000000000000000000000000000000000", BerError.BadLength, "length")] // a header that never ends
    [InlineData("BFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", BerError.BadLength, "length")]
    [InlineData("0000", BerError.BadTag, "tag")]
    public void What_can_be_no_frame_is_refused_by_its_header_in_words(string hex, BerError error, string words)
    {
        Assert.Equal(error, BerFrame.Measure(Convert.FromHexString(hex), out int length, Limit));
        Assert.Contains(words, BerFrame.Complaint(error, length, Limit), StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_counts_the_header()
    {
        Assert.Equal(BerError.None, BerFrame.Measure([0xA0, 0x82, 0x03, 0xE4], out int length, Limit));
        Assert.Equal(Limit, length);
        Assert.Equal(BerError.TooLong, BerFrame.Measure([0xA0, 0x82, 0x03, 0xE5], out _, Limit));
    }

    [Fact]
    public void The_longest_frame_of_all_is_measured()
    {
        Assert.Equal(BerError.None, BerFrame.Measure([0x30, 0x83, 0x0F, 0xFF, 0xFB], out int length));
        Assert.Equal(Limits.FrameOctetsMax, length);
        Assert.Equal(BerError.TooLong, BerFrame.Measure([0x30, 0x83, 0x0F, 0xFF, 0xFC], out _));
    }
}
