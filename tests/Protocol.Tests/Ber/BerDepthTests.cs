using System.Diagnostics;
using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Tests.Ber;

public sealed class BerDepthTests
{
    [Theory]
    [InlineData(Limits.BerDepthMax, BerError.None)]
    [InlineData(Limits.BerDepthMax + 1, BerError.TooDeep)]
    public void Elements_inside_one_another_have_a_limit(int depth, BerError error)
    {
        byte[] octets = [.. Enumerable.Repeat<byte[]>([0x30, 0x80], depth).SelectMany(x => x), .. new byte[2 * depth]];
        BerStatus status = default;
        new BerReader(octets, ref status).Skip();
        Assert.Equal(error, status.Error);

        status = default;
        BerReader reader = new(octets, ref status);
        while (!reader.AtEnd)
        {
            reader = reader.Enter(BerTag.Sequence);
        }

        Assert.Equal(error, status.Error);
    }

    [Fact]
    public void Definite_elements_have_the_same_limit()
    {
        byte[] octets = [];
        for (int i = 0; i <= Limits.BerDepthMax; i++)
        {
            octets = [0x30, (byte)octets.Length, .. octets];
        }

        BerStatus status = default;
        BerReader reader = new(octets, ref status);
        while (!reader.AtEnd)
        {
            reader = reader.Enter(BerTag.Sequence);
        }

        Assert.Equal(BerError.TooDeep, status.Error);
    }

    [Fact]
    public void Segments_inside_segments_have_the_same_limit()
    {
        byte[] octets = [.. Enumerable.Repeat<byte[]>([0x24, 0x80], 40).SelectMany(x => x), .. new byte[80]];
        BerStatus status = default;
        new BerReader(octets, ref status).ReadOctets(BerTag.OctetString);
        Assert.Equal(BerError.TooDeep, status.Error);
    }

    // Half a million openings, none of them closed: refused at the depth limit, not after a scan for each.
    [Fact]
    public void A_frame_of_openings_is_refused_at_once()
    {
        byte[] octets = [.. Enumerable.Repeat<byte[]>([0x30, 0x80], Limits.FrameOctetsMax / 2).SelectMany(x => x)];
        BerStatus status = default;
        new BerReader(octets, ref status).Enter(BerTag.Sequence);
        Assert.Equal(BerError.TooDeep, status.Error);
        Assert.InRange(status.Position, 0, 4 * Limits.BerDepthMax);
    }

    // The nested indefinite forms that cost most: each level scans for its own end. Allocation shows that nothing
    // is copied; the time is bounded by the depth limit and stays far below a second even on a busy machine.
    [Fact]
    public void Indefinite_levels_around_a_full_frame_cost_no_memory()
    {
        const int levels = Limits.BerDepthMax - 1;
        int fill = (Limits.FrameOctetsMax - (4 * levels)) / 2;
        byte[] octets =
        [
            .. Enumerable.Repeat<byte[]>([0x30, 0x80], levels).SelectMany(x => x),
            .. Enumerable.Repeat<byte[]>([0x05, 0x00], fill).SelectMany(x => x),
            .. new byte[2 * levels],
        ];
        BerStatus status = default;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        BerReader reader = new(octets, ref status);
        for (int i = 0; i < levels; i++)
        {
            reader = reader.Enter(BerTag.Sequence);
        }

        reader.End();
        Assert.True(status.Ok, status.ToString());
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - allocated);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
    }
}
