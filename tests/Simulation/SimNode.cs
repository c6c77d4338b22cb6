using System.Globalization;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>One machine: its disk, and the programs that run on it.</summary>
internal sealed class SimNode
{
    private readonly Prng _chance;
    private int _port = 4_000;
    private int _logs;
    private int _forcesUntilStop = -1;
    private long _stopDownUs;

    internal SimNode(SimWorld world, int index, string name, SimDisk? copyOf = null)
    {
        IsCopy = copyOf is not null;
        World = world;
        Index = index;
        Name = NodeName.Parse(name);
        _chance = new Prng(world.Plan.Seed, (ulong)(100 + index));
        Disk = copyOf ?? new SimDisk(new Prng(world.Plan.Seed, (ulong)(200 + index)))
        {
            LossChance = world.Plan.Knobs.LossChance,
            TearChance = world.Plan.Knobs.TearChance,
        };
        Time = new SimTime(world.Clock);
        Record = new LogRecollection(this);
        Servers = copyOf is not null ? [] :
        [
            .. Enumerable.Range(0, world.Plan.Knobs.ServersPerNode).Select(i => new ServerPlaceOf(
                this, SimWorld.ServerName(index, i), new Prng(world.Plan.Seed, (ulong)(300 + (index * 10) + i)))),
        ];
        Databases = copyOf is not null ? [] :
        [
            .. Enumerable.Range(0, world.Plan.Knobs.DatabasesPerNode).Select(i => new ServerPlaceOf(
                this, SimWorld.DatabaseName(index, i), new Prng(world.Plan.Seed, (ulong)(400 + (index * 10) + i)))
            {
                IsDatabase = true,
            }),
        ];
    }

    /// <summary>The databases of this node: Servers that never move and are never begun.</summary>
    internal IReadOnlyList<ServerPlaceOf> Databases { get; }

    /// <summary>All of its Servers, and its databases.</summary>
    internal IReadOnlyList<ServerPlaceOf> Places => [.. Servers, .. Databases];

    internal SimWorld World { get; }

    internal int Index { get; }

    /// <summary>It is no node of the system: somebody started a copy of one's disk from an earlier time.</summary>
    internal bool IsCopy { get; }

    internal NodeName Name { get; }

    internal SimDisk Disk { get; }

    internal SimTime Time { get; }

    internal LogRecollection Record { get; }

    internal IReadOnlyList<ServerPlaceOf> Servers { get; }

    /// <summary>The Servers that run here, of this node or moved here.</summary>
    internal ServerPlaceOf[] Present => [.. World.Nodes.SelectMany(n => n.Places).Where(p => p.Node == this)];

    internal SimManager? Manager { get; private set; }

    internal SimLocation? Location { get; private set; }

    internal bool IsMachineUp { get; private set; }

    internal List<AtomicActionId> Held { get; } = [];

    internal IReadOnlyList<Announcement> SavedPeers { get; set; } = [];

    internal const string LogDirectory = "/simulated/log";

    internal LogIdentity NextLogIdentity => new(new UInt128((ulong)(Index + 1), (ulong)(++_logs)));

    /// <summary>Where the others were told at first that it listens.</summary>
    internal string FirstAddress => AddressAt(4_000);

    internal string Address => AddressAt(_port);

    internal string SessionAddress => Name.Value + (IsCopy ? ".copy.sock" : ".sock");

    internal string LocationAddress => Name.Value + ":99";

    /// <summary>How much longer forces take; 1 is usual.</summary>
    internal int DiskSlowness { get; set; } = 1;

    internal SimManager? LiveManager => Manager is { IsAlive: true } live ? live : null;

    internal void Move() => _port++;

    internal long ForceUs() => _chance.Between(20, World.Plan.Knobs.ForceMaxUs) * DiskSlowness;

    /// <summary>The machine starts, and everything on it.</summary>
    internal void Boot()
    {
        IsMachineUp = true;
        StartManager();
        StartLocation();
        foreach (ServerPlaceOf place in Present)
        {
            StartServer(place);
        }
    }

    internal void StartLocation() => Location = Location is { IsAlive: true } ? Location : new SimLocation(this);

    internal void StartServer(ServerPlaceOf place)
    {
        if (IsMachineUp && place.Running is not { IsAlive: true })
        {
            place.Running = new SimServer(place);
        }
    }

