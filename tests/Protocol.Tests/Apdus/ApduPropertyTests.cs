using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Ccr.Protocol.Tests.Apdus;

public sealed class ApduPropertyTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(3000);
    private static readonly Arbitrary<int> Seeds = ArbMap.Default.ArbFor<int>();

    [Fact]
    public void Decoding_undoes_encoding() => Prop.ForAll(Seeds, seed =>
    {
        Apdu apdu = new RandomApdus(seed).Next();
        byte[] octets = Encode(apdu);
        Apdu? back = Apdu.Decode(octets, out BerStatus status);
        Assert.True(status.Ok, $"{status} {Convert.ToHexString(octets)}");
        Assert.Equal(apdu, back);
        Assert.Equal(octets, Encode(back!));
    }).Check(Many);

    [Fact]
    public void Any_legal_form_decodes_to_the_same_value() => Prop.ForAll(Seeds, Seeds, (seed, form) =>
    {
        Apdu apdu = new RandomApdus(seed).Next();
        byte[] loose = new LooseApdus(form).Encode(apdu);
        Apdu? back = Apdu.Decode(loose, out BerStatus status);
        Assert.True(status.Ok, $"{status} {apdu} {Convert.ToHexString(loose)}");
        Assert.Equal(apdu, back);
    }).Check(Many);

    [Fact]
    public void A_title_cache_changes_nothing() => Prop.ForAll(Seeds, seed =>
    {
        AeTitleCache titles = new();
        RandomApdus random = new(seed);
        LooseApdus loose = new(seed);
        for (int i = 0; i < 20; i++)
        {
            Apdu apdu = random.Next();
            Assert.Equal(apdu, Apdu.Decode(Encode(apdu), out _, titles));
            Assert.Equal(apdu, Apdu.Decode(loose.Encode(apdu), out _, titles));
        }
    }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Every_proper_beginning_is_truncated() => Prop.ForAll(Seeds, Seeds, (seed, form) =>
    {
        Apdu apdu = new RandomApdus(seed).Next();
        byte[] octets = form % 2 == 0 ? Encode(apdu) : new LooseApdus(form).Encode(apdu);
        for (int length = 0; length < octets.Length; length++)
        {
            Assert.Null(Apdu.Decode(octets.AsSpan(0, length), out BerStatus status));
            Assert.Equal(BerError.Truncated, status.Error);
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Mutations_are_decoded_or_refused() => Prop.ForAll(Seeds, Seeds, (seed, form) =>
    {
        byte[] octets = new LooseApdus(form).Encode(new RandomApdus(seed).Next());
        Random random = new(form);
        for (int i = 0; i < 50; i++)
        {
            byte[] mutated = (byte[])octets.Clone();
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                mutated[random.Next(mutated.Length)] = (byte)(random.Next(3) == 0 ? 0x80 : random.Next(256));
            }

            CheckAnswer(mutated);
        }
    }).Check(Many);

    [Fact]
    public void Any_octets_are_decoded_or_refused() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), CheckAnswer).Check(Many);

    [Fact]
    public void Octets_that_look_like_tags_and_lengths_are_decoded_or_refused()
    {
        byte[] alphabet =
            [0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x30, 0x31, 0x06, 0x24, 0xA0, 0xA1, 0xA2, 0xBE, 0x28, 0xFF];
        Gen<byte[]> octets = Gen.Elements(alphabet).ArrayOf();
        Prop.ForAll(octets.ToArbitrary(), tail => CheckAnswer([0xA1, 0x80, .. tail])).Check(Many);
    }

    // What is taken has one canonical form: it encodes, and decodes to itself. What is refused has a reason.
    private static void CheckAnswer(byte[] octets)
    {
        Apdu? apdu = Apdu.Decode(octets, out BerStatus status);
        Assert.Equal(apdu is null, status.Error != BerError.None);
        Assert.InRange(status.Position, 0, octets.Length);
        if (apdu is not null)
        {
            Assert.Equal(apdu, Apdu.Decode(Encode(apdu), out _));
        }
    }

    private static byte[] Encode(Apdu apdu)
    {
        BerWriter writer = new();
        apdu.Write(writer);
        return writer.Written.ToArray();
    }
}
