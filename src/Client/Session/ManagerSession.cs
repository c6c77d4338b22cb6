using System.Collections.Concurrent;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;

namespace Ccr.Client;

/// <summary>
/// One session with the node's manager: hello and welcome, then requests and their answers, and what the manager says
/// unasked. It lives and dies with its connection and never repeats anything (SEM-15).
/// </summary>
internal sealed class ManagerSession : IFrameSink, IAsyncDisposable
{
    private readonly ISessionEvents _events;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<SessionMessage>> _pending = new();
    private readonly TaskCompletionSource<ManagerIdentity> _welcome =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FramedConnection _connection = null!;
    private ManagerIdentity? _identity;
    private string? _lostReason;
    private long _references;

    private ManagerSession(ISessionEvents events) => _events = events;

    /// <summary>Who the manager is.</summary>
    public ManagerIdentity Identity => _identity!;

    /// <summary>True once the session has ended.</summary>
    public bool IsLost => _connection.IsClosed || Volatile.Read(ref _lostReason) is not null;

    /// <summary>Why it ended.</summary>
    public string LostReason => Volatile.Read(ref _lostReason) ?? "The session was closed.";

    /// <summary>Ends when the session has ended and its owner was told.</summary>
    public Task Lost => _lost.Task;

    /// <summary>Connects and exchanges hello and welcome; one attempt.</summary>
    /// <exception cref="IOException">Nobody answers, or what answers is no manager.</exception>
    /// <exception cref="CcrRefusedException">The manager refuses the session.</exception>
    public static async Task<ManagerSession> ConnectAsync(
        string socketPath, SessionRole role, string program, ISessionEvents events, TimeProvider time,
        CancellationToken cancellation)
    {
        using CancellationTokenSource timeout = new(ClientLimits.ConnectTimeout, time);
        using CancellationTokenSource either =
            CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        ManagerSession session = new(events);
        try
        {
            session._connection = await FrameDialer.DialAsync("unix:" + socketPath, session, either.Token)
                .ConfigureAwait(false);
            session.Send(new Hello(ProtocolVersion, role, program, Address: null));
            session.Flush();
            session._identity = await session._welcome.Task.WaitAsync(either.Token).ConfigureAwait(false);
            return session;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            session._connection?.Close("The manager did not answer the hello in time.");
            throw new IOException($"The manager at unix:{socketPath} accepted the connection but does not answer.");
        }
        catch (Exception)
        {
            session._connection?.Close("The session could not be opened.");
            throw;
        }
    }

    /// <summary>The version of CCR-Session that this library speaks.</summary>
    public const int ProtocolVersion = 1;

    /// <summary>A number for the next request.</summary>
    public long NextReference() => Interlocked.Increment(ref _references);

    /// <summary>Puts a message into the out buffer.</summary>
    public void Send(SessionMessage message) => _connection.Send(message);

    /// <summary>Sends what is in the out buffer.</summary>
    public void Flush() => _connection.Flush();

    /// <summary>Ends the session.</summary>
    public void Close(string reason) => _connection.Close(reason);

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="SessionLostException">The session ended: whether it was carried out is unknown.</exception>
    /// <exception cref="CcrRefusedException">The manager refused the request.</exception>
    /// <exception cref="OperationCanceledException">The caller no longer waits; it may be carried out.</exception>
    public async Task<SessionMessage> RequestAsync<TRequest>(TRequest request, CancellationToken cancellation)
        where TRequest : SessionMessage, IReferenceMessage
    {
        TaskCompletionSource<SessionMessage> pending = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[request.Reference] = pending;
        _connection.Send<SessionMessage>(request);
        _connection.Flush();
        if (Volatile.Read(ref _lostReason) is string reason)
        {
            pending.TrySetException(new SessionLostException(reason)); // it ended before the request was noted
        }

        SessionMessage answer;
        try
        {
            answer = await pending.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!pending.TrySetCanceled(CancellationToken.None))
        {
            answer = await pending.Task.ConfigureAwait(false); // it came at the same moment
        }

        return answer is RequestRefused refused ? throw new CcrRefusedException(refused.Refusal) : answer;
    }

    /// <summary>Gives an answer that came without its reference to the request that waits for it.</summary>
    public bool TryAnswer(long reference, SessionMessage answer) =>
        _pending.TryRemove(reference, out TaskCompletionSource<SessionMessage>? pending)
        && pending.TrySetResult(answer);

    /// <inheritdoc/>
    void IFrameSink.OnOpened(FramedConnection connection) => _connection = connection; // may come before Start returns

    /// <inheritdoc/>
    void IFrameSink.OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        SessionMessage? message = SessionMessage.Decode(frame, out BerStatus status);
        if (message is null)
        {
            connection.Close($"The manager sent what is no Session-message ({status.Error} at {status.Position}).");
            return;
        }

        if (_identity is null && !_welcome.Task.IsCompleted)
        {
            OnFirst(connection, message);
            return;
        }

        if (message is IReferenceMessage { Reference: not 0 and long reference }
            && _pending.TryRemove(reference, out TaskCompletionSource<SessionMessage>? pending))
        {
            _events.OnAnswer(this, message);
            if (pending.TrySetResult(message))
            {
                return;
            }
        }

        _events.OnMessage(this, message);
    }

    /// <inheritdoc/>
    void IFrameSink.OnBatchEnd(FramedConnection connection) => _events.OnBatchEnd(this);

    /// <inheritdoc/>
    void IFrameSink.OnClosed(FramedConnection connection, string reason)
    {
        Volatile.Write(ref _lostReason, reason);
        _welcome.TrySetException(new IOException($"The manager ended the session before it began: {reason}"));
        _events.OnLost(this, reason);
        foreach ((long reference, TaskCompletionSource<SessionMessage> pending) in _pending)
        {
            _pending.TryRemove(reference, out _);
            pending.TrySetException(new SessionLostException(reason));
        }

        _lost.TrySetResult();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private void OnFirst(FramedConnection connection, SessionMessage message)
    {
        switch (message)
        {
            case Welcome { Version: ProtocolVersion } welcome:
                _welcome.TrySetResult(welcome.Identity);
                break;
            case Welcome welcome:
                _welcome.TrySetException(new CcrRefusedException(new Refusal(RefusalCode.ProtocolError,
                    $"The manager speaks version {welcome.Version} of the session protocol, this library "
                    + $"{ProtocolVersion}. Use a library of the manager's version.")));
                connection.Close("The versions differ.");
                break;
            case RequestRefused refused:
                _welcome.TrySetException(new CcrRefusedException(refused.Refusal));
                connection.Close("The manager refused the session.");
                break;
            default:
                connection.Close($"The manager began with {message.GetType().Name}, not with a welcome.");
                break;
        }
    }
}
