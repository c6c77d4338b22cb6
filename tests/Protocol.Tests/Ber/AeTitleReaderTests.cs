using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;

namespace Ccr.Protocol.Tests.Ber;

public sealed class AeTitleReaderTests
{
    [Theory]
    [InlineData("06078837CC4C030101")]
    [InlineData("3010310E300C06035504030C05746F6B796F")]
    [InlineData("300D310B300906035504031302746F")] // PrintableString
    [InlineData("300D310B3009060355040312023120")] // NumericString
    [InlineData("300D310B300906035504031402FFFE")] // TeletexString
    [InlineData("300D310B300906035504031602417F")] // IA5String
    public void Canonical_titles_stay_as_they_are(string hex) => Assert.Equal(hex, Canonical(hex));

    [Theory]
    [InlineData("30803180308006035504032C800402746F04036B796F0000000000000000",
        "3010310E300C06035504030C05746F6B796F")]
    [InlineData("0681078837CC4C030101", "06078837CC4C030101")]
    public void Other_forms_become_canonical(string hex, string canonical) => Assert.Equal(canonical, Canonical(hex));

    [Fact]
    public void Attributes_of_one_name_are_put_in_order()
    {
        const string b = "30080603550404130162";
        const string a = "30080603550403130161";
        const string c = "3009060355040313026161";
        Assert.Equal("3021311F" + a + b + c, Canonical("3021311F" + c + b + a));
        Assert.Equal("3021311F" + a + b + c, Canonical("3021311F" + b + a + c));
    }

    [Theory]
    [InlineData("3000", BerError.BadValue)]
    [InlineData("30023100", BerError.BadValue)]
    [InlineData("0600", BerError.BadValue)]
    [InlineData("06028001", BerError.BadValue)]
    [InlineData("060181", BerError.BadValue)]
    [InlineData("0101FF", BerError.UnknownAlternative)]
    [InlineData("300C310A30080603550403130100", BerError.BadValue)] // NUL in a PrintableString
    [InlineData("300C310A300806035504030C01FF", BerError.BadValue)] // no UTF-8
    [InlineData("300C310A30080603550403040161", BerError.BadValue)] // OCTET STRING
    [InlineData("300E310C300A06035504031301610500", BerError.UnexpectedElement)]
    public void What_is_no_title_is_refused(string hex, BerError error)
    {
        BerStatus status = default;
        Assert.Null(new BerReader(Convert.FromHexString(hex), ref status).ReadAeTitle());
        Assert.Equal(error, status.Error);
    }

    [Fact]
    public void A_title_over_its_limit_is_refused()
    {
        BerWriter writer = new();
        writer.WriteOid(BerTag.Oid, new byte[Limits.AeTitleOctetsMax]);
        BerStatus status = default;
        Assert.Null(new BerReader(writer.Written, ref status).ReadAeTitle());
        Assert.Equal(BerError.TooLong, status.Error);
    }

    [Fact]
    public void A_known_title_is_found_again_without_allocating()
    {
        AeTitle tokyo = AeTitle.Of(NodeName.Parse("tokyo"));
        AeTitleCache titles = new();
        BerStatus status = default;
        AeTitle? first = new BerReader(tokyo.Encoded, ref status, titles).ReadAeTitle();
        long before = GC.GetAllocatedBytesForCurrentThread();
        AeTitle? second = new BerReader(tokyo.Encoded, ref status, titles).ReadAeTitle();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(tokyo, first);
        Assert.Same(first, second);
        Assert.Equal("tokyo", first!.Node.Value);
    }

    private static string? Canonical(string hex)
    {
        BerStatus status = default;
        BerReader reader = new(Convert.FromHexString(hex), ref status);
        AeTitle? title = reader.ReadAeTitle();
        return title is null ? null : Convert.ToHexString(title.Encoded);
    }
}
