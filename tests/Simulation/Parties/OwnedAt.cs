namespace Ccr.Simulation;

/// <summary>A Client's own connection to a database, and its branch there: what goes over it keeps its order.</summary>
internal sealed class OwnedAt(SimClient owner, SimServer database, BranchOf branch)
{
    private long _lastUs;

    internal BranchOf Branch { get; } = branch;

    internal string Database { get; } = database.Name;

    internal bool IsPrepared { get; set; }

    /// <summary>The manager was told that it is ended or left to others.</summary>
    internal bool IsOver { get; set; }

    /// <summary>Sends a command; the answer comes once, or never.</summary>
    internal void Send(Action<SimServer, Action<bool>> command, Action<bool> answered)
    {
        SimWorld world = owner.World;
        _lastUs = Math.Max(_lastUs, world.Clock.NowUs + world.Timing.Between(10, 20_000));
        database.In(_lastUs - world.Clock.NowUs, () => command(database, was =>
            owner.In(world.Timing.Between(10, 20_000), () => answered(was))));
    }

    /// <summary>The connection ends behind all that was sent.</summary>
    internal void Close() => Send((at, _) => at.OwnerGone(Branch), _ => { });
}
