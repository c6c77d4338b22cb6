using Ccr.Conformance.Support;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Tests.Support;

namespace Ccr.Conformance.Apdus;

/// <summary>One run of Erlang's asn1ct over many values; the tests look at what came out.</summary>
public sealed class ErlangFixture : IAsyncLifetime
{
    internal const int Count = 12_000;
    private const int LooseCount = 3_000;
    private const int OurSeed = 20_260;
    private const string TheirSeed = "852";

    /// <summary>The vectors, then random values of ours; each with what Erlang made of its octets.</summary>
    internal IReadOnlyList<(Apdu Value, byte[] Ours, byte[] Theirs, string Words)> Checked { get; private set; } = [];

    /// <summary>Some of the values in legal forms that are not ours, and what Erlang found in them.</summary>
    internal IReadOnlyList<(Apdu Value, byte[] Octets, string Words)> Loose { get; private set; } = [];

    /// <summary>Random values of Erlang's.</summary>
    internal IReadOnlyList<(byte[] Octets, string Words)> Generated { get; private set; } = [];

    public async Task InitializeAsync()
    {
        using ScratchFolder scratch = new();
        scratch.CopyModules();
        await Tool.RunAsync(scratch.Path, "erlc", "+ber", "ACSE-AE-Title-Subset.asn1");
        await Tool.RunAsync(scratch.Path, "erlc", "-I", ".", "+ber", "CCR.asn1");
        await Tool.RunAsync(scratch.Path, "erlc", ScratchFolder.Beside("erlang", "apdu_oracle.erl"));

        RandomApdus random = new(OurSeed);
        List<Apdu> values = [.. Vectors.Read().Values.Select(octets => Apdu.Decode(octets, out _)!)];
        values.AddRange(Enumerable.Range(0, Count).Select(_ => random.Next()));
        byte[][] ours = [.. values.Select(Encode)];
        byte[][] loose = [.. values.Take(LooseCount).Select((value, i) => new LooseApdus(i).Encode(value))];
        Items.Write(scratch["check"], [.. ours, .. loose]);
        await Tool.RunAsync(
            scratch.Path, "erl", "-noshell", "-pa", scratch.Path, "-run", "apdu_oracle", "main",
            "check", "checked", "generated", $"{Count}", TheirSeed);

        IReadOnlyList<byte[]> answers = Items.Read(scratch["checked"]);
        Checked = [.. values.Select((value, i) => (value, ours[i], answers[2 * i], Text(answers[(2 * i) + 1])))];
        Loose =
        [
            .. values.Take(LooseCount).Select(
                (value, i) => (value, loose[i], Text(answers[(2 * (ours.Length + i)) + 1]))),
        ];
        Generated = [.. Items.Read(scratch["generated"]).Chunk(2).Select(pair => (pair[0], Text(pair[1])))];
    }

    public Task DisposeAsync() => Task.CompletedTask;

    internal static byte[] Encode(Apdu apdu)
    {
        BerWriter writer = new();
        apdu.Write(writer);
        return writer.Written.ToArray();
    }

    private static string Text(byte[] octets) => System.Text.Encoding.UTF8.GetString(octets);
}
