using System.Net.Sockets;
using Ccr.Protocol.Ber;

namespace Ccr.Transport;

/// <summary>
/// One connection that carries frames, each a BER element of definite outermost length. Frames that come in are given
/// to an <see cref="IFrameSink"/>; frames to be sent are gathered by <see cref="Send"/>, and leave at
/// <see cref="Flush"/>.
/// Sending may be done from any thread. A peer whose machine vanished is noticed by the kernel, late
/// (<see cref="TransportLimits.KeepAliveAfterSeconds"/>); who must know sooner asks in its own protocol.
/// </summary>
public sealed class FramedConnection : IAsyncDisposable
{
    [ThreadStatic]
    private static FramedConnection? s_calledBack;

    private readonly Carrier _carrier;
    private readonly IFrameSink _sink;
    private readonly FramedConnectionOptions _options;
    private readonly OutBuffer _out;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _closeReason;

    private FramedConnection(Carrier carrier, IFrameSink sink, FramedConnectionOptions options)
    {
        _carrier = carrier;
        _sink = sink;
        _options = options;
        _out = new OutBuffer(carrier, options, Close);
        Tag = options.Tag;
    }

    /// <summary>Whatever the owner of the connection keeps with it.</summary>
    public object? Tag { get; set; }

    /// <summary>The user id of the process at the other end of a Unix socket; null for TCP.</summary>
    public int? PeerUserId => _carrier.PeerUserId;

    /// <summary>For people: "tcp:127.0.0.1:4711" or "unix:/run/ccr/manager.sock (uid 1000, pid 99)".</summary>
    public string Description => _carrier.Description;

    /// <summary>Octets of all frames that were given to be sent.</summary>
    public long OctetsSent => _out.Octets;

    /// <summary>True once the connection is closed, by whom ever; nothing is sent any more.</summary>
    public bool IsClosed => Volatile.Read(ref _closeReason) is not null;

    /// <summary>Ends after <see cref="IFrameSink.OnClosed"/> has returned.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Takes over a connected socket and begins to receive on a pool thread.</summary>
    public static FramedConnection Start(Socket socket, IFrameSink sink, FramedConnectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return Start(new SocketCarrier(socket), sink, options);
    }

    internal static FramedConnection Start(Carrier carrier, IFrameSink sink, FramedConnectionOptions? options)
    {
        ArgumentNullException.ThrowIfNull(sink);
        FramedConnection connection = new(carrier, sink, options ?? new FramedConnectionOptions());
        ThreadPool.UnsafeQueueUserWorkItem(static c => _ = c.ReceiveAsync(), connection, preferLocal: false);
        return connection;
    }

    /// <summary>
    /// Encodes a message into the out buffer. On a closed connection it does nothing: who must know is told by
    /// <see cref="IFrameSink.OnClosed"/>.
    /// </summary>
    public void Send<TMessage>(TMessage message)
        where TMessage : IBerMessage => _out.Append(message);

    /// <summary>Puts a frame that is encoded already into the out buffer.</summary>
    public void SendEncoded(ReadOnlySpan<byte> frame) => _out.Append(frame);

    /// <summary>Sends what is buffered: now as far as the kernel takes it, the rest when the peer has read.</summary>
    public void Flush() => _out.Flush();

    /// <summary>
    /// Closes the connection, once; later calls change nothing. What is buffered is given to the carrier as far as it
    /// takes it. <see cref="IFrameSink.OnClosed"/> follows on the receiving thread.
    /// </summary>
    /// <param name="reason">A sentence for the log and for those who wait.</param>
    public void Close(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (Interlocked.CompareExchange(ref _closeReason, reason, null) is not null)
        {
            return;
        }

        _out.Close();
        _carrier.Close();
    }

    /// <summary>Closes the connection and waits until its sink has been told (unless the sink itself calls).</summary>
    public async ValueTask DisposeAsync()
    {
        Close("The connection was closed by this side.");
        if (s_calledBack != this)
        {
            await Ended.ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            Call(static (sink, connection) => sink.OnOpened(connection));
            await ReceiveFramesAsync().ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            Close($"The connection broke: {e.Message} ({e.SocketErrorCode}).");
        }
        catch (ObjectDisposedException)
        {
            Close("The connection was closed by this side.");
        }
        catch (OperationCanceledException)
        {
            Close("The connection was closed by this side.");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A sink that throws has a bug; it costs this connection and no other.
            Close($"Internal error while a frame was handled: {e}");
        }

        try
        {
            Call(static (sink, connection) => sink.OnClosed(connection, connection._closeReason!));
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    private async ValueTask ReceiveFramesAsync()
    {
        ReceiveBuffer buffer = new(_options.ReceiveBufferOctets);
        while (!IsClosed)
        {
            int received = await _carrier.ReceiveAsync(buffer.Room()).ConfigureAwait(false);
            if (received == 0)
            {
                Close(buffer.Pending.IsEmpty
                    ? "The peer closed the connection."
                    : "The peer closed the connection in the middle of a frame.");
                return;
            }

            buffer.Received(received);
            if (GiveFrames(buffer) is string wrong)
            {
                Close(wrong);
            }
        }
    }

    /// <summary>Gives all whole frames to the sink; a sentence when the octets are no frames.</summary>
    private string? GiveFrames(ReceiveBuffer buffer)
    {
        FramedConnection? outer = s_calledBack;
        s_calledBack = this;
        try
        {
            string? wrong = null;
            bool given = false;
            while (!IsClosed)
            {
                int limit = _options.FrameOctetsMax;
                BerError error = BerFrame.Measure(buffer.Pending, out int frameOctets, limit);
                if (error != BerError.None)
                {
                    wrong = BerFrame.Complaint(error, frameOctets, limit);
                    break;
                }

                if (frameOctets == 0 || frameOctets > buffer.Pending.Length)
                {
                    break;
                }

                _sink.OnFrame(this, buffer.Pending[..frameOctets]);
                buffer.Consume(frameOctets);
                given = true;
            }

            if (given)
            {
                _sink.OnBatchEnd(this);
            }

            return wrong;
        }
        finally
        {
            s_calledBack = outer;
        }
    }

    private void Call(Action<IFrameSink, FramedConnection> call)
    {
        FramedConnection? outer = s_calledBack;
        s_calledBack = this;
        try
        {
            call(_sink, this);
        }
        finally
        {
            s_calledBack = outer;
        }
    }
}