    internal void StartManager()
    {
        if (!IsMachineUp || LiveManager is not null)
        {
            return;
        }

        bool faulty = Disk.IsFull || Disk.OperationsUntilFailure >= 0;
        try
        {
            Manager = new SimManager(this);
            World.Clock.In(ForceUs() * 3, Begin(Manager));
        }
        catch (Exception failure) when (failure is LogFailedException or IOException && faulty)
        {
            World.Transcript.Say(Name.Value, $"cannot start: {failure.Message}");
            Record.NotOpened();
            Disk.Stop(machine: false);
            World.Clock.In(500_000, StartManager);
        }
        catch (LogFailedException failure)
        {
            throw new SimulationException($"LOG: The log of {Name} is refused without reason: {failure.Message}");
        }
    }

    /// <summary>A manager runs from this copy for a while.</summary>
    internal void RunAsCopy(long lengthUs)
    {
        IsMachineUp = true;
        StartManager();
        World.Clock.In(lengthUs, () =>
        {
            IsMachineUp = false;
            LiveManager?.Die(machineStops: false);
        });
    }

    /// <summary>The core threw at this action: it is set aside, and the manager starts again without it.</summary>
    internal void SetAside(SimManager manager, AtomicActionId action)
    {
        World.Counters.Poisoned++;
        Held.Add(action);
        World.Transcript.Fault(Name.Value, World.Transcript.IsWritten ? $"POISON: {action} is set aside" : "");
        CrashHere(manager);
    }

    /// <summary>The operator takes up again what was set aside: from the next start on.</summary>
    internal void ReleaseHeld()
    {
        if (Held.Count > 0)
        {
            Held.Clear();
            KillManager(1_000);
        }
    }

    /// <summary>The manager is killed; somebody starts it again after a while.</summary>
    internal void KillManager(long downUs)
    {
        if (LiveManager is { } manager)
        {
            World.Counters.ManagerCrashes++;
            World.Transcript.Fault(Name.Value, "the manager is KILLED");
            manager.Die(machineStops: false);
        }

        World.Clock.In(downUs, StartManager);
    }

    /// <summary>The manager dies by itself at this point of what it does.</summary>
    internal void CrashHere(SimManager manager)
    {
        if (ReferenceEquals(manager, Manager) && manager.IsAlive)
        {
            KillManager(_chance.Between(1_000, 2_000_000));
        }
    }

    /// <summary>The machine will stop in the middle of one of its log's next forces.</summary>
    internal void StopAtForce(int forces, long downUs)
    {
        _forcesUntilStop = forces;
        _stopDownUs = downUs;
    }

    /// <summary>The log's writer has asked for a force that takes so long.</summary>
    internal void ForceBegins(long takesUs)
    {
        if (_forcesUntilStop >= 0 && _forcesUntilStop-- == 0)
        {
            World.Clock.In(_chance.Between(0, takesUs), () => StopMachine(_stopDownUs));
        }
    }

    internal void NoMoreFaults()
    {
        _forcesUntilStop = -1;
        DiskSlowness = 1;
        Disk.IsFull = false;
        Disk.OperationsUntilFailure = -1;
    }

    /// <summary>Everything on the machine stops, and what was not forced may be lost.</summary>
    internal void StopMachine(long downUs)
    {
        if (!IsMachineUp)
        {
            return;
        }

        IsMachineUp = false;
        World.Counters.MachineCrashes++;
        World.Transcript.Fault(Name.Value, "the machine STOPS");
        LiveManager?.Die(machineStops: true);
        Disk.Stop(machine: true);
        Location?.Die(machineStops: true);
        foreach (ServerPlaceOf place in Present)
        {
            place.Running?.Die(machineStops: true);
        }

        foreach (SimClient client in World.Clients.Where(c => ReferenceEquals(c.Node, this)).ToArray())
        {
            client.Die(machineStops: true);
        }

        if (downUs >= 0)
        {
            World.Clock.In(downUs, Boot);
        }
    }

    internal void Pause(long untilUs)
    {
        LiveManager?.Pause(untilUs);
        Location?.Pause(untilUs);
        foreach (ServerPlaceOf place in Present)
        {
            place.Running?.Pause(untilUs);
        }
    }

    private string AddressAt(int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{Name}{(IsCopy ? ".copy" : "")}:{port}");

    private static Action Begin(SimManager manager) => () =>
    {
        if (manager.IsAlive)
        {
            manager.Begin();
        }
    };
}
