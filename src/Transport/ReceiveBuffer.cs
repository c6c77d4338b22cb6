namespace Ccr.Transport;

/// <summary>
/// The octets received and not yet given to the sink. It grows only as octets really come in, never because a header
/// announces many, and shrinks back when it is empty.
/// </summary>
internal sealed class ReceiveBuffer(int initialOctets)
{
    private byte[] _octets = GC.AllocateUninitializedArray<byte>(initialOctets);
    private int _start;
    private int _end;

    /// <summary>What has come in and is not consumed.</summary>
    public ReadOnlySpan<byte> Pending => _octets.AsSpan(_start, _end - _start);

    /// <summary>Room for the next octets; never empty.</summary>
    public Memory<byte> Room()
    {
        if (_start == _end)
        {
            _start = _end = 0;
            if (_octets.Length > Math.Max(initialOctets, TransportLimits.ReceiveBufferKeptOctets))
            {
                _octets = GC.AllocateUninitializedArray<byte>(initialOctets);
            }
        }
        else if (_end == _octets.Length)
        {
            MakeRoom();
        }

        return _octets.AsMemory(_end);
    }

    /// <summary>So many octets were put into the room.</summary>
    public void Received(int octets) => _end += octets;

    /// <summary>Puts octets behind what is pending.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            Memory<byte> room = Room();
            int taken = Math.Min(room.Length, octets.Length);
            octets[..taken].CopyTo(room.Span);
            Received(taken);
            octets = octets[taken..];
        }
    }

    /// <summary>So many octets at the front are done with.</summary>
    public void Consume(int octets) => _start += octets;

    private void MakeRoom()
    {
        int pending = _end - _start;
        byte[] target = pending > _octets.Length / 2
            ? GC.AllocateUninitializedArray<byte>(_octets.Length * 2)
            : _octets;
        Buffer.BlockCopy(_octets, _start, target, 0, pending);
        _octets = target;
        _start = 0;
        _end = pending;
    }
}
