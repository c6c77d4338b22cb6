using System.Collections.Concurrent;
using Ccr.Client;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Transport;

namespace Ccr.Resources.Files.Client;

/// <summary>One connection to a file Server, shared by all actions of a Client; answers find their requests.</summary>
internal sealed class FilesConnection : IFrameSink, IAsyncDisposable
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<FilesMessage>> _waiting = new();
    private readonly FramedConnection _connection;
    private long _reference;
    private string? _closed;

    private FilesConnection(System.Net.Sockets.Socket socket) => _connection = FramedConnection.Start(socket, this);

    /// <summary>True once nothing can be asked over it any more.</summary>
    internal bool IsClosed => _connection.IsClosed;

    /// <exception cref="IOException">Nobody answered there in time; nothing was sent.</exception>
    internal static async Task<FilesConnection> OpenAsync(string address, CancellationToken cancellation)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(ClientLimits.ConnectTimeout);
        try
        {
            return new FilesConnection(await FrameDialer.ConnectAsync(address, late.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException e) when (cancellation.IsCancellationRequested)
        {
            throw new IOException($"The connection to the file Server at {address} is not wanted any more.", e);
        }
        catch (OperationCanceledException e)
        {
            throw new IOException(
                $"The file Server at {address} did not take the connection within "
                + $"{ClientLimits.ConnectTimeout.TotalSeconds} s.", e);
        }
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="IOException">The connection broke: what the request did is unknown.</exception>
    internal async Task<FilesMessage> AskAsync(FilesRequest request, CancellationToken cancellation)
    {
        request = request with { Reference = Interlocked.Increment(ref _reference) };
        TaskCompletionSource<FilesMessage> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[request.Reference] = answer;
        if (Volatile.Read(ref _closed) is { } reason)
        {
            answer.TrySetException(new IOException(reason));
        }

        _connection.Send<FilesMessage>(request);
        _connection.Flush();
        try
        {
            return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _waiting.TryRemove(request.Reference, out _);
        }
    }

    /// <inheritdoc/>
    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        FilesMessage? message = FilesMessage.Decode(frame, out BerStatus status);
        long? reference = message switch
        {
            FilesReply reply => reply.Reference,
            FilesRefused refused => refused.Reference,
            _ => null,
        };
        if (reference is null)
        {
            connection.Close($"The file Server sent what is no answer ({status.Error} at octet {status.Position}).");
        }
        else if (_waiting.TryRemove(reference.Value, out TaskCompletionSource<FilesMessage>? answer))
        {
            answer.TrySetResult(message!);
        }
    }

    /// <inheritdoc/>
    public void OnClosed(FramedConnection connection, string reason)
    {
        Volatile.Write(ref _closed, reason);
        foreach (TaskCompletionSource<FilesMessage> answer in _waiting.Values)
        {
            answer.TrySetException(new IOException(reason));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
