using System.Net.Sockets;

namespace Ccr.Transport.Tests;

public sealed class FramedConnectionTests
{
    [Fact]
    public async Task Frames_are_cut_whole_wherever_the_stream_is_split()
    {
        byte[] stream = [.. Raw.Frame(3), .. Raw.Frame(0), 0xBF, 0x81, 0x01, 0x01, 0x07, .. Raw.Frame(200)];
        string[] expected = ["80035A5A5A/5", "8000/2", "BF81010107/5", "80830000C85A5A5A/205"];
        for (int split = 1; split < stream.Length; split++)
        {
            (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
            RecordingSink sink = new();
            await using FramedConnection connection = FramedConnection.Start(ours, sink);
            await theirs.SendAsync(stream.AsMemory(0, split));
            if (split >= 5)
            {
                Assert.Equal(expected[0], await sink.NextFrameAsync());
            }

            await theirs.SendAsync(stream.AsMemory(split));
            foreach (string frame in split >= 5 ? expected[1..] : expected)
            {
                Assert.Equal(frame, await sink.NextFrameAsync());
            }

            theirs.Dispose();
        }
    }

    [Fact]
    public async Task Frames_that_came_together_are_one_batch()
    {
        (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
        RecordingSink sink = new();
        await theirs.SendAsync((byte[])[.. Raw.Frame(1), .. Raw.Frame(2), .. Raw.Frame(3)]);
        await using FramedConnection connection = FramedConnection.Start(ours, sink);
        Assert.Equal("80015A/3", await sink.NextAsync());
        Assert.Equal("80025A5A/4", await sink.NextAsync());
        Assert.Equal("80035A5A5A/5", await sink.NextAsync());
        Assert.Equal("end", await sink.NextAsync());
        theirs.Dispose();
    }

    [Fact]
    public async Task A_frame_of_the_greatest_size_passes_and_the_buffer_shrinks_again()
    {
        (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
        RecordingSink there = new();
        RecordingSink here = new() { Frame = static (c, frame) => { c.SendEncoded(frame); c.Flush(); } };
        await using FramedConnection echo = FramedConnection.Start(ours, here);
        await using FramedConnection connection = FramedConnection.Start(theirs, there);
        for (int i = 0; i < 3; i++)
        {
            byte[] greatest = Raw.Frame((1 << 20) - 5, (byte)i);
            connection.Send(new Raw(greatest));
            connection.Flush();
            Assert.Equal(Convert.ToHexString(greatest.AsSpan(0, 8)) + "/1048576", await there.NextFrameAsync());
        }
    }

    [Theory]
    [InlineData("A0847FFFFFFF", "2 GB or more is announced")]
    [InlineData("A080", "definite")]
    [InlineData("0000", "tag")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "length")] // a header that never ends
    public async Task What_is_no_frame_closes_the_connection_with_a_sentence(string hex, string expected)
    {
        (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
        RecordingSink sink = new();
        await using FramedConnection connection = FramedConnection.Start(ours, sink);
        await theirs.SendAsync((byte[])[.. Raw.Frame(1), .. Convert.FromHexString(hex)]);
        Assert.Contains(expected, await sink.ClosedAsync(), StringComparison.Ordinal);
        Assert.Equal("80015A/3", await sink.NextFrameAsync());
        theirs.Dispose();
    }

    [Fact]
    public async Task A_peer_that_ends_in_the_middle_of_a_frame_is_told_apart_from_one_that_ends_between_frames()
    {
        foreach ((byte[] sent, string expected) in (IEnumerable<(byte[], string)>)[
            (Raw.Frame(1), "The peer closed the connection."),
            (Raw.Frame(9)[..5], "The peer closed the connection in the middle of a frame.")])
        {
            (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
            RecordingSink sink = new();
            await using FramedConnection connection = FramedConnection.Start(ours, sink);
            await theirs.SendAsync(sent);
            theirs.Dispose();
            Assert.Equal(expected, await sink.ClosedAsync());
        }
    }

    [Fact]
    public async Task A_peer_that_does_not_read_costs_its_own_connection_when_the_limit_is_reached()
    {
        (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
        RecordingSink sink = new();
        FramedConnectionOptions options = new() { OutOctetsMax = 1 << 20 };
        await using FramedConnection connection = FramedConnection.Start(ours, sink, options);
        Raw message = new(Raw.Frame(60_000));
        for (int i = 0; i < 200 && !connection.IsClosed; i++)
        {
            connection.Send(message);
            connection.Flush();
        }

        Assert.Contains("does not read", await sink.ClosedAsync(), StringComparison.Ordinal);
        theirs.Dispose();
    }

    [Fact]
    public async Task A_slow_reader_below_the_limit_gets_everything_in_order()
    {
        (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
        await using FramedConnection connection = FramedConnection.Start(ours, new RecordingSink());
        List<byte> expected = [];
        for (int i = 0; i < 300; i++)
        {
            byte[] frame = Raw.Frame(1_000 + i, (byte)i);
            expected.AddRange(frame);
            connection.Send(new Raw(frame));
            connection.Flush();
        }

        byte[] received = new byte[expected.Count];
        for (int at = 0; at < received.Length;)
        {
            at += await theirs.ReceiveAsync(received.AsMemory(at, Math.Min(777, received.Length - at)));
        }

        Assert.Equal(expected, received);
        theirs.Dispose();
    }

    [Fact]
    public async Task Frames_of_many_threads_are_not_mixed()
    {
        (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
        RecordingSink sink = new();
        await using FramedConnection sender = FramedConnection.Start(ours, new RecordingSink());
        await using FramedConnection receiver = FramedConnection.Start(theirs, sink);
        const int threads = 4, frames = 500;
        Task[] sending = [.. Enumerable.Range(0, threads).Select(t => Task.Run(() =>
        {
            for (int i = 0; i < frames; i++)
            {
                sender.Send(new Raw(Raw.Frame(10 + t, (byte)t)));
                sender.Flush();
            }
        }))];
        Dictionary<string, int> seen = [];
        for (int i = 0; i < threads * frames; i++)
        {
            string frame = await sink.NextFrameAsync();
            seen[frame] = seen.GetValueOrDefault(frame) + 1;
        }

        await Task.WhenAll(sending);
        Assert.Equal(threads, seen.Count);
        Assert.All(seen.Values, count => Assert.Equal(frames, count));
    }

    [Fact]
    public async Task A_frame_above_the_limit_is_never_sent()
    {
        (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
        RecordingSink sink = new();
        await using FramedConnection connection = FramedConnection.Start(ours, sink);
        connection.Send(new Raw(Raw.Frame(1 << 20)));
        Assert.Contains("are the most allowed", await sink.ClosedAsync(), StringComparison.Ordinal);
        theirs.Dispose();
    }

    [Fact]
    public async Task Closing_from_everywhere_at_once_is_told_once()
    {
        for (int round = 0; round < 50; round++)
        {
            (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
            RecordingSink sink = new() { Frame = static (c, _) => c.Close("The sink closed it.") };
            FramedConnection connection = FramedConnection.Start(ours, sink);
            await theirs.SendAsync(Raw.Frame(1));
            await Task.WhenAll(
                Task.Run(() => connection.Close("A thread closed it.")),
                Task.Run(theirs.Dispose),
                Task.Run(() => { connection.SendEncoded(Raw.Frame(3)); connection.Flush(); }),
                connection.DisposeAsync().AsTask());
            await connection.Ended.WaitAsync(Wait.Limit);
            Assert.Equal(1, sink.ClosedCalls);
            connection.SendEncoded(Raw.Frame(3)); // after the end: nothing happens
            connection.Flush();
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_was_sent_before_Close_arrives()
    {
        (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
        RecordingSink there = new();
        await using FramedConnection receiver = FramedConnection.Start(theirs, there);
        FramedConnection connection = FramedConnection.Start(ours, new RecordingSink());
        connection.Send(new Raw(Raw.Frame(2)));
        connection.Close("Refused.");
        Assert.Equal("80025A5A/4", await there.NextFrameAsync());
        Assert.Equal("The peer closed the connection.", await there.ClosedAsync());
    }

    [Fact]
    public async Task A_sink_that_throws_loses_its_connection_and_is_told()
    {
        (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
        RecordingSink sink = new() { Frame = static (_, _) => throw new InvalidOperationException("a bug") };
        await using FramedConnection connection = FramedConnection.Start(ours, sink);
        await theirs.SendAsync(Raw.Frame(1));
        Assert.Contains("a bug", await sink.ClosedAsync(), StringComparison.Ordinal);
        theirs.Dispose();
    }

    [Fact]
    public async Task The_sink_may_dispose_its_connection()
    {
        (Socket ours, Socket theirs) = await SocketPair.ConnectAsync();
        Task? disposing = null;
        RecordingSink sink = new() { Frame = (c, _) => disposing = c.DisposeAsync().AsTask() };
        FramedConnection.Start(ours, sink);
        await theirs.SendAsync(Raw.Frame(1));
        await sink.ClosedAsync();
        await disposing!.WaitAsync(Wait.Limit);
        theirs.Dispose();
    }
}
