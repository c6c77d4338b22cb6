using System.Diagnostics;
using System.Globalization;
using Ccr.Hostile.Fuzzing;
using Xunit.Abstractions;

namespace Ccr.Hostile;

/// <summary>
/// Fuzzing with the coverage of the decoders, the framing and the log's recovery: nothing but verdicts comes out.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const long ExecutionsDefault = 10_000_000;
    private const ulong Seed = 20_260_101;

    /// <summary>CCR_FUZZ_EXECUTIONS sets another number.</summary>
    private static long Executions =>
        long.TryParse(
            Environment.GetEnvironmentVariable("CCR_FUZZ_EXECUTIONS"), CultureInfo.InvariantCulture, out long set)
            ? set
            : ExecutionsDefault;

    [Fact]
    [Trait("Category", "Slow")]
    public void Nothing_but_verdicts_comes_out_of_any_octets()
    {
        using InstrumentedDecoders decoders = new();
        Fuzzer fuzzer = new(decoders, Seed);
        long started = Stopwatch.GetTimestamp();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        foreach ((int decoder, byte[] octets) in FirstCorpus.Of(7))
        {
            fuzzer.Seed(decoder, octets);
        }

        int edgesAtFirst = fuzzer.Edges;
        int corpusAtFirst = fuzzer.Corpus;
        fuzzer.Run(Executions - fuzzer.Executions);
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        processor = Environment.CpuUsage.TotalTime - processor;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {Seed}: {fuzzer.Executions} executions in "
            + $"{took.TotalSeconds:0.0} s ({processor.TotalSeconds:0.0} s of a processor: "
            + $"{fuzzer.Executions / processor.TotalSeconds:0} a second), {fuzzer.Accepted} good; "
            + $"{fuzzer.Edges} edges ({edgesAtFirst} by the first corpus), corpus {fuzzer.Corpus} ({corpusAtFirst}); "
            + $"at most {fuzzer.AllocatedMax} octets allocated beyond four times the input"));
        List<string> failures = [.. fuzzer.Failures.Select(f => Shortest(decoders, f).ToString())];
        Evidence.Evidence evidence = new("hostile-bytes", "fuzzing");
        evidence.Count("executions", fuzzer.Executions).Count("edges", fuzzer.Edges)
            .Count("corpus", fuzzer.Corpus)
            .Count("executions a second of a processor", Math.Round(fuzzer.Executions / processor.TotalSeconds))
            .Count("good inputs", fuzzer.Accepted)
            .Count("octets allocated beyond four times the input, at most", fuzzer.AllocatedMax);
        failures.ForEach(f => evidence.Found(f));
        evidence.Write();
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(fuzzer.Edges > edgesAtFirst);
    }

    [Fact]
    public void A_fuzzer_with_the_same_seed_does_the_same()
    {
        (long Accepted, int Edges, int Corpus)[] runs = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            using InstrumentedDecoders decoders = new(); // anew: decoders remember the names that they met
            Fuzzer fuzzer = new(decoders, Seed);
            foreach ((int decoder, byte[] octets) in FirstCorpus.Of(7))
            {
                fuzzer.Seed(decoder, octets);
            }

            fuzzer.Run(20_000);
            return (fuzzer.Accepted, fuzzer.Edges, fuzzer.Corpus);
        })];
        Assert.Equal(runs[0], runs[1]);
    }

    [Fact]
    public void A_planted_fault_behind_three_octets_is_found_and_made_short()
    {
        using InstrumentedDecoders decoders = new();
        using InstrumentedDecoders planted = new()
        {
            Run = (decoder, octets, length) =>
                length > 3 && octets[0] == 0xA7 && octets.AsSpan(0, length).Contains((byte)0xFE)
                ? throw new InvalidOperationException("planted")
                : decoders.Run(decoder, octets, length),
        };
        Fuzzer fuzzer = new(planted, Seed);
        foreach ((int decoder, byte[] octets) in FirstCorpus.Of(7))
        {
            fuzzer.Seed(decoder, octets);
        }

        fuzzer.Run(50_000);
        Failure found = fuzzer.Failures.First(f => f.What.Contains("planted", StringComparison.Ordinal));
        Assert.Equal(4, Shortest(planted, found).Octets.Length);
    }

    private static Failure Shortest(InstrumentedDecoders decoders, Failure failure)
    {
        string? kind = KindOf(decoders, failure.Decoder, failure.Octets);
        return kind is null
            ? failure
            : failure with
            {
                Octets = Minimiser.Shorten(
                    failure.Octets, octets => KindOf(decoders, failure.Decoder, octets) == kind),
            };
    }

    private static string? KindOf(InstrumentedDecoders decoders, int decoder, byte[] octets)
    {
        byte[] copy = [.. octets];
        try
        {
            decoders.Run(decoder, copy, copy.Length);
            return decoders.Complaint(decoder, copy, copy.Length)?.Split(' ')[0];
        }
        catch (Exception thrown)
        {
            return thrown.GetType().Name;
        }
    }
}
