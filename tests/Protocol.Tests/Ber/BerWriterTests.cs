using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Tests.Ber;

public sealed class BerWriterTests
{
    public static TheoryData<long> Integers =>
    [
        0, 1, -1, 127, 128, -128, -129, 255, 256, 32767, 32768, -32769, int.MaxValue, int.MinValue,
        1L << 55, -(1L << 55), (1L << 55) - 1, long.MaxValue, long.MinValue,
    ];

    [Theory, MemberData(nameof(Integers))]
    public void Integers_have_the_fewest_octets(long value)
    {
        BerWriter writer = new(1);
        writer.WriteInteger(BerTag.Integer, value);
        BerStatus status = default;
        Assert.Equal(value, new BerReader(writer.Written, ref status).ReadInteger(BerTag.Integer));
        System.Formats.Asn1.AsnWriter other = new(System.Formats.Asn1.AsnEncodingRules.DER);
        other.WriteInteger(value);
        Assert.Equal(other.Encode(), writer.Written.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(1 << 24)]
    public void Lengths_have_the_fewest_octets(int length)
    {
        byte[] content = new byte[length];
        new Random(1).NextBytes(content);
        BerWriter writer = new(1);
        int outer = writer.Begin(BerTag.Sequence);
        int inner = writer.Begin(BerTag.Context(3));
        writer.WriteOctets(BerTag.OctetString, content);
        writer.End(inner);
        writer.End(outer);

        System.Formats.Asn1.AsnWriter other = new(System.Formats.Asn1.AsnEncodingRules.DER);
        using (other.PushSequence())
        using (other.PushSequence(new System.Formats.Asn1.Asn1Tag(System.Formats.Asn1.TagClass.ContextSpecific, 3)))
        {
            other.WriteOctetString(content);
        }

        Assert.True(writer.Written.SequenceEqual(other.Encode()));
    }

    [Theory]
    [InlineData(30, "9E00")]
    [InlineData(31, "9F1F00")]
    [InlineData(127, "9F7F00")]
    [InlineData(128, "9F810000")]
    [InlineData(16383, "9FFF7F00")]
    [InlineData(16384, "9F81800000")]
    public void High_tag_numbers(int number, string hex)
    {
        BerWriter writer = new();
        writer.WriteNull(BerTag.Context(number));
        Assert.Equal(hex, Convert.ToHexString(writer.Written));
        int mark = writer.Begin(BerTag.Context(number));
        writer.End(mark);
        BerStatus status = default;
        BerReader reader = new(writer.Written, ref status);
        reader.ReadNull(BerTag.Context(number));
        reader.Enter(BerTag.Context(number));
        Assert.True(status.Ok && reader.AtEnd);
    }

    [Fact]
    public void Named_bits_end_with_the_last_one_set()
    {
        BerWriter writer = new();
        writer.WriteNamedBits(0x80, 0);
        writer.WriteNamedBits(0x81, 1 | (1 << 8));
        writer.WriteNamedBits(0x82, ulong.MaxValue);
        Assert.Equal("800100" + "8103078080" + "820900FFFFFFFFFFFFFFFF", Convert.ToHexString(writer.Written));
    }

    [Fact]
    public void Texts_are_utf8()
    {
        BerWriter writer = new(1);
        writer.WriteText(0x80, "é€");
        Assert.Equal("8005C3A9E282AC", Convert.ToHexString(writer.Written));
    }

    [Fact]
    public void A_writer_that_has_grown_allocates_nothing()
    {
        BerWriter writer = new(1);
        byte[] octets = new byte[1000];
        Fill(writer, octets);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Fill(writer, octets);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Fill(BerWriter writer, byte[] octets)
    {
        writer.Reset();
        int outer = writer.Begin(BerTag.Sequence);
        writer.WriteInteger(0x80, long.MinValue);
        writer.WriteText(0x81, "text");
        writer.WriteOctets(0x82, octets);
        writer.WriteNamedBits(0x83, 5);
        writer.End(outer);
    }
}
