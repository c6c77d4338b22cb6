using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Tests.Apdus;

public sealed class ApduErrorTests
{
    [Theory]
    [InlineData("", BerError.Truncated)]
    [InlineData("A2", BerError.Truncated)]
    [InlineData("A201", BerError.Truncated)]
    [InlineData("A280", BerError.Truncated)]
    [InlineData("A28000", BerError.Truncated)]
    [InlineData("B000", BerError.UnknownAlternative)] // context tag 16: no APDU of this version
    [InlineData("3000", BerError.UnknownAlternative)]
    [InlineData("8200", BerError.BadTag)] // C-BEGIN-RC, primitive
    [InlineData("A200A200", BerError.TrailingOctets)]
    [InlineData("A100", BerError.MissingElement)]
    [InlineData("A105A003810100", BerError.MissingElement)] // no suffix in the identifier
    [InlineData("A10BA006810102830101830101", BerError.BadValue)] // a side that this version does not know
    [InlineData("A10BA006840100830101830101", BerError.UnknownAlternative)] // a party name of a third kind
    [InlineData("A10BA006810100840101830101", BerError.UnknownAlternative)] // a suffix of a third kind
    [InlineData("A10AA0058101008200830101", BerError.BadValue)] // an empty suffix
    [InlineData("A10DA0088101008301010500830101", BerError.UnexpectedElement)] // identifiers are not extensible
    [InlineData("A10BA006810100830101020101", BerError.UnknownAlternative)]
    [InlineData("A204BE000500", BerError.UnexpectedElement)] // user data is the last component
    [InlineData("A204BE020500", BerError.UnexpectedElement)] // no EXTERNAL
    [InlineData("A207BE052803020105", BerError.MissingElement)] // an EXTERNAL without a value
    [InlineData("AB03820200", BerError.Truncated)]
    [InlineData("AB0482020000", BerError.BadValue)]
    [InlineData("AE038001", BerError.Truncated)]
    [InlineData("AE028000", BerError.BadValue)]
    public void What_is_wrong_is_named(string hex, BerError error)
    {
        Apdu? apdu = Apdu.Decode(Convert.FromHexString(hex), out BerStatus status);
        Assert.Null(apdu);
        Assert.Equal(error, status.Error);
    }

    [Fact]
    public void A_suffix_of_65_octets_is_refused()
    {
        byte[] frame = [0xA1, 75, 0xA0, 70, 0x81, 1, 0, 0x82, 65, .. new byte[65], 0x83, 1, 1];
        Assert.Null(Apdu.Decode(frame, out BerStatus status));
        Assert.Equal(BerError.BadValue, status.Error);
    }

    [Fact]
    public void More_externals_than_the_limit_are_refused()
    {
        BerWriter writer = new();
        int apdu = writer.Begin(0x83);
        int user = writer.Begin(0x80 | 30);
        for (int i = 0; i <= Limits.ListItemsMax; i++)
        {
            writer.WriteRaw([0x28, 0x02, 0x81, 0x00]);
        }

        writer.End(user);
        writer.End(apdu);
        Assert.Null(Apdu.Decode(writer.Written, out BerStatus status));
        Assert.Equal(BerError.TooManyItems, status.Error);
    }

    [Fact]
    public void Enumerations_keep_values_that_have_no_name_yet()
    {
        byte[] octets = Convert.FromHexString("AE03800109");
        Apdu? apdu = Apdu.Decode(octets, out _);
        Assert.Equal(new NochangeRc((NochangeOutcome)9), apdu);
        BerWriter writer = new();
        apdu!.Write(writer);
        Assert.Equal(octets, writer.Written.ToArray());
    }
}
