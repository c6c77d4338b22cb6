using System.Net.Sockets;
using Ccr.Protocol.Ber;

namespace Ccr.Transport;

/// <summary>
/// What waits to be sent: one buffer is filled under a short lock while the other one is being sent. At most one
/// thread sends at a time; whoever flushes meanwhile leaves the work to it.
/// </summary>
internal sealed class OutBuffer(Carrier carrier, FramedConnectionOptions options, Action<string> close)
{
    private readonly Lock _lock = new();
    private BerWriter _filling = new();
    private BerWriter _leaving = new();
    private int _leavingOctets;
    private bool _sending;
    private bool _flushWanted;
    private bool _closed;
    private long _octets;

    /// <summary>Octets that were ever put in.</summary>
    public long Octets => Volatile.Read(ref _octets);

    public void Append<TMessage>(TMessage message)
        where TMessage : IBerMessage
    {
        string? wrong;
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            int before = _filling.Length;
            message.Write(_filling);
            _octets += _filling.Length - before;
            wrong = Complaint(before);
        }

        if (wrong is not null)
        {
            close(wrong);
        }
    }

    public void Append(ReadOnlySpan<byte> frame)
    {
        string? wrong;
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            int before = _filling.Length;
            _filling.WriteRaw(frame);
            _octets += frame.Length;
            wrong = Complaint(before);
        }

        if (wrong is not null)
        {
            close(wrong);
        }
    }

    public void Flush()
    {
        if (TakeForSending())
        {
            SendTaken();
        }
    }

    /// <summary>The connection ends: a last try with what is buffered, then nothing is accepted any more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            if (!_sending && _filling.Length > 0 && _filling.Length <= options.OutOctetsMax)
            {
                TrySend(_filling.Written, out _, out _);
            }
        }
    }

    private string? Complaint(int octetsBefore)
    {
        int frameOctets = _filling.Length - octetsBefore;
        if (frameOctets > options.FrameOctetsMax)
        {
            _filling.Truncate(octetsBefore);
            return $"A frame of {frameOctets} octets was to be sent; {options.FrameOctetsMax} are the most allowed.";
        }

        return _filling.Length + _leavingOctets > options.OutOctetsMax
            ? $"The peer does not read: more than {options.OutOctetsMax} octets wait to be sent to it."
            : null;
    }

    private bool TakeForSending()
    {
        lock (_lock)
        {
            if (_closed || _filling.Length == 0)
            {
                return false;
            }

            if (_sending)
            {
                _flushWanted = true;
                return false;
            }

            _sending = true;
            Swap();
            return true;
        }
    }

    /// <summary>Sends on the caller's thread while the kernel takes octets, then goes on asynchronously.</summary>
    private void SendTaken()
    {
        do
        {
            ReadOnlySpan<byte> octets = _leaving.Written;
            if (!TrySend(octets, out int sent, out SocketError error))
            {
                Broken(error);
                return;
            }

            if (sent < octets.Length)
            {
                _ = SendRestAsync(_leaving.WrittenMemory[sent..]);
                return;
            }
        }
        while (TakeMore());
    }

    private async Task SendRestAsync(ReadOnlyMemory<byte> rest)
    {
        try
        {
            while (!rest.IsEmpty)
            {
                int sent = await carrier.SendAsync(rest).ConfigureAwait(false);
                rest = rest[sent..];
                lock (_lock)
                {
                    _leavingOctets = rest.Length;
                }
            }
        }
        catch (SocketException e)
        {
            Broken(e.SocketErrorCode);
            return;
        }
        catch (ObjectDisposedException)
        {
            Broken(SocketError.OperationAborted);
            return;
        }

        if (TakeMore())
        {
            SendTaken();
        }
    }

    /// <summary>Everything taken has left: take what somebody has flushed since, or stop sending.</summary>
    private bool TakeMore()
    {
        lock (_lock)
        {
            Empty(ref _leaving);
            _leavingOctets = 0;
            if (_closed || !_flushWanted || _filling.Length == 0)
            {
                _flushWanted = false;
                _sending = false;
                return false;
            }

            Swap();
            return true;
        }
    }

    private void Swap()
    {
        (_filling, _leaving) = (_leaving, _filling);
        _leavingOctets = _leaving.Length;
        _flushWanted = false;
    }

    private static void Empty(ref BerWriter writer)
    {
        if (writer.Length > TransportLimits.OutBufferKeptOctets)
        {
            writer = new BerWriter();
        }
        else
        {
            writer.Reset();
        }
    }

    private bool TrySend(ReadOnlySpan<byte> octets, out int sent, out SocketError error)
    {
        error = carrier.TrySend(octets, out sent);
        return error is SocketError.Success or SocketError.WouldBlock;
    }

    private void Broken(SocketError error) =>
        close(error == SocketError.OperationAborted
            ? "The connection was closed by this side."
            : $"The connection broke while sending ({error}).");
}
