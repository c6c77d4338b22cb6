using System.Net.Sockets;

namespace Ccr.Transport.Tests;

/// <summary>Connections within one process, past the socket.</summary>
public sealed class OwnProcessTests
{
    [Fact]
    public async Task Who_listens_in_this_process_is_reached_past_its_socket_where_it_wants_that()
    {
        using SocketFolder folder = new();
        await using FrameListener listener = Listen(folder, new RecordingSink());
        RecordingSink sink = new();
        await using FramedConnection connection = await FrameDialer.DialAsync(
            folder.Address, sink, CancellationToken.None);
        Assert.Contains("memory", connection.Description, StringComparison.Ordinal);
        Assert.Equal(1, listener.Connections);
    }

    [Fact]
    public async Task Who_does_not_want_that_is_reached_over_its_socket()
    {
        using SocketFolder folder = new();
        await using FrameListener listener = FrameListener.Start(folder.Address, new RecordingSink());
        await using FramedConnection connection = await FrameDialer.DialAsync(
            folder.Address, new RecordingSink(), CancellationToken.None);
        Assert.Contains("unix:", connection.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Frames_go_both_ways_in_order_and_whole()
    {
        using SocketFolder folder = new();
        RecordingSink echo = new() { Frame = static (c, f) => { c.SendEncoded(f); c.Flush(); } };
        await using FrameListener listener = Listen(folder, echo);
        RecordingSink sink = new();
        await using FramedConnection connection = await FrameDialer.DialAsync(
            folder.Address, sink, CancellationToken.None);
        int[] sizes = [1, 100, 40_000, 700_000, 3, 20_000, 9];
        foreach (int size in sizes)
        {
            connection.Send(new Raw(Raw.Frame(size)));
            connection.Flush();
        }

        foreach (int size in sizes)
        {
            Assert.EndsWith($"/{Raw.Frame(size).Length}", await sink.NextFrameAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Frames_of_many_threads_are_not_mixed()
    {
        const int Threads = 4;
        const int Each = 2_000;
        using SocketFolder folder = new();
        int arrived = 0;
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        RecordingSink counting = new()
        {
            Frame = (_, frame) =>
            {
                Assert.True(frame.AsSpan(frame.Length > 130 ? 5 : 2).IndexOfAnyExcept(frame[^1]) < 0);
                if (++arrived == Threads * Each)
                {
                    all.TrySetResult();
                }
            },
        };
        await using FrameListener listener = Listen(folder, counting);
        await using FramedConnection connection = await FrameDialer.DialAsync(
            folder.Address, new RecordingSink(), CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(1, Threads).Select(thread => Task.Run(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                connection.Send(new Raw(Raw.Frame(((thread * i) % 900) + 1, (byte)thread)));
                connection.Flush();
            }
        })));
        await all.Task.WaitAsync(Wait.Limit);
        Assert.False(connection.IsClosed);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_costs_its_own_connection_when_the_limit_is_reached()
    {
        using SocketFolder folder = new();
        using ManualResetEventSlim reads = new();
        RecordingSink stuck = new() { Frame = (_, _) => reads.Wait() };
        await using FrameListener listener = Listen(folder, stuck);
        RecordingSink sink = new();
        await using FramedConnection connection = await FrameDialer.DialAsync(
            folder.Address, sink, CancellationToken.None);
        Raw message = new(Raw.Frame(60_000));
        for (int i = 0; i < 400 && !connection.IsClosed; i++)
        {
            connection.Send(message);
            connection.Flush();
        }

        Assert.Contains("does not read", await sink.ClosedAsync(), StringComparison.Ordinal);
        reads.Set();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_sent_before_Close_arrives_and_the_other_end_is_told(bool dialled)
    {
        using SocketFolder folder = new();
        RecordingSink accepting = new(), dialling = new();
        await using FrameListener listener = Listen(folder, accepting);
        await using FramedConnection one = await FrameDialer.DialAsync(
            folder.Address, dialling, CancellationToken.None);
        FramedConnection other = await accepting.Opened.Task.WaitAsync(Wait.Limit);
        FramedConnection closing = dialled ? one : other;
        RecordingSink reading = dialled ? accepting : dialling;
        closing.Send(new Raw(Raw.Frame(5)));
        closing.Close("Enough.");
        Assert.Equal("80055A5A5A5A5A/7", await reading.NextFrameAsync());
        Assert.Equal("The peer closed the connection.", await reading.ClosedAsync());
        Assert.Equal("Enough.", await (dialled ? dialling : accepting).ClosedAsync());
        Assert.Equal(1, reading.ClosedCalls);
    }

    [Fact]
    public async Task After_its_end_a_listener_is_reached_no_more_and_has_told_all_its_peers()
    {
        using SocketFolder folder = new();
        RecordingSink sink = new();
        FrameListener listener = Listen(folder, new RecordingSink());
        await using FramedConnection connection = await FrameDialer.DialAsync(
            folder.Address, sink, CancellationToken.None);
        await listener.DisposeAsync();
        await sink.ClosedAsync();
        await Assert.ThrowsAsync<IOException>(
            () => FrameDialer.DialAsync(folder.Address, new RecordingSink(), CancellationToken.None));
    }

    [Fact]
    public async Task The_limit_of_connections_holds_for_them_too()
    {
        using SocketFolder folder = new();
        await using FrameListener listener = FrameListener.Start(
            folder.Address, new RecordingSink(),
            new FrameListenerOptions { TakesOwnProcess = true, ConnectionsMax = 1 });
        await using FramedConnection first = await FrameDialer.DialAsync(
            folder.Address, new RecordingSink(), CancellationToken.None);
        RecordingSink sink = new();
        await using FramedConnection second = await FrameDialer.DialAsync(
            folder.Address, sink, CancellationToken.None);
        await sink.ClosedAsync();
        Assert.False(first.IsClosed);
    }

    private static FrameListener Listen(SocketFolder folder, IFrameSink sink) =>
        FrameListener.Start(folder.Address, sink, new FrameListenerOptions { TakesOwnProcess = true });
}
