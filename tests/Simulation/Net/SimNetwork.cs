namespace Ccr.Simulation;

/// <summary>Accepts connections at an address.</summary>
internal interface IListener
{
    SimProcess Owner { get; }

    IEndUser Accept(SimEnd end);
}

/// <summary>Why a connection could not be opened.</summary>
internal enum DialFailure
{
    Refused,
    NoAnswer,
}

/// <summary>The network between the machines, and the sockets within each.</summary>
internal sealed class SimNetwork(SimWorld world, Prng chance)
{
    private readonly Dictionary<string, IListener> _listeners = new(StringComparer.Ordinal);
    private readonly List<SimConnection> _connections = [];
    private readonly Dictionary<(int From, int To), int> _blocks = [];
    private long _numbers;

    internal SimClock Clock => world.Clock;

    internal long FramesRead { get; set; }

    internal long OctetsMoved { get; set; }

    internal long Cuts { get; private set; }

    /// <summary>How much longer everything takes; 1 is usual.</summary>
    internal int Slowness { get; set; } = 1;

    /// <summary>How likely a piece of a stream is cut once more.</summary>
    internal double SplitChance { get; set; } = 0.2;

    /// <summary>The longest way of a message between two machines, in microseconds.</summary>
    internal long LatencyMaxUs { get; set; } = 2_000;

    internal void Listen(string address, IListener listener) => _listeners[address] = listener;

    internal bool IsBlocked(int from, int to) => from != to && _blocks.GetValueOrDefault((from, to)) > 0;

    /// <summary>Octets from one machine to another are held up until <see cref="Unblock"/>.</summary>
    internal void Block(int from, int to) => _blocks[(from, to)] = _blocks.GetValueOrDefault((from, to)) + 1;

    internal void Unblock(int from, int to)
    {
        if (--_blocks[(from, to)] == 0)
        {
            foreach (SimConnection connection in _connections.ToArray())
            {
                connection.Unblocked(from, to);
            }
        }
    }

    /// <summary>Loses the connections between two machines; how many there were.</summary>
    internal int Cut(int one, int other)
    {
        int cut = 0;
        foreach (SimConnection connection in _connections.ToArray())
        {
            (int a, int b) = (connection.Opener.Host, connection.Acceptor.Host);
            if (!connection.IsBroken && ((a == one && b == other) || (a == other && b == one)))
            {
                connection.Cut();
                cut++;
            }
        }

        Cuts += cut;
        return cut;
    }

    /// <summary>Opens a connection; exactly one of the two is called, unless the opener dies before.</summary>
    internal void Dial(
        SimProcess from, string address, IEndUser user, Action<SimEnd> opened, Action<DialFailure> failed)
    {
        if (!_listeners.TryGetValue(address, out IListener? listener))
        {
            from.In(LatencyUs(from.Node.Index, from.Node.Index), () => failed(DialFailure.Refused));
            return;
        }

        int here = from.Node.Index;
        int there = listener.Owner.Node.Index;
        Clock.In(LatencyUs(here, there), () =>
        {
            bool silent = IsBlocked(here, there) || IsBlocked(there, here) || !listener.Owner.Node.IsMachineUp;
            bool refused = !listener.Owner.IsAlive || !ReferenceEquals(_listeners[address], listener);
            if (silent || refused)
            {
                long waitUs = silent ? 3_000_000 : LatencyUs(there, here);
                from.In(waitUs, () => failed(silent ? DialFailure.NoAnswer : DialFailure.Refused));
                return;
            }

            if (from.IsAlive)
            {
                Connect(from, address, listener, user, opened);
            }
        });
    }

    /// <summary>A message that is no part of a stream: it arrives, or it does not.</summary>
    internal void Post(SimProcess from, SimProcess to, Action act)
    {
        int here = from.Node.Index;
        int there = to.Node.Index;
        Clock.In(LatencyUs(here, there), () =>
        {
            if (!IsBlocked(here, there))
            {
                to.In(0, act);
            }
        });
    }

    internal long LatencyUs(int from, int to) =>
        from == to ? chance.Between(2, 30) : chance.Between(30, LatencyMaxUs) * Slowness;

    internal long ReadDelayUs() => chance.Between(1, 60);

    /// <summary>How much of these octets goes in one piece.</summary>
    internal int PieceOf(int octets) =>
        octets > 1 && chance.Chance(SplitChance) ? (int)chance.Between(1, octets - 1) : octets;

    /// <summary>When an end learns that its connection is lost; null: only when it sends.</summary>
    internal long? ResetDelayUs() => chance.Chance(0.25) ? null
        : chance.Chance(0.5) ? chance.Between(10, 3_000) : chance.Between(1_000, 4_000_000);

    private void Connect(
        SimProcess from, string address, IListener listener, IEndUser user, Action<SimEnd> opened)
    {
        SimConnection connection = new(this, ++_numbers, address);
        SimEnd opener = new(connection, from, user);
        Accepted accepted = new();
        SimEnd acceptor = new(connection, listener.Owner, accepted);
        opener.Peer = acceptor;
        acceptor.Peer = opener;
        connection.Opener = opener;
        connection.Acceptor = acceptor;
        from.Ends.Add(opener);
        listener.Owner.Ends.Add(acceptor);
        _connections.RemoveAll(one => one.Opener.IsClosed && one.Acceptor.IsClosed);
        _connections.Add(connection);
        accepted.User = listener.Accept(acceptor);
        from.In(LatencyUs(acceptor.Host, opener.Host), () => opened(opener));
    }

    /// <summary>Stands for the acceptor's user until the listener has named it.</summary>
    private sealed class Accepted : IEndUser
    {
        internal IEndUser? User { get; set; }

        public void OnFrame(SimEnd end, ReadOnlySpan<byte> frame) => User!.OnFrame(end, frame);

        public void OnBatchEnd(SimEnd end) => User!.OnBatchEnd(end);

        public void OnClosed(SimEnd end, string reason) => User!.OnClosed(end, reason);
    }
}

/// <summary>The simulation itself cannot go on; or a seed has failed, in a sentence.</summary>
internal sealed class SimulationException(string message) : Exception(message);
