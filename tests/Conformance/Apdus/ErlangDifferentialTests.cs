using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;

namespace Ccr.Conformance.Apdus;

/// <summary>Our codec of the APDUs against Erlang's asn1ct, octets and values, in both directions.</summary>
public sealed class ErlangDifferentialTests(ErlangFixture erlang) : IClassFixture<ErlangFixture>
{
    [Fact]
    public void Erlang_decodes_and_encodes_our_octets_to_the_same()
    {
        Assert.True(erlang.Checked.Count > ErlangFixture.Count);
        foreach ((Apdu value, byte[] ours, byte[] theirs, string words) in erlang.Checked)
        {
            Assert.True(ours.AsSpan().SequenceEqual(theirs),
                $"{value}\nours {Convert.ToHexString(ours)}\ntheirs {Convert.ToHexString(theirs)} {words}");
        }
    }

    [Fact]
    public void Erlang_finds_our_values_in_our_octets()
    {
        foreach ((Apdu value, _, _, string words) in erlang.Checked)
        {
            Assert.Equal(ApduWords.Of(value), words);
        }
    }

    [Fact]
    public void Erlang_finds_our_values_in_other_legal_forms()
    {
        foreach ((Apdu value, byte[] octets, string words) in erlang.Loose)
        {
            Assert.True(ApduWords.Of(value) == words, $"{value}\n{Convert.ToHexString(octets)}\n{words}");
        }
    }

    [Fact]
    public void We_decode_and_encode_the_octets_of_Erlang_to_the_same()
    {
        Assert.Equal(ErlangFixture.Count, erlang.Generated.Count);
        foreach ((byte[] octets, string words) in erlang.Generated)
        {
            Apdu? apdu = Apdu.Decode(octets, out BerStatus status);
            Assert.True(status.Ok, $"{status} {Convert.ToHexString(octets)} {words}");
            Assert.Equal(Convert.ToHexString(octets), Convert.ToHexString(ErlangFixture.Encode(apdu!)));
        }
    }

    [Fact]
    public void We_find_the_values_of_Erlang_in_its_octets()
    {
        foreach ((byte[] octets, string words) in erlang.Generated)
        {
            Assert.Equal(words, ApduWords.Of(Apdu.Decode(octets, out _)!));
        }
    }

    [Fact]
    public void Every_APDU_and_every_kind_of_component_was_among_them()
    {
        string[] kinds =
        [
            "side:sender", "side:receiver", "oid:", "printable:", "teletex:", "utf8:", "ia5:", "numeric:", "form1:",
            "form2:-", "single-ASN1-type:", "octet-aligned:", "arbitrary:", " retry-later true", "[]", " none",
        ];
        string ours = string.Join('\n', erlang.Checked.Select(c => c.Words));
        string theirs = string.Join('\n', erlang.Generated.Select(g => g.Words));
        foreach (string words in new[] { ours, theirs })
        {
            Assert.Equal(15, words.Split('\n').Select(line => line.Split(' ')[0]).Distinct().Count());
            Assert.All(kinds, kind => Assert.Contains(kind, words, StringComparison.Ordinal));
        }
    }
}
