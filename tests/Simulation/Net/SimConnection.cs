namespace Ccr.Simulation;

/// <summary>A connection between two processes: two streams, each of which keeps its order and nothing else.</summary>
internal sealed class SimConnection(SimNetwork net, long number, string what)
{
    private readonly Direction _forth = new();
    private readonly Direction _back = new();

    internal SimNetwork Net { get; } = net;

    /// <summary>Never used twice, and the same at both ends.</summary>
    internal long Number { get; } = number;

    /// <summary>The network has lost it: nothing arrives any more, though an end may not know it yet.</summary>
    internal bool IsBroken { get; private set; }

    internal SimEnd Opener { get; set; } = null!;

    internal SimEnd Acceptor { get; set; } = null!;

    public override string ToString() => $"{what} #{Number}";

    /// <summary>Gives octets to the network.</summary>
    internal void Transmit(SimEnd from, ReadOnlySpan<byte> octets)
    {
        if (IsBroken)
        {
            Net.Clock.In(Net.LatencyUs(from.Host, from.Peer.Host), () => from.Reset("Connection reset by peer."));
            return;
        }

        while (octets.Length > 0)
        {
            int length = Net.PieceOf(octets.Length);
            Direction way = WayFrom(from);
            way.Pieces.Enqueue(octets[..length].ToArray());
            Schedule(from, way);
            octets = octets[length..];
        }
    }

    /// <summary>An end is closed: behind what it has sent, or at once, what was on its way being lost.</summary>
    internal void HangUp(SimEnd from, bool abrupt)
    {
        if (IsBroken)
        {
            return;
        }

        if (abrupt)
        {
            Break(from.Peer, "Connection reset by peer.");
        }
        else
        {
            Direction way = WayFrom(from);
            way.Pieces.Enqueue(null);
            Schedule(from, way);
        }
    }

    /// <summary>
    /// The network loses the connection: octets on their way are gone both ways, and the ends learn of it at different
    /// moments, or only when they next send.
    /// </summary>
    internal void Cut()
    {
        if (!IsBroken)
        {
            Break(Opener, "Connection reset by peer.");
            Break(Acceptor, "Connection reset by peer.");
        }
    }

    /// <summary>The way is free again: what waited goes on.</summary>
    internal void Unblocked(int from, int to)
    {
        foreach (SimEnd end in (SimEnd[])[Opener, Acceptor])
        {
            Direction way = WayFrom(end);
            if (end.Host == from && end.Peer.Host == to)
            {
                for (; way.Stalled > 0; way.Stalled--)
                {
                    Schedule(end, way);
                }
            }
        }
    }

    private void Break(SimEnd told, string reason)
    {
        IsBroken = true;
        long? delayUs = told.Host == told.Peer.Host ? Net.ReadDelayUs() : Net.ResetDelayUs();
        if (delayUs is { } us)
        {
            Net.Clock.In(us, () => told.Reset(reason));
        }
    }

    private Direction WayFrom(SimEnd from) => ReferenceEquals(from, Opener) ? _forth : _back;

    // Pieces keep their order: each of these events moves the piece that is the first by then.
    private void Schedule(SimEnd from, Direction way)
    {
        long at = Math.Max(way.LastArrivalUs, Net.Clock.NowUs + Net.LatencyUs(from.Host, from.Peer.Host));
        way.LastArrivalUs = at;
        Net.Clock.At(at, () => Arrive(from, way));
    }

    private void Arrive(SimEnd from, Direction way)
    {
        SimEnd to = from.Peer;
        if (IsBroken)
        {
            return;
        }

        if (Net.IsBlocked(from.Host, to.Host))
        {
            way.Stalled++;
            return;
        }

        byte[]? octets = way.Pieces.Dequeue();
        if (!to.IsClosed)
        {
            if (octets is null)
            {
                to.ArriveEnd();
            }
            else
            {
                Net.OctetsMoved += octets.Length;
                to.Arrive(octets);
            }
        }
        else if (octets is not null && to.Owner.Node.IsMachineUp && !Net.IsBlocked(to.Host, from.Host))
        {
            // Nobody reads there any more: the kernel of that machine says so.
            Break(from, "Connection reset by peer.");
        }
    }

    private sealed class Direction
    {
        internal long LastArrivalUs { get; set; }

        /// <summary>What is on its way; null is the end.</summary>
        internal Queue<byte[]?> Pieces { get; } = new();

        /// <summary>How many of them wait until the way is free.</summary>
        internal int Stalled { get; set; }
    }
}
