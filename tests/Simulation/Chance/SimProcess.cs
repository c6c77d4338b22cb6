namespace Ccr.Simulation;

/// <summary>A program that runs on a node, and may be stopped for a while, or killed.</summary>
internal abstract class SimProcess(SimWorld world, SimNode node, string name)
{
    // What fell due in a pause, in its order; each has an event of its own, which does the first by then.
    private readonly Queue<Action> _heldUp = new();

    internal SimWorld World { get; } = world;

    internal SimNode Node { get; } = node;

    internal string Name { get; } = name;

    internal bool IsAlive { get; private set; } = true;

    internal long PausedUntilUs { get; private set; }

    /// <summary>The ends of connections that it holds.</summary>
    internal List<SimEnd> Ends { get; } = [];

    /// <summary>Does something later, unless it was killed meanwhile; when paused, afterwards, in order.</summary>
    internal void In(long delayUs, Action act) => World.Clock.In(delayUs, () => Do(act));

    internal void Pause(long untilUs) => PausedUntilUs = Math.Max(PausedUntilUs, untilUs);

    /// <summary>It is gone. Its machine's kernel closes its connections, unless the machine stops with it.</summary>
    internal void Die(bool machineStops)
    {
        if (!IsAlive)
        {
            return;
        }

        IsAlive = false;
        foreach (SimEnd end in Ends.ToArray())
        {
            end.OwnerDied(machineStops);
        }

        Ends.Clear();
        Died(machineStops);
    }

    private bool IsPaused => PausedUntilUs > World.Clock.NowUs;

    private protected abstract void Died(bool machineStops);

    private void Do(Action act)
    {
        if (!IsAlive)
        {
            return;
        }

        // A pause that grows must not put what waits already behind what comes later: a connection keeps its order.
        if (IsPaused || _heldUp.Count > 0)
        {
            _heldUp.Enqueue(act);
            World.Clock.At(PausedUntilUs, DoHeldUp);
            return;
        }

        act();
    }

    private void DoHeldUp()
    {
        if (!IsAlive)
        {
            return;
        }

        if (IsPaused)
        {
            World.Clock.At(PausedUntilUs, DoHeldUp);
            return;
        }

        _heldUp.Dequeue()();
    }
}
