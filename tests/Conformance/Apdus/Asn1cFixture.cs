using Ccr.Conformance.Support;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Tests.Support;

namespace Ccr.Conformance.Apdus;

/// <summary>The converter that asn1c makes of the module, and what it made of many values.</summary>
public sealed class Asn1cFixture : IAsyncLifetime
{
    // asn1c 0.9.28 parses EXTERNAL and cannot build it: the copy has a type with the same octets
    // (ccr-standard.md 2.1).
    private const string External = """
        User-data ::= [30] SEQUENCE OF External-value

        External-value ::= [UNIVERSAL 8] SEQUENCE {
          direct-reference       OBJECT IDENTIFIER OPTIONAL,
          indirect-reference     INTEGER           OPTIONAL,
          data-value-descriptor  ObjectDescriptor  OPTIONAL,
          encoding CHOICE {
            single-ASN1-type  [0] EXPLICIT ANY,
            octet-aligned     [1] OCTET STRING,
            arbitrary         [2] BIT STRING
          }
        }
        """;

    private const int Count = 2_000;

    internal IReadOnlyList<Apdu> Values { get; private set; } = [];

    /// <summary>All values one after the other, as we encode them.</summary>
    internal byte[] Ours { get; private set; } = [];

    /// <summary>The same, decoded and encoded again by asn1c.</summary>
    internal byte[] Theirs { get; private set; } = [];

    /// <summary>The vectors as asn1c prints their values (XER).</summary>
    internal string Printed { get; private set; } = "";

    public async Task InitializeAsync()
    {
        using ScratchFolder scratch = new();
        await BuildAsync(scratch);
        RandomApdus random = new(1852);
        IReadOnlyDictionary<string, byte[]> vectors = Vectors.Read();
        Values =
        [
            .. vectors.Values.Select(octets => Apdu.Decode(octets, out _)!),
            .. Enumerable.Range(0, Count).Select(_ => Within(random.Next())),
        ];
        Ours = [.. Values.SelectMany(ErlangFixture.Encode)];
        await File.WriteAllBytesAsync(scratch["values"], Ours);
        await File.WriteAllBytesAsync(scratch["vectors"], [.. vectors.Values.SelectMany(v => v)]);
        await Tool.RunAsync(scratch.Path, "sh", "-c", "./apdu-convert -iber -oder values >again");
        Theirs = await File.ReadAllBytesAsync(scratch["again"]);
        Printed = await Tool.RunAsync(scratch.Path, scratch["apdu-convert"], "-iber", "-oxer", "vectors");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    // What asn1c 0.9.28 gets wrong itself is left out: it loses a last component behind a second extension marker
    // where additions stand between the two, and its DER spells out a default whose value is 0.
    private static Apdu Within(Apdu apdu) => apdu switch
    {
        InitializeApdu or RecoverApdu => apdu with { User = UserData.None },
        NochangeRc { Outcome: NochangeOutcome.NotDetermined } nochange =>
            nochange with { Outcome = NochangeOutcome.NoChange },
        _ => apdu,
    };

    private static async Task BuildAsync(ScratchFolder scratch)
    {
        string module = await File.ReadAllTextAsync(ScratchFolder.Beside("asn1", "CCR.asn1"));
        const string line = "User-data ::= [30] SEQUENCE OF EXTERNAL";
        Assert.Contains(line, module, StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            scratch["CCR-tool.asn1"], module.Replace(line, External, StringComparison.Ordinal));
        File.Copy(ScratchFolder.Beside("asn1", "ACSE-AE-Title-Subset.asn1"), scratch["ACSE-AE-Title-Subset.asn1"]);
        await Tool.RunAsync(
            scratch.Path, "asn1c", "-pdu=CCR-APDUS", "-fcompound-names", "CCR-tool.asn1", "ACSE-AE-Title-Subset.asn1");
        await Tool.RunAsync(
            scratch.Path, "sh", "-c",
            "ls *.c | xargs -P 2 -n 40 cc -O0 -w -DPDU=CCR_APDUS -I. -c && cc -o apdu-convert *.o -lm");
    }
}
