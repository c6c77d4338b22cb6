using System.Net.Sockets;
using System.Text;

namespace Ccr.Transport.Tests;

public sealed class FrameListenerTests
{
    private static RecordingSink Echo() => new() { Frame = static (c, f) => { c.SendEncoded(f); c.Flush(); } };

    [Fact]
    public async Task A_Unix_socket_serves_its_own_user_and_is_gone_after_the_end()
    {
        using SocketFolder folder = new();
        RecordingSink server = Echo();
        await using (FrameListener listener = FrameListener.Start(folder.Address, server))
        {
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.Socket));
            }

            RecordingSink client = new();
            Socket socket = await FrameDialer.ConnectAsync(listener.Address, CancellationToken.None);
            await using FramedConnection connection = FramedConnection.Start(socket, client);
            connection.Send(new Raw(Raw.Frame(1)));
            connection.Flush();
            Assert.Equal("80015A/3", await client.NextFrameAsync());
            FramedConnection accepted = await server.Opened.Task.WaitAsync(Wait.Limit);
            Assert.NotNull(accepted.PeerUserId);
            Assert.Contains($"pid {Environment.ProcessId}", accepted.Description, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(folder.Socket));
    }

    [Fact]
    public async Task A_stale_socket_is_replaced_and_a_live_one_is_not()
    {
        using SocketFolder folder = new();
        using (Socket left = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // A link keeps the name when the framework removes the file of the disposed socket: as after kill -9.
            left.Bind(new UnixDomainSocketEndPoint(folder.Socket + "x"));
            File.Move(folder.Socket + "x", folder.Socket);
        }

        await using FrameListener listener = FrameListener.Start(folder.Address, Echo());
        IOException e = Assert.Throws<IOException>(() => FrameListener.Start(folder.Address, Echo()));
        Assert.Contains("another process listens there", e.Message, StringComparison.Ordinal);
        (await FrameDialer.ConnectAsync(folder.Address, CancellationToken.None)).Dispose();
    }

    [Fact]
    public void A_file_that_is_no_socket_is_left_alone()
    {
        using SocketFolder folder = new();
        File.WriteAllText(folder.Socket, "precious");
        IOException e = Assert.Throws<IOException>(() => FrameListener.Start(folder.Address, Echo()));
        Assert.Contains("is no socket", e.Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(folder.Socket));
    }

    [Fact]
    public void A_path_that_is_too_long_is_named_with_its_limit()
    {
        FormatException e = Assert.Throws<FormatException>(
            () => FrameListener.Start("unix:/tmp/" + new string('x', 103), Echo()));
        Assert.Contains("108 octets; the system allows 107", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp:0.0.0.0:0")]
    [InlineData("tcp:10.1.2.3:7000")]
    [InlineData("tcp:[::]:0")]
    public void Nothing_listens_beyond_loopback(string address)
    {
        IOException e = Assert.Throws<IOException>(() => FrameListener.Start(address, Echo()));
        Assert.Contains("must not leave this machine", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("unix:")]
    [InlineData("tcp:host")]
    [InlineData("tcp:host:70000")]
    [InlineData("http://x:1")]
    public void What_is_no_address_is_refused_with_the_right_form(string address)
    {
        FormatException e = Assert.Throws<FormatException>(() => FrameAddress.Parse(address));
        Assert.Contains("unix:PATH", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tcp_works_over_loopback_and_a_taken_port_is_said()
    {
        await using FrameListener listener = FrameListener.Start("tcp:127.0.0.1:0", Echo());
        RecordingSink client = new();
        Socket socket = await FrameDialer.ConnectAsync(listener.Address, CancellationToken.None);
        Assert.True(socket.NoDelay);
        await using FramedConnection connection = FramedConnection.Start(socket, client);
        Assert.Null(connection.PeerUserId);
        connection.Send(new Raw(Raw.Frame(2)));
        connection.Flush();
        Assert.Equal("80025A5A/4", await client.NextFrameAsync());
        IOException e = Assert.Throws<IOException>(() => FrameListener.Start(listener.Address, Echo()));
        Assert.Contains("another process listens there", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Past_the_connection_limit_the_next_is_closed_with_a_line_in_the_log_and_the_others_go_on()
    {
        using SocketFolder folder = new();
        TaskCompletionSource<string> logged = new(TaskCreationOptions.RunContinuationsAsynchronously);
        FrameListenerOptions options = new() { ConnectionsMax = 3, Log = line => logged.TrySetResult(line) };
        await using FrameListener listener = FrameListener.Start(folder.Address, Echo(), options);
        List<(FramedConnection Connection, RecordingSink Sink)> open = [];
        for (int i = 0; i < 3; i++)
        {
            open.Add(await EchoOnceAsync(listener.Address));
        }

        RecordingSink fourth = new();
        Socket socket = await FrameDialer.ConnectAsync(listener.Address, CancellationToken.None);
        await using FramedConnection refused = FramedConnection.Start(socket, fourth);
        Assert.Contains("closed the connection", await fourth.ClosedAsync(), StringComparison.Ordinal);
        Assert.Contains("3 are open", await logged.Task.WaitAsync(Wait.Limit), StringComparison.Ordinal);
        foreach ((FramedConnection connection, RecordingSink sink) in open)
        {
            connection.Send(new Raw(Raw.Frame(4)));
            connection.Flush();
            Assert.Equal("80045A5A5A5A/6", await sink.NextFrameAsync());
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Garbage_on_one_connection_costs_no_other()
    {
        using SocketFolder folder = new();
        await using FrameListener listener = FrameListener.Start(folder.Address, Echo());
        (FramedConnection good, RecordingSink goodSink) = await EchoOnceAsync(listener.Address);
        Random random = new(7);
        for (int i = 0; i < 50; i++)
        {
            using Socket bad = await FrameDialer.ConnectAsync(folder.Address, CancellationToken.None);
            byte[] garbage = i % 2 == 0
                ? Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n")
                : new byte[random.Next(1, 400)];
            if (i % 2 == 1)
            {
                random.NextBytes(garbage);
            }

            await bad.SendAsync(garbage);
        }

        good.Send(new Raw(Raw.Frame(5)));
        good.Flush();
        Assert.Equal("80055A5A5A5A5A/7", await goodSink.NextFrameAsync());
        await good.DisposeAsync();
    }

    [Fact]
    public async Task Many_connections_are_served_side_by_side_and_all_told_of_the_end()
    {
        using SocketFolder folder = new();
        List<(FramedConnection Connection, RecordingSink Sink)> open = [];
        await using (FrameListener listener = FrameListener.Start(folder.Address, Echo()))
        {
            for (int i = 0; i < 200; i++)
            {
                open.Add(await EchoOnceAsync(listener.Address));
            }

            Assert.Equal(200, listener.Connections);
        }

        foreach ((FramedConnection connection, RecordingSink sink) in open)
        {
            await sink.ClosedAsync();
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_dialer_says_where_nobody_answered_and_what_to_look_at()
    {
        using SocketFolder folder = new();
        IOException missing = await Assert.ThrowsAsync<IOException>(
            () => FrameDialer.ConnectAsync(folder.Address, CancellationToken.None));
        Assert.Contains("no such socket", missing.Message, StringComparison.Ordinal);
        IOException refused = await Assert.ThrowsAsync<IOException>(
            () => FrameDialer.ConnectAsync("tcp:127.0.0.1:1", CancellationToken.None));
        Assert.Contains("refused", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<(FramedConnection Connection, RecordingSink Sink)> EchoOnceAsync(string address)
    {
        RecordingSink sink = new();
        Socket socket = await FrameDialer.ConnectAsync(address, CancellationToken.None);
        FramedConnection connection = FramedConnection.Start(socket, sink);
        connection.Send(new Raw(Raw.Frame(1)));
        connection.Flush();
        Assert.Equal("80015A/3", await sink.NextFrameAsync());
        return (connection, sink);
    }
}
