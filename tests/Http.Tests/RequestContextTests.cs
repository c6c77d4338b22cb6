using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Http.Tests;

/// <summary>What a request carries, as octets and as the header's text.</summary>
public sealed class RequestContextTests
{
    private static readonly AeTitle Tokyo = AeTitle.Of(NodeName.Parse("tokyo"));

    private static readonly RequestContext Sample = new(
        new AtomicActionId(Tokyo, Suffix.OfCounter(3, 42)), new BranchId(Tokyo, Suffix.OfInteger(7)), "osaka.billing",
        1_900_000_000_000);

    [Fact]
    public void Octets_and_text_are_read_as_they_were_written()
    {
        Assert.True(RequestContext.TryRead(Sample.ToOctets(), out RequestContext? read));
        Assert.Equal(Sample, read);
        Assert.StartsWith("01-", Sample.ToText(), StringComparison.Ordinal);
        Assert.True(RequestContext.TryParse(Sample.ToText(), out read));
        Assert.Equal(Sample, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("01-")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("01-AAAA")]
    [InlineData("01-not base64url!")]
    public void Anything_else_is_not_read(string? text) => Assert.False(RequestContext.TryParse(text, out _));

    [Fact]
    public void What_is_too_short_too_long_of_another_version_or_of_another_kind_is_not_read()
    {
        byte[] octets = Sample.ToOctets();
        for (int length = 0; length < octets.Length; length++)
        {
            Assert.False(RequestContext.TryRead(octets.AsSpan(0, length), out _), $"{length} octets");
        }

        string text = Sample.ToText();
        Assert.False(RequestContext.TryRead([.. octets, 0], out _));
        Assert.False(RequestContext.TryParse("02-" + text[3..], out _));
        Assert.False(RequestContext.TryParse(text + new string('A', 3_000), out _));
        Assert.False(RequestContext.TryParse($"{text},{text}", out _));
        Assert.False(RequestContext.TryRead(Convert.FromHexString("A309800100810474657874"), out _)); // a refusal
    }
}
