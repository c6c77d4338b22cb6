using Ccr.Protocol.Ber;

namespace Ccr.Simulation;

/// <summary>Who gets what arrives on a connection.</summary>
internal interface IEndUser
{
    void OnFrame(SimEnd end, ReadOnlySpan<byte> frame);

    /// <summary>All that had arrived has been handed over.</summary>
    void OnBatchEnd(SimEnd end);

    void OnClosed(SimEnd end, string reason);
}

/// <summary>
/// One end of a stream of octets. What is sent is cut and joined anew on its way; the receiver finds the frames in it
/// by the product's own code.
/// </summary>
internal sealed class SimEnd(SimConnection connection, SimProcess owner, IEndUser user)
{
    private readonly BerWriter _out = new(256);
    private readonly List<Action> _leaving = [];
    private byte[] _in = [];
    private int _inLength;
    private bool _reading;
    private bool _hungUp;

    internal SimConnection Connection { get; } = connection;

    internal SimProcess Owner { get; } = owner;

    internal object? Tag { get; set; }

    /// <summary>Nothing is read or sent here any more.</summary>
    internal bool IsClosed { get; private set; }

    internal SimEnd Peer { get; set; } = null!;

    internal int Host => Owner.Node.Index;

    /// <summary>Puts a message into the buffer; it leaves with the next <see cref="Flush"/>.</summary>
    /// <param name="message">The message.</param>
    /// <param name="left">Called when it is given to the network.</param>
    internal void Send(IBerMessage message, Action? left = null)
    {
        if (IsClosed)
        {
            return;
        }

        message.Write(_out);
        if (left is not null)
        {
            _leaving.Add(left);
        }
    }

    internal void Flush()
    {
        if (IsClosed || _out.Length == 0)
        {
            return;
        }

        foreach (Action left in _leaving)
        {
            left();
        }

        _leaving.Clear();
        Connection.Transmit(this, _out.Written);
        _out.Reset();
    }

    /// <summary>The process closes the connection; it is told of the end like anybody else.</summary>
    internal void Close(string reason)
    {
        if (!IsClosed)
        {
            Flush();
            Shut(reason);
            Connection.HangUp(this, abrupt: false);
        }
    }

    /// <summary>The network says that the connection is gone.</summary>
    internal void Reset(string reason)
    {
        if (!IsClosed)
        {
            Shut(reason);
        }
    }

    internal void OwnerDied(bool machineStops)
    {
        if (IsClosed)
        {
            return;
        }

        IsClosed = true;
        if (!machineStops)
        {
            // Octets that its kernel had taken still leave; what stood unread makes it a reset.
            Connection.HangUp(this, abrupt: _inLength > 0);
        }
    }

    /// <summary>Octets have come; the process reads them in a moment, with what else has come by then.</summary>
    internal void Arrive(byte[] octets)
    {
        if (_inLength + octets.Length > _in.Length)
        {
            Array.Resize(ref _in, Math.Max(256, (_inLength + octets.Length) * 2));
        }

        octets.CopyTo(_in, _inLength);
        _inLength += octets.Length;
        Wake();
    }

    /// <summary>The other end has hung up behind its last octet.</summary>
    internal void ArriveEnd()
    {
        _hungUp = true;
        Wake();
    }

    private void Wake()
    {
        if (!_reading)
        {
            _reading = true;
            Owner.In(Connection.Net.ReadDelayUs(), Read);
        }
    }

    private void Read()
    {
        _reading = false;
        int from = 0;
        while (!IsClosed && from < _inLength)
        {
            BerError error = BerFrame.Measure(_in.AsSpan(from, _inLength - from), out int length);
            if (error != BerError.None)
            {
                throw new SimulationException($"WIRE: The stream {Connection} does not hold frames any more: {error}.");
            }

            if (length == 0 || length > _inLength - from)
            {
                break;
            }

            Connection.Net.FramesRead++;
            user.OnFrame(this, _in.AsSpan(from, length));
            from += length;
        }

        if (from > 0)
        {
            _in.AsSpan(from, _inLength - from).CopyTo(_in);
            _inLength -= from;
            if (!IsClosed)
            {
                user.OnBatchEnd(this);
            }
        }

        if (_hungUp && !IsClosed)
        {
            Shut("The other end has closed the connection.");
        }
    }

    private void Shut(string reason)
    {
        IsClosed = true;
        Owner.Ends.Remove(this);
        Owner.In(Connection.Net.ReadDelayUs(), () => user.OnClosed(this, reason));
    }
}
