using System.Globalization;
using Ccr.Hostile.Fuzzing;
using Xunit.Abstractions;

namespace Ccr.Hostile.Properties;

/// <summary>Our reader of BER and that of the base library agree, but for a list of reasons.</summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int InputsDefault = 400_000;
    private const ulong Seed = 5;

    /// <summary>Thirty elements inside one another.</summary>
    private static readonly byte[] Deep =
        [.. Enumerable.Range(0, 30).SelectMany(i => new byte[] { 0x30, (byte)(2 * (29 - i)) })];

    private static int Inputs =>
        int.TryParse(
            Environment.GetEnvironmentVariable("CCR_DIFFERENTIAL_INPUTS"), CultureInfo.InvariantCulture, out int set)
            ? set
            : InputsDefault;

    [Fact]
    [Trait("Category", "Slow")]
    public void Both_readers_of_ber_agree_on_changed_octets()
    {
        Entry[] corpus = [.. FirstCorpus.Of(3).Where(i => i.Decoder < 7).Select(i => new Entry(i.Decoder, i.Octets))];
        Xoshiro random = new(Seed);
        Mutator mutator = new(random);
        byte[] buffer = new byte[Mutator.OctetsMax + 64];
        int[] explained = new int[Differential.Explained.Length];
        List<string> unexplained = [];
        for (int i = 0; i < Inputs && unexplained.Count < 20; i++)
        {
            Entry entry = corpus[random.Below(corpus.Length)];
            int length = mutator.Mutate(entry, corpus[random.Below(corpus.Length)], buffer);
            ReadOnlyMemory<byte> octets = i == 0 ? Deep : buffer.AsMemory(0, length);
            string? disagreement = Differential.Disagreement(octets, out int reason);
            if (disagreement is not null)
            {
                unexplained.Add(disagreement);
            }
            else if (reason >= 0)
            {
                explained[reason]++;
            }
        }

        Evidence.Evidence evidence = new("hostile-bytes", "differential");
        evidence.Count("inputs", Inputs);
        for (int i = 0; i < explained.Length; i++)
        {
            output.WriteLine($"{explained[i]} explained: {Differential.Explained[i].Name}");
            evidence.Count($"explained: {Differential.Explained[i].Name}", explained[i]);
        }

        evidence.Write();
        Assert.True(unexplained.Count == 0, string.Join('\n', unexplained));
        Assert.All(explained, count => Assert.True(count > 0)); // a reason that explains nothing is none
    }
}
