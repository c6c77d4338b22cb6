using Ccr.Asn1;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

namespace Ccr.Conformance.Messages;

/// <summary>Every message of every family against the modules, through a codec that knows nothing but them.</summary>
public sealed class MessageConformanceTests
{
    private const int Values = 2_500;

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public void Octets_by_the_modules_decode_and_come_back_the_same(string module)
    {
        Family family = Family.Of(module);
        MessageValues values = new(seed: 1);
        Coverage coverage = new(family.Type, sides: module == "CCR-Link");
        HashSet<Type> messages = [];
        int count = module == "CCR-Link" ? Values * 4 : Values; // the APDUs are one alternative among many
        for (int i = 0; i < count; i++)
        {
            Asn1Value value = values.Next(family.Type);
            coverage.Add(value);
            byte[] octets = Asn1Schema.Encode(value);

            IBerMessage message = family.Decode(octets);
            messages.Add(message.GetType());

            Assert.Equal(Convert.ToHexString(octets), Convert.ToHexString(Family.Encode(message)));
        }

        Assert.Empty(coverage.Missing);
        Assert.Equal(
            family.Messages.Select(type => type.Name).Order(StringComparer.Ordinal),
            messages.Select(type => type.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public void Messages_of_equal_octets_are_equal(string module)
    {
        Family family = Family.Of(module);
        MessageValues values = new(seed: 2);
        IBerMessage? before = null;
        byte[] octetsBefore = [];
        for (int i = 0; i < Values / 10; i++)
        {
            byte[] octets = Asn1Schema.Encode(values.Next(family.Type));
            IBerMessage left = family.Decode(octets);
            IBerMessage right = family.Decode(octets);

            // File contents compare by place: two copies differ.
            if (module != "CCR-Files" || left is FilesRefused)
            {
                Assert.Equal(left, right);
                Assert.Equal(left.GetHashCode(), right.GetHashCode());
            }

            Assert.Equal(octets.AsSpan().SequenceEqual(octetsBefore), left.Equals(before));
            Assert.NotEmpty(left.ToString()!);
            (before, octetsBefore) = (left, octets);
        }
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public void What_a_later_version_added_is_passed_over(string module)
    {
        Family family = Family.Of(module);
        MessageValues values = new(seed: 3);
        for (int i = 0; i < Values / 5; i++)
        {
            Asn1Value value = values.Next(family.Type);
            byte[] extended = Asn1Schema.Encode(MessageValues.Extended(value));

            IBerMessage message = family.Decode(extended);

            Assert.Equal(
                Convert.ToHexString(Asn1Schema.Encode(value)), Convert.ToHexString(Family.Encode(message)));
        }
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public void Every_form_of_length_is_read(string module)
    {
        Family family = Family.Of(module);
        MessageValues values = new(seed: 4);
        for (int i = 0; i < Values / 5; i++)
        {
            byte[] octets = Asn1Schema.Encode(values.Next(family.Type));
            byte[] mangled = BerForms.Mangle(octets, values.Numbers);

            Assert.Equal(
                Convert.ToHexString(octets), Convert.ToHexString(Family.Encode(family.Decode(mangled))));
        }
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public void Truncated_octets_never_throw_and_are_never_taken(string module)
    {
        Family family = Family.Of(module);
        MessageValues values = new(seed: 5);
        for (int i = 0; i < Values / 10; i++)
        {
            byte[] octets = Asn1Schema.Encode(values.Next(family.Type));
            for (int length = 0; length < octets.Length; length++)
            {
                Assert.Null(family.Decode(octets.AsSpan(0, length), out BerStatus status));
                Assert.NotEqual(BerError.None, status.Error);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public void Any_single_bit_wrong_never_throws(string module)
    {
        Family family = Family.Of(module);
        MessageValues values = new(seed: 6);
        int taken = 0;
        int refused = 0;
        for (int i = 0; i < Values / 25; i++)
        {
            byte[] octets = Asn1Schema.Encode(values.Next(family.Type));
            for (int bit = 0; bit < octets.Length * 8; bit++)
            {
                octets[bit / 8] ^= (byte)(0x80 >> (bit % 8));
                if (family.Decode(octets, out BerStatus status) is { } message)
                {
                    taken++;
                    Assert.True(status.Ok);
                    Assert.NotNull(family.Decode(Family.Encode(message)));
                }
                else
                {
                    refused++;
                    Assert.InRange(status.Position, 0, octets.Length);
                }

                octets[bit / 8] ^= (byte)(0x80 >> (bit % 8));
            }
        }

        Assert.True(taken > 0 && refused > 0, $"{taken} taken, {refused} refused");
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public void Noise_never_throws(string module)
    {
        Family family = Family.Of(module);
        Random random = new(7);
        byte[] octets = new byte[200];
        for (int i = 0; i < Values * 4; i++)
        {
            random.NextBytes(octets);
            octets[0] = (byte)(0xA0 | random.Next(0x20));
            octets[1] = (byte)random.Next(0x84);
            family.Decode(octets.AsSpan(0, random.Next(octets.Length)), out _);
        }
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public void Octets_behind_a_message_are_refused(string module)
    {
        Family family = Family.Of(module);
        byte[] octets = Asn1Schema.Encode(new MessageValues(seed: 8).Next(family.Type));

        Assert.Null(family.Decode([.. octets, 0x05, 0x00], out BerStatus status));
        Assert.Equal(BerError.TrailingOctets, status.Error);
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public void An_alternative_of_a_later_version_is_told_as_such(string module)
    {
        byte[] octets = [0xBF, 0x63, 0x02, 0x05, 0x00];

        Assert.Null(Family.Of(module).Decode(octets, out BerStatus status));
        Assert.Equal(BerError.UnknownAlternative, status.Error);
    }
}
