using System.Threading.Channels;
using Ccr.Client;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;

namespace Ccr.LocationServer.Tests.Support;

/// <summary>The manager's side of the session that a Location Server opens.</summary>
internal sealed class FakeManager : IFrameSink, IAsyncDisposable
{
    private readonly Channel<SessionMessage> _received = Channel.CreateUnbounded<SessionMessage>();
    private readonly NodeName _node;
    private readonly FrameListener _listener;
    private volatile FramedConnection? _connection;

    private FakeManager(NodeLayout layout, string node)
    {
        _node = NodeName.Parse(node);
        _listener = FrameListener.Start("unix:" + layout.ManagerSocket, this);
    }

    public static FakeManager Start(NodeLayout layout, string node) => new(layout, node);

    public static ManagerIdentity Identity(string node) => new(NodeName.Parse(node), new LogIdentity(7), 1);

    public static Announcement Announce(string node, string locationAddress) =>
        new(Identity(node), "127.0.0.1:1", locationAddress);

    public async Task<T> ReceiveAsync<T>()
        where T : SessionMessage => Assert.IsType<T>(await _received.Reader.ReadAsync(Wait.Token()));

    public void Send(SessionMessage message)
    {
        _connection!.Send(message);
        _connection.Flush();
    }

    public async Task<Located> LocateAsync(string server, bool fresh = false, long reference = 1)
    {
        Send(new Locate(reference, server, fresh));
        return await ReceiveAsync<Located>();
    }

    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        SessionMessage message = SessionMessage.Decode(frame, out BerStatus _)!;
        if (message is Hello)
        {
            _connection = connection;
            Send(new Welcome(1, new ManagerIdentity(_node, new LogIdentity(7), 1)));
        }

        _received.Writer.TryWrite(message);
    }

    public void OnClosed(FramedConnection connection, string reason)
    {
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}
