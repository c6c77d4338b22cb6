using System.Diagnostics;
using System.Globalization;
using Ccr.Hostile.Fuzzing;
using Ccr.Hostile.Targets;
using Ccr.Protocol;
using Ccr.Protocol.Ber;
using Xunit.Abstractions;

namespace Ccr.Hostile.Properties;

/// <summary>What a decoding costs: time in proportion to the octets, and room that a sender cannot blow up.</summary>
public sealed class CostTests(ITestOutputHelper output)
{
    private const int RepeatedOctets = 32 << 10;

    /// <summary>
    /// Octets that a decoding may allocate for each octet of input, where it is lists of short items: a text of no
    /// octets takes two octets of input, and a reference in an array that grows by doubling and is then cut.
    /// </summary>
    private const int AllocatedPerOctetMax = 40;

    /// <summary>A decoding whose time grows with the square of its octets would take minutes.</summary>
    private static readonly TimeSpan LongestFrame = TimeSpan.FromSeconds(2);

    public static TheoryData<string> Names => [.. Adversaries.All.Select(a => a.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_longest_frame_takes_time_in_proportion(string name)
    {
        byte[] octets = Adversaries.All.Single(a => a.Name == name).Make(Limits.FrameOctetsMax);
        for (int decoder = 0; decoder < Decoders.MessageCount; decoder++)
        {
            for (int alternative = 0; alternative < 24; alternative++)
            {
                octets[0] = (byte)(0xA0 | alternative);
                long started = Stopwatch.GetTimestamp();
                long before = GC.GetAllocatedBytesForCurrentThread();
                Decoders.Decode(decoder, octets, out _);
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(Stopwatch.GetElapsedTime(started) < LongestFrame, $"{name}, {Decoders.Names[decoder]}");
                Assert.True(
                    allocated <= (4L * octets.Length) + Fuzzer.AllocatedConstant,
                    $"{name}, {Decoders.Names[decoder]}: {allocated}");
            }
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void No_element_repeated_many_times_costs_more_than_its_octets_allow()
    {
        double worst = 0;
        string which = "";
        int cases = 0;
        int good = 0;
        foreach ((int decoder, byte[] octets) in FirstCorpus.Of(5).Where(i => i.Decoder < Decoders.MessageCount))
        {
            Entry entry = new(decoder, octets);
            for (int i = cases % 3; i < entry.Elements.Length; i += 3)
            {
                byte[] many = Repetition.Of(entry, i, RepeatedOctets);
                long started = Stopwatch.GetTimestamp();
                long before = GC.GetAllocatedBytesForCurrentThread();
                Decoders.Decode(decoder, many, out BerStatus status);
                double perOctet = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)many.Length;
                Assert.True(Stopwatch.GetElapsedTime(started) < LongestFrame, Convert.ToHexString(octets));
                cases++;
                good += status.Ok ? 1 : 0;
                if (perOctet > worst)
                {
                    worst = perOctet;
                    which = $"element {i} of {Decoders.Names[decoder]} {Convert.ToHexString(octets)}";
                }
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cases} messages of {RepeatedOctets >> 10} KiB, "
            + $"{good} good; at most {worst:0.0} octets allocated an octet: {which}"));
        new Evidence.Evidence("hostile-bytes", "repeated elements").Count("messages", cases)
            .Count("octets allocated for an octet, at most", Math.Round(worst, 1)).Write();
        Assert.True(worst <= AllocatedPerOctetMax, which);
        Assert.True(good > 50, $"{good}");
    }
}
