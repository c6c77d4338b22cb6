using System.Text.RegularExpressions;

namespace Ccr.Conformance.Apdus;

/// <summary>Our codec of the APDUs against Debian's asn1c.</summary>
public sealed partial class Asn1cTests(Asn1cFixture asn1c) : IClassFixture<Asn1cFixture>
{
    [Fact]
    public void Asn1c_decodes_and_encodes_our_octets_to_the_same()
    {
        int at = asn1c.Ours.AsSpan().CommonPrefixLength(asn1c.Theirs);
        Assert.True(
            at == asn1c.Ours.Length && at == asn1c.Theirs.Length,
            $"They differ at octet {at} of {asn1c.Ours.Length} and {asn1c.Theirs.Length}:\n"
            + $"{Around(asn1c.Ours, at)}\n{Around(asn1c.Theirs, at)}");
    }

    [Fact]
    public void Asn1c_finds_the_values_of_the_vectors()
    {
        string printed = Spaces().Replace(asn1c.Printed, "");
        string[] found = [.. printed.Split("<CCR-APDUS>", StringSplitOptions.RemoveEmptyEntries)];
        Assert.Equal(22, found.Length);
        Assert.Equal(
            "<c-RECOVER-RC><atomic-action-identifier><owners-name><name><ae-title-form2>2.999.9804.3.1.1"
            + "</ae-title-form2></name></owners-name><atomic-action-suffix><form1>00112233445566778899AABBCCDDEEFF"
            + "</form1></atomic-action-suffix></atomic-action-identifier><branch-identifier><initiators-name><name>"
            + "<ae-title-form2>2.999.9804.3.1.1</ae-title-form2></name></initiators-name><branch-suffix><form2>1"
            + "</form2></branch-suffix></branch-identifier><recovery-state><retry-later/></recovery-state>"
            + "<reversed-branch><true/></reversed-branch></c-RECOVER-RC></CCR-APDUS>",
            Assert.Single(found, f => f.Contains("retry-later", StringComparison.Ordinal)));
        Assert.Single(found, f => f.Contains("<side><receiver/></side>", StringComparison.Ordinal));
    }

    private static string Around(byte[] octets, int at) =>
        Convert.ToHexString(octets.AsSpan(int.Max(0, at - 40), int.Min(octets.Length, at + 20) - int.Max(0, at - 40)));

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
