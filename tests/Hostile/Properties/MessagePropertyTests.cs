using Ccr.Asn1;
using Ccr.Conformance.Messages;
using Ccr.Hostile.Targets;
using Ccr.Protocol.Ber;
using FsCheck;
using FsCheck.Fluent;

namespace Ccr.Hostile.Properties;

/// <summary>What holds of every message of every family, whatever it says.</summary>
public sealed class MessagePropertyTests
{
    private const int TestsPerFamily = 400;
    private const int LengthsPerValue = 40;

    private static readonly (string Module, string Type)[] Families =
    [
        ("CCR", "CCR-APDUS"), ("CCR-Link", "Link-message"), ("CCR-Session", "Session-message"),
        ("CCR-Location", "Location-message"), ("CCR-Files", "Files-message"), ("CCR-Log", "Log-content"),
        ("CCR-Profile", "Profile-data"),
    ];

    private static readonly Arbitrary<int> Seeds = ArbMap.Default.ArbFor<int>();

    public static TheoryData<int> Decoders => [.. Enumerable.Range(0, Families.Length)];

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Writing_what_was_read_gives_octets_that_stay(int decoder) => Prop.ForAll(Seeds, seed =>
    {
        byte[] octets = OctetsOf(decoder, seed);
        byte[] canonical = Again(decoder, octets);
        Assert.Equal(canonical, Again(decoder, canonical));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(TestsPerFamily));

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Every_proper_beginning_is_truncated(int decoder) => Prop.ForAll(Seeds, seed =>
    {
        byte[] octets = OctetsOf(decoder, seed);
        int step = 1 + (octets.Length / LengthsPerValue);
        for (int length = 0; length < octets.Length; length += step)
        {
            Assert.Null(Targets.Decoders.Decode(decoder, octets.AsSpan(0, length), out BerStatus status));
            Assert.Equal(BerError.Truncated, status.Error);
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(TestsPerFamily / 4));

    [Theory]
    [MemberData(nameof(Decoders))]
    public void An_octet_behind_the_end_is_refused(int decoder) => Prop.ForAll(Seeds, seed =>
    {
        byte[] octets = [.. OctetsOf(decoder, seed), (byte)seed];
        Assert.Null(Targets.Decoders.Decode(decoder, octets, out BerStatus status));
        Assert.Equal(BerError.TrailingOctets, status.Error);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(TestsPerFamily));

    [Fact]
    public void A_stream_gives_the_same_frames_in_any_chunks() => Prop.ForAll(Seeds, seed =>
    {
        Random random = new(seed);
        byte[] stream = [.. Enumerable.Range(0, 6).SelectMany(_ => OctetsOf(random.Next(5), random.Next()))];
        if (random.Next(3) == 0)
        {
            stream[random.Next(stream.Length)] = (byte)random.Next(256);
        }

        Assert.Null(FrameStream.Complaint(stream));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(TestsPerFamily));

    private static byte[] OctetsOf(int decoder, int seed)
    {
        Asn1Type type = Asn1Schema.Ccr.Type(Families[decoder].Module, Families[decoder].Type);
        return Asn1Schema.Encode(new MessageValues(seed).Next(type));
    }

    private static byte[] Again(int decoder, byte[] octets)
    {
        IBerMessage? message = Targets.Decoders.Decode(decoder, octets, out BerStatus status);
        Assert.True(message is not null, $"{status} {Convert.ToHexString(octets)}");
        BerWriter writer = new();
        message.Write(writer);
        return writer.Written.ToArray();
    }
}
