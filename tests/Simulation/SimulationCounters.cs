using System.Reflection;

namespace Ccr.Simulation;

/// <summary>What happened in one or more simulated runs, counted.</summary>
public sealed class SimulationCounters
{
    private static readonly PropertyInfo[] All = typeof(SimulationCounters).GetProperties();

    /// <summary>Runs.</summary>
    public long Seeds { get; set; }

    /// <summary>Atomic actions that were opened.</summary>
    public long Opened { get; set; }

    /// <summary>Actions of which the Client was told that they are committed.</summary>
    public long Committed { get; set; }

    /// <summary>Actions of which the Client was told that they are rolled back.</summary>
    public long RolledBack { get; set; }

    /// <summary>Managers that were killed.</summary>
    public long ManagerCrashes { get; set; }

    /// <summary>Machines that were stopped.</summary>
    public long MachineCrashes { get; set; }

    /// <summary>Servers that were killed.</summary>
    public long ServerCrashes { get; set; }

    /// <summary>Partitions of any kind.</summary>
    public long Partitions { get; set; }

    /// <summary>Connections that were lost by fault.</summary>
    public long ConnectionsCut { get; set; }

    /// <summary>Nodes or Servers that stood still.</summary>
    public long Pauses { get; set; }

    /// <summary>Forces of logs.</summary>
    public long Forces { get; set; }

    /// <summary>Unforced writes that were torn at a stop.</summary>
    public long TornWrites { get; set; }

    /// <summary>Of them, those of which any sectors were kept.</summary>
    public long SectorTears { get; set; }

    /// <summary>Unforced writes that were lost at a stop.</summary>
    public long LostWrites { get; set; }

    /// <summary>Logs that failed by a write or a force, or a full disk.</summary>
    public long LogFailures { get; set; }

    /// <summary>Heuristic decisions.</summary>
    public long Heuristics { get; set; }

    /// <summary>Servers that lost their data.</summary>
    public long Wipes { get; set; }

    /// <summary>Application branches that Clients enlisted.</summary>
    public long Enlisted { get; set; }

    /// <summary>Application branches that were prepared.</summary>
    public long DatabaseBranches { get; set; }

    /// <summary>Orders that a database's Server carried out for an owner.</summary>
    public long DatabaseOrders { get; set; }

    /// <summary>Orders that a database could not be reached for.</summary>
    public long DatabaseUnreached { get; set; }

    /// <summary>Scans of databases for prepared branches.</summary>
    public long Scans { get; set; }

    /// <summary>Owners of application branches that were killed.</summary>
    public long OwnersKilled { get; set; }

    /// <summary>Owners of application branches that stood still.</summary>
    public long OwnersStopped { get; set; }

    /// <summary>Look-ups at Location Servers.</summary>
    public long LookUps { get; set; }

    /// <summary>Branches that a Server extended to another Server.</summary>
    public long Extensions { get; set; }

    /// <summary>Links between managers that came up.</summary>
    public long LinksUp { get; set; }

    /// <summary>Links that were refused for their identity.</summary>
    public long LinksRefused { get; set; }

    /// <summary>Branches that a Server holds because the manager was not the one it promised.</summary>
    public long NotMine { get; set; }

    /// <summary>Servers that went to another node with what they had promised.</summary>
    public long ServerMoves { get; set; }

    /// <summary>Actions that made the core throw, and were set aside.</summary>
    public long Poisoned { get; set; }

    /// <summary>Questions of Clients that were refused because their action was set aside.</summary>
    public long AnsweredHeld { get; set; }

    /// <summary>Copies of a node from an earlier time that were started beside it.</summary>
    public long OldCopies { get; set; }

    /// <summary>Times that a peer refused such a copy.</summary>
    public long OldCopiesRefused { get; set; }

    /// <summary>Forces that failed with pages in the cache that the disk does not have.</summary>
    public long FailedForces { get; set; }

    /// <summary>Frames that were read.</summary>
    public long Frames { get; set; }

    /// <summary>Facts that the checker of invariants was told.</summary>
    public long Observations { get; set; }

    /// <summary>Events of the simulated clock.</summary>
    public long Events { get; set; }

    /// <summary>Simulated seconds.</summary>
    public long SimulatedSeconds { get; set; }

    /// <summary>Names and values, in the order of declaration.</summary>
    public IEnumerable<(string Name, long Value)> Values() => All.Select(p => (p.Name, (long)p.GetValue(this)!));

    /// <summary>Adds what another run counted.</summary>
    public void Add(SimulationCounters other)
    {
        foreach (PropertyInfo property in All)
        {
            property.SetValue(this, (long)property.GetValue(this)! + (long)property.GetValue(other)!);
        }
    }
}
