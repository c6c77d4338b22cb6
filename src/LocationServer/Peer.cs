using System.Net.Sockets;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;
using Microsoft.Extensions.Logging;

namespace Ccr.LocationServer;

/// <summary>What one peer said: a place, nothing, or no answer at all, which is not the same.</summary>
internal readonly record struct PeerAnswer(bool Answered, Place? Place)
{
    public static PeerAnswer Silent => default;
}

/// <summary>
/// The Location Server of another node. One connection, made when something is asked and kept as long as it holds.
/// It answers for its own node alone; an answer about another node, or not asked for, ends the connection.
/// </summary>
internal sealed class Peer(NodeName node, string address, PeerDialer dialer, ILogger log) : IFrameSink, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Dictionary<long, Question> _questions = [];
    private Task<FramedConnection?>? _dialing;
    private FramedConnection? _connection;
    private long _lastReference;

    public NodeName Node { get; } = node;

    public string Address { get; } = address;

    /// <summary>Asks; never throws. A connection that breaks under the question is made again once.</summary>
    public async Task<PeerAnswer> AskAsync(string server, CancellationToken ends)
    {
        for (int attempt = 0; attempt < 2 && !ends.IsCancellationRequested; attempt++)
        {
            FramedConnection? connection = await ConnectAsync(ends).ConfigureAwait(false);
            if (connection is null)
            {
                return PeerAnswer.Silent;
            }

            if (await AskAsync(connection, server, ends).ConfigureAwait(false) is { Answered: true } answer)
            {
                return answer;
            }
        }

        return PeerAnswer.Silent;
    }

    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        string? wrong = LocationMessage.Decode(frame, out BerStatus status) switch
        {
            PlaceFound found => Answered(found.Reference, found.Place),
            LocationRefused refused => Answered(
                refused.Reference, null, knows: refused.Refusal.Code == RefusalCode.NoSuchServer),
            null => $"The frame is not understood ({status.Error} at octet {status.Position}).",
            _ => "This message is not an answer to a look-up.",
        };
        if (wrong is not null)
        {
            log.LogWarning(
                "The Location Server of {Node} at {Address} breaks the protocol: {Wrong}", Node, Address, wrong);
            connection.Close(wrong);
        }
    }

    public void OnClosed(FramedConnection connection, string reason)
    {
        List<Question> lost;
        lock (_lock)
        {
            if (_connection == connection)
            {
                _connection = null;
            }

            lost = [.. _questions.Values.Where(question => question.Connection == connection)];
        }

        log.LogDebug("The connection to the Location Server of {Node} ended: {Reason}", Node, reason);
        lost.ForEach(question => question.Answer.TrySetResult(PeerAnswer.Silent));
    }

    public void Close(string reason)
    {
        _closing.Cancel();
        FramedConnection? connection;
        lock (_lock)
        {
            connection = _connection;
        }

        connection?.Close(reason);
    }

    public async ValueTask DisposeAsync()
    {
        Close("The Location Server stops.");
        Task<FramedConnection?>? dialing;
        FramedConnection? connection;
        lock (_lock)
        {
            dialing = _dialing;
            connection = _connection;
        }

        connection ??= dialing is null ? null : await dialing.ConfigureAwait(false);
        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<PeerAnswer> AskAsync(FramedConnection connection, string server, CancellationToken ends)
    {
        Question question = new(connection, server);
        long reference;
        lock (_lock)
        {
            reference = ++_lastReference;
            _questions.Add(reference, question);
        }

        try
        {
            await using CancellationTokenRegistration registration = ends.UnsafeRegister(
                static asked => ((Question)asked!).Answer.TrySetResult(PeerAnswer.Silent), question);
            connection.Send(new LookUp(reference, server, Fresh: true, FromPeer: true));
            connection.Flush();
            return connection.IsClosed ? PeerAnswer.Silent : await question.Answer.Task.ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _questions.Remove(reference);
            }
        }
    }

    /// <summary>A peer that refuses for a passing reason does not know yet: it is as if it were silent.</summary>
    private string? Answered(long reference, Place? place, bool knows = true)
    {
        Question? question;
        lock (_lock)
        {
            _questions.TryGetValue(reference, out question);
            if (question is null)
            {
                // An answer that came after its limit; one that was never asked for is as harmless as that.
                return reference <= _lastReference ? null : "The answer belongs to no look-up.";
            }
        }

        if (place is not null && (place.Server != question.Server || PlaceRules.Check(place, Node) is not null))
        {
            return $"The answer places '{place.Server}' at '{place.Node}', which it may not speak for.";
        }

        question.Answer.TrySetResult(new PeerAnswer(Answered: knows, place));
        return null;
    }

    private async Task<FramedConnection?> ConnectAsync(CancellationToken ends)
    {
        Task<FramedConnection?> dialing;
        lock (_lock)
        {
            if (_connection is { IsClosed: false } open)
            {
                return open;
            }

            // Shared by all who ask meanwhile, and so not ended by the limit of any one of them.
            dialing = _dialing is { IsCompleted: false } ? _dialing : _dialing = Task.Run(DialAsync);
        }

        try
        {
            return await dialing.WaitAsync(ends).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<FramedConnection?> DialAsync()
    {
        try
        {
            Socket socket = await dialer.ToPeerAsync("tcp:" + Address, _closing.Token).ConfigureAwait(false);
            FramedConnection connection = FramedConnection.Start(socket, this);
            bool late;
            lock (_lock)
            {
                late = _closing.IsCancellationRequested;
                _connection = late ? null : connection;
            }

            if (late)
            {
                connection.Close("The peer is not asked any more.");
            }

            return connection;
        }
        catch (Exception failure) when (PeerDialer.IsFailure(failure))
        {
            log.LogDebug(
                "The Location Server of {Node} at {Address} is not reached: {Why}", Node, Address, failure.Message);
            return null;
        }
    }

    private sealed record Question(FramedConnection Connection, string Server)
    {
        public TaskCompletionSource<PeerAnswer> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
