using System.Net;
using System.Net.Sockets;
using Ccr.Transport;

namespace Ccr.Attack;

/// <summary>
/// A connection whose other end goes without a word, as when its machine loses power: who only waits for an answer has
/// to learn it from the kernel.
/// </summary>
public sealed class VanishedPeerTests
{
    private const int LevelTcp = 6; // IPPROTO_TCP
    private const int Repair = 19; // TCP_REPAIR: a socket closed in this state sends neither end nor reset

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(
        TransportLimits.KeepAliveAfterSeconds
        + (TransportLimits.KeepAliveEverySeconds * TransportLimits.KeepAliveQuestions) + 10);

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Both_ends_learn_that_the_other_has_vanished()
    {
        Waiting accepting = new(), dialling = new();
        await using FrameListener listener = FrameListener.Start("tcp:127.0.0.1:0", accepting);
        using Socket dialled = await FrameDialer.ConnectAsync(listener.Address, CancellationToken.None);
        using TcpListener plain = new(IPAddress.Loopback, 0);
        plain.Start();
        Socket own = await FrameDialer.ConnectAsync($"tcp:{plain.LocalEndpoint}", CancellationToken.None);
        await using FramedConnection connection = FramedConnection.Start(own, dialling);
        using Socket accepted = await plain.AcceptSocketAsync();
        await Task.WhenAll(accepting.Opened, dialling.Opened).WaitAsync(Limit);

        Vanish(dialled);
        Vanish(accepted);

        await Task.WhenAll(accepting.Closed, dialling.Closed).WaitAsync(Limit);
    }

    private static void Vanish(Socket socket)
    {
        socket.SetRawSocketOption(LevelTcp, Repair, BitConverter.GetBytes(1));
        socket.Close(0);
    }

    private sealed class Waiting : IFrameSink
    {
        private readonly TaskCompletionSource _opened = new();
        private readonly TaskCompletionSource _closed = new();

        public Task Opened => _opened.Task;

        public Task Closed => _closed.Task;

        public void OnOpened(FramedConnection connection) => _opened.TrySetResult();

        public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
        {
            // Nobody sends any.
        }

        public void OnClosed(FramedConnection connection, string reason) => _closed.TrySetResult();
    }
}
