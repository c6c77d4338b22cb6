using System.Collections.Concurrent;
using System.Net.Sockets;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Transport;

namespace Ccr.Ccrctl.Nodes;

/// <summary>Decodes one frame of a connection; null where it is none of its messages.</summary>
internal delegate TMessage? FrameDecoder<TMessage>(ReadOnlySpan<byte> frame, out BerStatus status)
    where TMessage : class;

/// <summary>A connection on which each request carries a number and each answer repeats it.</summary>
internal sealed class RequestConnection<TMessage> : IFrameSink, IAsyncDisposable
    where TMessage : class, IBerMessage
{
    /// <summary>The number under which a message without one is waited for, such as the answer to Hello.</summary>
    public const long Unnumbered = 0;

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private readonly FrameDecoder<TMessage> _decode;
    private readonly string _who;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<TMessage>> _waiting = new();
    private FramedConnection? _connection;
    private string? _closed;
    private long _lastReference;

    private RequestConnection(FrameDecoder<TMessage> decode, string who)
    {
        _decode = decode;
        _who = who;
    }

    /// <exception cref="CommandFailedException">Nobody answers there.</exception>
    public static async Task<RequestConnection<TMessage>> OpenAsync(
        string socketPath, string who, FrameDecoder<TMessage> decode, CancellationToken cancellation)
    {
        RequestConnection<TMessage> requests = new(decode, who);
        try
        {
            Socket socket = await FrameDialer.ConnectAsync("unix:" + socketPath, cancellation).ConfigureAwait(false);
            requests._connection = FramedConnection.Start(socket, requests);
            return requests;
        }
        catch (IOException failure)
        {
            throw new CommandFailedException(ExitCodes.Unreachable, failure.Message, failure);
        }
    }

    /// <summary>A number that no request of this connection had.</summary>
    public long NextReference() => Interlocked.Increment(ref _lastReference);

    /// <summary>Sends a request and waits for the answer with its number.</summary>
    public async Task<TMessage> AskAsync(long reference, TMessage request, CancellationToken cancellation)
    {
        TaskCompletionSource<TMessage> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[reference] = answer;
        _connection!.Send(request);
        _connection.Flush();
        if (Volatile.Read(ref _closed) is string reason)
        {
            answer.TrySetException(Lost(reason));
        }

        try
        {
            return await answer.Task.WaitAsync(AnswerLimit, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new CommandFailedException(
                ExitCodes.Unreachable,
                $"{_who} took the request and did not answer in {AnswerLimit.TotalSeconds} s.",
                late);
        }
        finally
        {
            _waiting.TryRemove(reference, out _);
        }
    }

    void IFrameSink.OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        TMessage? message = _decode(frame, out BerStatus status);
        if (message is null)
        {
            connection.Close($"{_who} sent what is none of its messages: {status.Error} at octet {status.Position}.");
            return;
        }

        long reference = message is IReferenceMessage numbered ? numbered.Reference : Unnumbered;
        if (_waiting.TryRemove(reference, out TaskCompletionSource<TMessage>? answer))
        {
            answer.TrySetResult(message);
        }
    }

    void IFrameSink.OnClosed(FramedConnection connection, string reason)
    {
        Volatile.Write(ref _closed, reason);
        foreach (TaskCompletionSource<TMessage> answer in _waiting.Values)
        {
            answer.TrySetException(Lost(reason));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private CommandFailedException Lost(string reason) =>
        new(ExitCodes.Unreachable, $"The connection to {_who} ended before it answered. {reason}");
}
