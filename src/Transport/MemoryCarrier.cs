using System.Net.Sockets;

namespace Ccr.Transport;

/// <summary>One end of a connection within this process.</summary>
internal sealed class MemoryCarrier : Carrier
{
    private readonly MemoryPipe _in;
    private readonly MemoryPipe _out;

    private MemoryCarrier(MemoryPipe @in, MemoryPipe @out)
    {
        _in = @in;
        _out = @out;
    }

    /// <inheritdoc/>
    internal override int? PeerUserId => SocketPeer.OwnUserId;

    /// <inheritdoc/>
    internal override string Description => $"memory (pid {Environment.ProcessId})";

    /// <summary>Both ends of a new connection.</summary>
    internal static (MemoryCarrier One, MemoryCarrier Other) NewPair()
    {
        MemoryPipe there = new(), back = new();
        return (new MemoryCarrier(back, there), new MemoryCarrier(there, back));
    }

    /// <inheritdoc/>
    internal override SocketError TrySend(ReadOnlySpan<byte> octets, out int sent) => _out.TryPut(octets, out sent);

    /// <inheritdoc/>
    internal override ValueTask<int> SendAsync(ReadOnlyMemory<byte> octets) => _out.PutAsync(octets);

    /// <inheritdoc/>
    internal override ValueTask<int> ReceiveAsync(Memory<byte> room) => _in.TakeAsync(room);

    /// <inheritdoc/>
    internal override void Close()
    {
        _out.End();
        _in.End();
    }
}
