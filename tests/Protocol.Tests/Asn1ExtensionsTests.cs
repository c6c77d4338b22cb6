using System.Formats.Asn1;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;
using Ccr.Protocol.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Ccr.Protocol.Tests;

/// <summary>Our codec against System.Formats.Asn1, an independent one, in both directions.</summary>
public sealed class Asn1ExtensionsTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(2000);
    private static readonly Arbitrary<int> Seeds = ArbMap.Default.ArbFor<int>();

    [Fact]
    public void Both_write_the_same_identifiers() => Prop.ForAll(Seeds, seed =>
    {
        if (RandomRecover(seed) is not { } apdu)
        {
            return;
        }

        AsnWriter other = new(AsnEncodingRules.BER);
        using (other.PushSequence(new Asn1Tag(TagClass.ContextSpecific, apdu.TagNumber)))
        {
            other.WriteAtomicActionIdentifier(apdu.Owner, apdu.ActionSuffix, Context(0));
            other.WriteBranchIdentifier(apdu.Initiator, apdu.BranchSuffix, Context(1));
            other.WriteEnumeratedValue(apdu.State, Context(2));
            if (apdu.Reversed)
            {
                other.WriteBoolean(true, Context(3));
            }
        }

        BerWriter writer = new();
        apdu.Write(writer);
        Assert.Equal(Convert.ToHexString(other.Encode()), Convert.ToHexString(writer.Written));
    }).Check(Many);

    [Fact]
    public void Both_read_the_same_identifiers_from_any_legal_form() => Prop.ForAll(Seeds, Seeds, (seed, form) =>
    {
        if (RandomRecover(seed) is not { } apdu)
        {
            return;
        }

        byte[] octets = new LooseApdus(form).Encode(apdu);
        AsnReader reader = new AsnReader(octets, AsnEncodingRules.BER)
            .ReadSequence(new Asn1Tag(TagClass.ContextSpecific, apdu.TagNumber));
        Assert.Equal((apdu.Owner, apdu.ActionSuffix), reader.ReadAtomicActionIdentifier(Context(0)));
        Assert.Equal((apdu.Initiator, apdu.BranchSuffix), reader.ReadBranchIdentifier(Context(1)));
    }).Check(Many);

    // What one takes and the other refuses would be a mistake in one of them.
    [Fact]
    public void Both_take_and_refuse_the_same_titles() => Prop.ForAll(Seeds, seed =>
    {
        Random random = new(seed);
        byte[] octets = new RandomApdus(seed).Title().Encoded.ToArray();
        for (int i = 0; i < 20; i++)
        {
            byte[] mutated = (byte[])octets.Clone();
            mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            BerStatus status = default;
            BerReader reader = new(mutated, ref status);
            AeTitle? ours = reader.ReadAeTitle();
            reader.EndFrame();
            AeTitle? theirs = ReadByOther(mutated);
            Assert.True(Equals(status.Ok ? ours : null, theirs), $"{Convert.ToHexString(mutated)} {status}");
        }
    }).Check(Many);

    [Theory]
    [InlineData("3000")]
    [InlineData("300D310B3009060355040304" + "02746F")]
    [InlineData("30023100")]
    public void What_is_no_title_throws(string hex) => Assert.Throws<AsnContentException>(
        () => new AsnReader(Convert.FromHexString(hex), AsnEncodingRules.BER).ReadAeTitle());

    [Theory]
    [InlineData("3006810102830101")] // a side of a later version
    [InlineData("3005810100" + "8200")]
    [InlineData("300E810100" + "8309010000000000000000")]
    [InlineData("3008810100" + "830101" + "0500")]
    public void What_is_no_identifier_throws(string hex) => Assert.Throws<AsnContentException>(
        () => new AsnReader(Convert.FromHexString(hex), AsnEncodingRules.BER).ReadAtomicActionIdentifier());

    private static AeTitle? ReadByOther(byte[] octets)
    {
        try
        {
            AsnReader reader = new(octets, AsnEncodingRules.BER);
            AeTitle title = reader.ReadAeTitle();
            reader.ThrowIfNotEmpty();
            return title;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static RecoverApdu? RandomRecover(int seed)
    {
        RandomApdus random = new(seed);
        for (int i = 0; i < 40; i++)
        {
            if (random.Next() is RecoverApdu apdu)
            {
                return apdu with { User = UserData.None };
            }
        }

        return null;
    }

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number);
}
