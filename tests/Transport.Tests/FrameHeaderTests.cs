namespace Ccr.Transport.Tests;

public sealed class FrameHeaderTests
{
    private const int Limit = 1000;

    [Theory]
    [InlineData("A000", 2)]
    [InlineData("A003", 5)]
    [InlineData("BF2A03", 6)] // high tag number 42
    [InlineData("BF817F03", 7)] // two octets of tag number
    [InlineData("A08103", 6)] // longer than need be, which BER allows
    [InlineData("A0820100", 260)]
    [InlineData("A0880000000000000005", 15)]
    public void A_whole_header_tells_the_length_of_its_frame(string hex, int expected)
    {
        Assert.Equal(expected, FrameHeader.Measure(Convert.FromHexString(hex), Limit, out string? wrong));
        Assert.Null(wrong);
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
        Assert.Equal(0, FrameHeader.Measure(Convert.FromHexString(hex), Limit, out string? wrong));
        Assert.Null(wrong);
    }

    [Theory]
    [InlineData("A080", "indefinite")]
    [InlineData("A0847FFFFFFF", "2147483647 octets is announced")]
    [InlineData("A08203E9", "1000 are the most")]
    [InlineData("A088FFFFFFFFFFFFFFFF", "is announced")]
    [InlineData("A089000000000000000001", "length has 9 octets")]
    [InlineData("A0FF", "length has 127 octets")]
    [InlineData("BFFFFFFFFFFFFFFF", "tag number")]
    public void What_can_be_no_frame_is_named(string hex, string expected)
    {
        Assert.Equal(0, FrameHeader.Measure(Convert.FromHexString(hex), Limit, out string? wrong));
        Assert.Contains(expected, wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_counts_the_header()
    {
        Assert.Equal(Limit, FrameHeader.Measure([0xA0, 0x82, 0x03, 0xE4], Limit, out _));
        Assert.Equal(0, FrameHeader.Measure([0xA0, 0x82, 0x03, 0xE5], Limit, out string? wrong));
        Assert.NotNull(wrong);
    }
}
