using System.Net.Sockets;
using System.Threading.Channels;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;

namespace Ccr.TestSupport;

/// <summary>
/// A scripted peer on a real socket: it says what the test tells it to, right or wrong, and the test takes what comes
/// back, one message after the other.
/// </summary>
/// <typeparam name="TMessage">What comes back: <see cref="LinkMessage"/> or <see cref="SessionMessage"/>.</typeparam>
internal sealed class RawPeer<TMessage> : IFrameSink, IAsyncDisposable
    where TMessage : class, IBerMessage
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Channel<TMessage> _received = Channel.CreateUnbounded<TMessage>();
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<TMessage, TMessage?>? _answer;
    private FramedConnection? _connection;

    private RawPeer(Func<TMessage, TMessage?>? answer) => _answer = answer;

    /// <summary>Connects, and says nothing.</summary>
    /// <param name="address">"unix:PATH" or "tcp:HOST:PORT".</param>
    /// <param name="answer">Answers a message, which the test then does not get; null leaves it to the test.</param>
    public static async Task<RawPeer<TMessage>> ConnectAsync(string address, Func<TMessage, TMessage?>? answer = null)
    {
        RawPeer<TMessage> peer = new(answer);
        Socket socket = await FrameDialer.ConnectAsync(address, CancellationToken.None);
        peer._connection = FramedConnection.Start(socket, peer);
        return peer;
    }

    /// <summary>Says a message.</summary>
    public RawPeer<TMessage> Say(TMessage message)
    {
        _connection!.Send(message);
        _connection.Flush();
        return this;
    }

    /// <summary>Says many messages in one go.</summary>
    public void SayAll(IEnumerable<TMessage> messages)
    {
        foreach (TMessage message in messages)
        {
            _connection!.Send(message);
        }

        _connection!.Flush();
    }

    /// <summary>Says octets, whatever they are.</summary>
    public void SayOctets(params byte[] octets)
    {
        _connection!.SendEncoded(octets);
        _connection.Flush();
    }

    /// <summary>The next message, which has to be of this kind.</summary>
    public async Task<T> ExpectAsync<T>()
        where T : class, TMessage
    {
        TMessage message = await NextAsync();
        return message as T
            ?? throw new InvalidOperationException($"{typeof(T).Name} was expected, and this came: {message}");
    }

    /// <summary>The next message of this kind; others before it are passed over.</summary>
    public async Task<T> UntilAsync<T>()
        where T : class, TMessage
    {
        while (true)
        {
            if (await NextAsync() is T wanted)
            {
                return wanted;
            }
        }
    }

    /// <summary>Waits until the other side has closed.</summary>
    public Task<string> ClosedAsync() => _closed.Task.WaitAsync(s_patience);

    /// <summary>True once the other side has closed.</summary>
    public bool IsClosed => _closed.Task.IsCompleted;

    /// <inheritdoc/>
    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        TMessage message = Decode(frame);
        if (_answer?.Invoke(message) is { } answer)
        {
            connection.Send(answer);
        }
        else
        {
            _received.Writer.TryWrite(message);
        }
    }

    /// <inheritdoc/>
    public void OnBatchEnd(FramedConnection connection) => connection.Flush();

    /// <inheritdoc/>
    public void OnClosed(FramedConnection connection, string reason)
    {
        _closed.TrySetResult(reason);
        _received.Writer.TryComplete();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }
    }

    private async Task<TMessage> NextAsync()
    {
        using CancellationTokenSource limit = new(s_patience);
        try
        {
            return await _received.Reader.ReadAsync(limit.Token);
        }
        catch (ChannelClosedException)
        {
            throw new InvalidOperationException($"The connection was closed: {await _closed.Task}");
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException("Nothing came.");
        }
    }

    private static TMessage Decode(ReadOnlySpan<byte> frame)
    {
        object? message = typeof(TMessage) == typeof(LinkMessage)
            ? LinkMessage.Decode(frame, out BerStatus status)
            : SessionMessage.Decode(frame, out status);
        return message as TMessage ?? throw new InvalidOperationException($"The manager sent no message: {status}");
    }
}

/// <summary>Scripted peers in their usual roles.</summary>
internal static class RawPeers
{
    /// <summary>A session of a role, welcomed.</summary>
    public static async Task<RawPeer<SessionMessage>> SessionAsync(
        this ManagerFixture manager, SessionRole role, Func<SessionMessage, SessionMessage?>? answer = null)
    {
        var session = await RawPeer<SessionMessage>.ConnectAsync("unix:" + manager.Layout.ManagerSocket, answer);
        session.Say(new Hello(1, role, "test", null));
        await session.ExpectAsync<Welcome>();
        return session;
    }

    /// <summary>A Server that says yes to everything.</summary>
    public static async Task<RawPeer<SessionMessage>> ServerAsync(
        this ManagerFixture manager, string server, long incarnation = 1,
        Func<SessionMessage, SessionMessage?>? answer = null, IReadOnlyList<FoundBranch>? found = null)
    {
        var session = await manager.SessionAsync(SessionRole.Server, answer ?? Obedient);
        session.Say(new Register(1, server, "test", incarnation, ["unix:/nowhere"]));
        await session.ExpectAsync<Registered>();
        session.Say(new Found(server, found ?? [], true));
        return session;
    }

    /// <summary>A Location Server that knows these places.</summary>
    public static async Task<RawPeer<SessionMessage>> LocationAsync(
        this ManagerFixture manager, params (string Server, string Node)[] places)
    {
        var session = await RawPeer<SessionMessage>.ConnectAsync("unix:" + manager.Layout.ManagerSocket, message =>
            message is Locate ask ? Answer(ask, places) : null);
        session.Say(new Hello(1, SessionRole.Location, "test", "127.0.0.1:9"));
        await session.ExpectAsync<Welcome>();
        return session;
    }

    /// <summary>A connection to the manager's TCP port that has said nothing.</summary>
    public static Task<RawPeer<LinkMessage>> LinkAsync(this ManagerFixture manager) =>
        RawPeer<LinkMessage>.ConnectAsync("tcp:" + manager.Address);

    /// <summary>The hello of a node.</summary>
    public static LinkHello HelloOf(
        string node, UInt128 log, uint epoch, int lanes = 2, int version = 1, string address = "127.0.0.1:1") =>
        new(version, new ManagerIdentity(NodeName.Parse(node), new LogIdentity(log), epoch), lanes, address, "");

    /// <summary>What an obedient Server answers.</summary>
    public static SessionMessage? Obedient(SessionMessage message) => message switch
    {
        Begin o => new Begun(o.Server, o.Action, o.Branch),
        Prepare o => new Ready(o.Server, o.Action, o.Branch),
        Commit o => new Done(o.Server, o.Action, o.Branch, DoneOutcome.Committed, ""),
        CommitOnePhase o => new Done(o.Server, o.Action, o.Branch, DoneOutcome.Committed, ""),
        RollbackBranch o => new Done(o.Server, o.Action, o.Branch, DoneOutcome.RolledBack, ""),
        _ => null,
    };

    private static Located Answer(Locate ask, (string Server, string Node)[] places)
    {
        foreach ((string server, string node) in places)
        {
            if (server == ask.Server)
            {
                return new Located(ask.Reference, server, new LocatedAt(NodeName.Parse(node), "test", 1, []), null);
            }
        }

        return new Located(
            ask.Reference, ask.Server, null, new Refusal(RefusalCode.NoSuchServer, $"Nobody knows {ask.Server}."));
    }
}
