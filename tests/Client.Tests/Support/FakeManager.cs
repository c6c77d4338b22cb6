using System.Threading.Channels;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;

namespace Ccr.Client.Tests;

/// <summary>A manager that says what a test tells it to, over a real Unix socket. It welcomes every session.</summary>
internal sealed class FakeManager : IAsyncDisposable
{
    private readonly Channel<FakeSession> _sessions = Channel.CreateUnbounded<FakeSession>();
    private readonly string _folder = Directory.CreateTempSubdirectory("ccr-c-").FullName;
    private FrameListener? _listener;
    private ulong _counter;

    /// <summary>One whose end the caller sees to.</summary>
    internal static FakeManager Make() => new();

    public FakeManager(bool start = true)
    {
        if (start)
        {
            Start();
        }
    }

    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    public string Socket => Path.Combine(_folder, "manager.sock");

    public string LocationSocket => Path.Combine(_folder, "location.sock");

    public ManagerIdentity Identity { get; set; } = Names.Manager("tokyo", log: 1, epoch: 3);

    /// <summary>What a hello is answered with; by default a welcome.</summary>
    public Func<Hello, SessionMessage>? OnHello { get; set; }

    public void Start() => _listener = FrameListener.Start("unix:" + Socket, new Sink(this));

    public async Task StopAsync()
    {
        if (_listener is not null)
        {
            await _listener.DisposeAsync();
            _listener = null;
        }
    }

    /// <summary>The next session, after its hello was answered.</summary>
    public async Task<FakeSession> AcceptAsync() =>
        await _sessions.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public AtomicActionId NextAction() =>
        new(AeTitle.Of(Identity.Node), Suffix.OfCounter(Identity.Epoch, ++_counter));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Sink(FakeManager manager) : IFrameSink
    {
        public void OnOpened(FramedConnection connection) => connection.Tag = new FakeSession(manager, connection);

        public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
        {
            FakeSession session = (FakeSession)connection.Tag!;
            SessionMessage message = SessionMessage.Decode(frame, out BerStatus status)
                ?? throw new InvalidOperationException($"no Session-message: {status.Error}");
            if (message is Hello hello)
            {
                session.Hello = hello;
                session.Say(manager.OnHello?.Invoke(hello) ?? new Welcome(hello.Version, manager.Identity));
                manager._sessions.Writer.TryWrite(session);
            }
            else
            {
                session.Received.Writer.TryWrite(message);
            }
        }

        public void OnClosed(FramedConnection connection, string reason) =>
            ((FakeSession)connection.Tag!).Received.Writer.TryComplete();
    }
}

/// <summary>One session of the fake manager.</summary>
internal sealed class FakeSession(FakeManager manager, FramedConnection connection)
{
    public Channel<SessionMessage> Received { get; } = Channel.CreateUnbounded<SessionMessage>();

    public Hello? Hello { get; set; }

    /// <summary>The next message, which has to be of this kind.</summary>
    public async Task<T> ExpectAsync<T>()
        where T : SessionMessage => Assert.IsType<T>(await NextAsync());

    public async Task<SessionMessage> NextAsync() =>
        await Received.Reader.ReadAsync().AsTask().WaitAsync(FakeManager.Patience);

    /// <summary>The other side has closed, and nothing more came before.</summary>
    public async Task ExpectEndAsync() =>
        Assert.False(await Received.Reader.WaitToReadAsync().AsTask().WaitAsync(FakeManager.Patience));

    public void Say(SessionMessage message)
    {
        connection.Send(message);
        connection.Flush();
    }

    public void SayOctets(params byte[] octets)
    {
        connection.SendEncoded(octets);
        connection.Flush();
    }

    /// <summary>Sends all but the last octet of a message, then closes.</summary>
    public void CutWithin(SessionMessage message)
    {
        BerWriter writer = new();
        message.Write(writer);
        connection.SendEncoded(writer.Written[..^1]);
        connection.Close("cut by the test");
    }

    public void Close() => connection.Close("closed by the test");

    /// <summary>Answers a TransOpen; every Server it names is begun.</summary>
    public async Task<AtomicActionId> OpenAsync()
    {
        TransOpen open = await ExpectAsync<TransOpen>();
        AtomicActionId action = manager.NextAction();
        Say(new TransOpenAck(open.Reference, action, [.. open.Servers.Select((s, i) => Names.Place(s, i))]));
        return action;
    }
}

internal static class Names
{
    public static ManagerIdentity Manager(string node, uint log, uint epoch) =>
        new(NodeName.Parse(node), new LogIdentity(log), epoch);

    public static AtomicActionId Action(ulong counter) =>
        new(AeTitle.Of(NodeName.Parse("tokyo")), Suffix.OfCounter(3, counter));

    public static BranchId Branch(long number) =>
        new(AeTitle.Of(NodeName.Parse("tokyo")), Suffix.OfInteger(number));

    public static ServerPlace Place(string server, int number) => new(
        server, NodeName.Parse(server.Split('.')[0]), new BegunAt(Branch(number), 7, [$"unix:/{server}"]), null);

    public static Refusal Refusal(RefusalCode code) => new(code, $"Refused by the test: {code}.");
}
