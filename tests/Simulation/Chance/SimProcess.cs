namespace Ccr.Simulation;

/// <summary>A program that runs on a node, and may be stopped for a while, or killed.</summary>
internal abstract class SimProcess(SimWorld world, SimNode node, string name)
{
    internal SimWorld World { get; } = world;

    internal SimNode Node { get; } = node;

    internal string Name { get; } = name;

    internal bool IsAlive { get; private set; } = true;

    internal long PausedUntilUs { get; private set; }

    /// <summary>The ends of connections that it holds.</summary>
    internal List<SimEnd> Ends { get; } = [];

    /// <summary>Does something later, unless it was killed meanwhile; when it is paused, afterwards.</summary>
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

    private protected abstract void Died(bool machineStops);

    private void Do(Action act)
    {
        if (!IsAlive)
        {
            return;
        }

        if (PausedUntilUs > World.Clock.NowUs)
        {
            World.Clock.At(PausedUntilUs, () => Do(act));
            return;
        }

        act();
    }
}
