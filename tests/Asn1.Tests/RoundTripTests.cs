namespace Ccr.Asn1.Tests;

/// <summary>Octets to JSON and back, for random values of every type of a frame.</summary>
public sealed class RoundTripTests
{
    private const int Values = 500;

    public static TheoryData<string, string> FrameTypes
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach ((string module, string type) in Asn1Schema.FrameTypes)
            {
                data.Add(module, type);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(FrameTypes))]
    public void Octets_to_json_to_octets_are_the_same(string module, string type)
    {
        Asn1Random random = new(Asn1Schema.Ccr, seed: 17);
        for (int i = 0; i < Values; i++)
        {
            byte[] octets = Asn1Schema.Encode(random.Next(Asn1Schema.Ccr.Type(module, type)));
            Asn1Value decoded = Asn1Schema.Ccr.Decode(module, type, octets);
            byte[] again = Asn1Schema.Encode(Asn1Schema.Ccr.FromJson(module, type, decoded.ToJson()!.ToJsonString()));

            Assert.Equal(Convert.ToHexString(octets), Convert.ToHexString(again));
            Assert.NotEmpty(decoded.ToText());
        }
    }

    [Theory]
    [MemberData(nameof(FrameTypes))]
    public void Guess_finds_the_type_again(string module, string type)
    {
        Asn1Random random = new(Asn1Schema.Ccr, seed: 18);
        for (int i = 0; i < Values / 5; i++)
        {
            byte[] octets = Asn1Schema.Encode(random.Next(Asn1Schema.Ccr.Type(module, type)));

            Assert.Contains(Asn1Schema.Ccr.Guess(octets), match => match.Module == module && match.UnknownCount == 0);
        }
    }

    [Theory]
    [MemberData(nameof(FrameTypes))]
    public void Broken_octets_give_sentences(string module, string type)
    {
        Asn1Random random = new(Asn1Schema.Ccr, seed: 19);
        Asn1Type top = Asn1Schema.Ccr.Type(module, type);
        for (int i = 0; i < Values; i++)
        {
            byte[] octets = Asn1Schema.Encode(random.Next(top));
            if (i % 2 == 0)
            {
                octets[random.Numbers.Next(octets.Length)] ^= (byte)(1 << random.Numbers.Next(8));
            }
            else
            {
                octets = octets[..random.Numbers.Next(octets.Length)];
            }

            if (!Asn1Schema.Ccr.TryDecode(top, octets, out _, out string? error))
            {
                Assert.StartsWith(type, error, StringComparison.Ordinal);
                Assert.EndsWith(".", error, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_same_seed_makes_the_same_values()
    {
        Asn1Type type = Asn1Schema.Ccr.Type("CCR-Session", "Session-message");
        Asn1Random left = new(Asn1Schema.Ccr, 3);
        Asn1Random right = new(Asn1Schema.Ccr, 3);
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(Asn1Schema.Encode(left.Next(type)), Asn1Schema.Encode(right.Next(type)));
        }
    }
}
