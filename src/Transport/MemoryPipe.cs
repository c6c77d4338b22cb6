using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Ccr.Transport;

/// <summary>
/// One direction of a connection within this process. What is put in goes straight into the room of a taker that waits,
/// else it is kept, up to a limit. One taker at a time.
/// </summary>
internal sealed class MemoryPipe : IValueTaskSource<int>
{
    private readonly Lock _lock = new();
    private readonly ReceiveBuffer _kept = new(TransportLimits.ReceiveBufferOctets);

    // Continuations run on the pool, so that whoever puts octets in never runs what the taker does with them.
    private ManualResetValueTaskSourceCore<int> _taken = new() { RunContinuationsAsynchronously = true };

    private Memory<byte> _room;
    private bool _takerWaits;
    private bool _ended;
    private TaskCompletionSource? _freed;

    /// <summary>Puts octets in as far as there is room.</summary>
    internal SocketError TryPut(ReadOnlySpan<byte> octets, out int put)
    {
        lock (_lock)
        {
            put = 0;
            if (_ended)
            {
                return SocketError.ConnectionReset;
            }

            if (_takerWaits && !octets.IsEmpty)
            {
                put = Math.Min(octets.Length, _room.Length);
                octets[..put].CopyTo(_room.Span);
                Answer(put);
            }

            int kept = Math.Min(octets.Length - put, TransportLimits.MemoryOctetsMax - _kept.Pending.Length);
            _kept.Append(octets.Slice(put, kept));
            put += kept;
            return put < octets.Length ? SocketError.WouldBlock : SocketError.Success;
        }
    }

    /// <summary>Puts at least one octet in, when there is room.</summary>
    /// <exception cref="SocketException">It has ended.</exception>
    internal async ValueTask<int> PutAsync(ReadOnlyMemory<byte> octets)
    {
        while (true)
        {
            Task freed;
            lock (_lock)
            {
                SocketError error = TryPut(octets.Span, out int put);
                if (put > 0)
                {
                    return put;
                }

                if (error == SocketError.ConnectionReset)
                {
                    throw new SocketException((int)error);
                }

                _freed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                freed = _freed.Task;
            }

            await freed.ConfigureAwait(false);
        }
    }

    /// <summary>How many octets were put into the room; 0: nothing is left, and it has ended.</summary>
    internal ValueTask<int> TakeAsync(Memory<byte> room)
    {
        lock (_lock)
        {
            int pending = Math.Min(_kept.Pending.Length, room.Length);
            if (pending > 0 || _ended)
            {
                _kept.Pending[..pending].CopyTo(room.Span);
                _kept.Consume(pending);
                Freed();
                return new ValueTask<int>(pending);
            }

            _taken.Reset();
            _room = room;
            _takerWaits = true;
            return new ValueTask<int>(this, _taken.Version);
        }
    }

    /// <summary>Nothing more is taken in; what is kept can still be taken.</summary>
    internal void End()
    {
        lock (_lock)
        {
            _ended = true;
            Freed();
            if (_takerWaits)
            {
                Answer(0);
            }
        }
    }

    int IValueTaskSource<int>.GetResult(short token) => _taken.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _taken.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _taken.OnCompleted(continuation, state, token, flags);

    private void Answer(int octets)
    {
        _takerWaits = false;
        _room = default;
        _taken.SetResult(octets);
    }

    private void Freed()
    {
        _freed?.TrySetResult();
        _freed = null;
    }
}
