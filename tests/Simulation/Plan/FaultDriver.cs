using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>Carries out the faults of a plan, and ends them all.</summary>
internal sealed partial class FaultDriver(SimWorld world)
{
    private readonly Prng _chance = new(world.Plan.Seed, 5);
    private readonly List<(int From, int To)> _blocked = [];
    private bool _over;

    internal void Schedule()
    {
        foreach (FaultEvent fault in world.Plan.Faults)
        {
            world.Clock.At(fault.AtUs, () => Do(fault));
        }
    }

    /// <summary>The faults are over: what is down comes up, what is blocked opens.</summary>
    internal void EndAll()
    {
        _over = true;
        foreach ((int from, int to) in _blocked.ToArray())
        {
            Unblock(from, to);
        }

        world.Net.Slowness = 1;
        foreach (SimNode node in world.Nodes)
        {
            node.NoMoreFaults();
            if (node.LiveManager is { } manager)
            {
                manager.OutputsUntilCrash = -1;
                manager.InputsUntilPoison = -1;
            }

            node.ReleaseHeld();
            if (node.IsMachineUp)
            {
                node.StartManager();
                node.StartLocation();
                Array.ForEach(node.Present, node.StartServer);
            }
        }
    }

    private void Do(FaultEvent fault)
    {
        world.Transcript.Fault(world.Nodes[fault.Node].Name.Value, world.Transcript.IsWritten ? fault.ToString() : "");
        SimNode node = world.Nodes[fault.Node];
        switch (fault.Kind)
        {
            case FaultKind.KillManager:
                node.KillManager(fault.LengthUs);
                break;
            case FaultKind.CrashMachine when fault.Other % 3 != 0:
                node.StopAtForce(fault.Other % 5, fault.LengthUs);
                break;
            case FaultKind.CrashMachine:
                node.StopMachine(fault.LengthUs);
                break;
            case FaultKind.CrashAtOutput when node.LiveManager is { } manager:
                manager.OutputsUntilCrash = fault.Other;
                break;
            case FaultKind.RestartStorm:
                Storm(node, fault.Other);
                break;
            case FaultKind.PauseNode:
                world.Counters.Pauses++;
                node.Pause(Math.Min(world.Clock.NowUs + fault.LengthUs, world.Plan.FaultsEndUs));
                break;
            case FaultKind.CutLinks:
                world.Counters.ConnectionsCut += world.Net.Cut(fault.Node, fault.Other);
                break;
            case FaultKind.PartitionOneWay or FaultKind.PartitionBothWays or FaultKind.Isolate or FaultKind.Swizzle:
                Partition(fault);
                break;
            case FaultKind.MoveNode:
                node.KillManager(Math.Min(fault.LengthUs, 2_000_000));
                node.Move();
                break;
            case FaultKind.Resolve or FaultKind.ForgetDamage:
                Operate(node, fault.Kind, world.Clock.NowUs + fault.LengthUs);
                break;
            case FaultKind.PauseServer or FaultKind.KillServer:
                DoToServer(fault, node.Places[fault.Other % node.Places.Count]);
                break;
            case FaultKind.WipeServer or FaultKind.DecideByHand:
                DoToServer(fault, node.Servers[fault.Other % node.Servers.Count]);
                break;
            case FaultKind.MoveServer when node.Servers[fault.Other % node.Servers.Count] is var moving:
                Roam(moving, fault);
                break;
            case FaultKind.Poison when node.LiveManager is { } poisoned:
                poisoned.InputsUntilPoison = fault.Other % 20;
                break;
            case FaultKind.OldCopy when node.LiveManager is { } copied:
                OldCopy(node, copied, fault.LengthUs);
                break;
            default:
                Disturb(fault, node);
                break;
        }
    }

    private void Disturb(FaultEvent fault, SimNode node)
    {
        switch (fault.Kind)
        {
            case FaultKind.SlowNetwork:
                world.Net.Slowness = fault.Other;
                world.Clock.In(fault.LengthUs, () => world.Net.Slowness = 1);
                break;
            case FaultKind.SlowDisk:
                node.DiskSlowness = fault.Other;
                world.Clock.In(fault.LengthUs, () => node.DiskSlowness = 1);
                break;
            case FaultKind.DiskFull:
                node.Disk.IsFull = true;
                world.Clock.In(fault.LengthUs, () => node.Disk.IsFull = false);
                break;
            case FaultKind.DiskFails:
                node.Disk.OperationsUntilFailure = fault.Other;
                world.Clock.In(fault.LengthUs, () => node.Disk.OperationsUntilFailure = -1);
                break;
            case FaultKind.ClockJump:
                node.Time.JumpedUs += (fault.Other - 500) * 10_000_000L;
                break;
            case FaultKind.LocationDown:
                node.Location?.Die(machineStops: false);
                world.Clock.In(fault.LengthUs, () =>
                {
                    if (node.IsMachineUp)
                    {
                        node.StartLocation();
                    }
                });
                break;
        }
    }

    private void Storm(SimNode node, int times)
    {
        node.KillManager(_chance.Between(1_000, 30_000));
        if (times > 1)
        {
            world.Clock.In(_chance.Between(1_000, 400_000), () =>
            {
                if (!_over)
                {
                    Storm(node, times - 1);
                }
            });
        }
    }

    private void Partition(FaultEvent fault)
    {
        world.Counters.Partitions++;
        int nodes = world.Nodes.Count;
        List<(int, int)> ways = [];
        for (int i = 0; i < nodes; i++)
        {
            for (int j = 0; j < nodes; j++)
            {
                bool chosen = fault.Kind switch
                {
                    FaultKind.PartitionOneWay => i == fault.Node && j == fault.Other,
                    FaultKind.PartitionBothWays =>
                        (i, j) == (fault.Node, fault.Other) || (j, i) == (fault.Node, fault.Other),
                    FaultKind.Isolate => i == fault.Node || j == fault.Node,
                    _ => true,
                };
                if (chosen && i != j)
                {
                    ways.Add((i, j));
                }
            }
        }

        foreach ((int from, int to) in ways)
        {
            bool swizzle = fault.Kind == FaultKind.Swizzle;
            long startUs = swizzle ? _chance.Between(0, fault.LengthUs / 2) : 0;
            long endUs = swizzle ? startUs + _chance.Between(1, fault.LengthUs) : fault.LengthUs;
            world.Clock.In(startUs, () => Block(from, to));
            world.Clock.In(endUs, () => Unblock(from, to));
        }
    }

    private void Block(int from, int to)
    {
        if (!_over)
        {
            _blocked.Add((from, to));
            world.Net.Block(from, to);
        }
    }

    private void Unblock(int from, int to)
    {
        if (_blocked.Remove((from, to)))
        {
            world.Net.Unblock(from, to);
        }
    }

    private void DoToServer(FaultEvent fault, ServerPlaceOf place)
    {
        switch (fault.Kind)
        {
            case FaultKind.PauseServer:
                world.Counters.Pauses++;
                place.Running?.Pause(Math.Min(world.Clock.NowUs + fault.LengthUs, world.Plan.FaultsEndUs));
                break;
            case FaultKind.DecideByHand:
                DecideByHand(place, world.Clock.NowUs + fault.LengthUs);
                break;
            case FaultKind.KillServer or FaultKind.WipeServer:
                // One-phase outcomes are not lost here: what is lost with them cannot be told from a rollback.
                world.Counters.ServerCrashes++;
                place.Running?.Die(machineStops: false);
                if (fault.Kind == FaultKind.WipeServer && place.State.Kept.Count == 0)
                {
                    world.Counters.Wipes++;
                    world.Truth.Wiped(place);
                }

                world.Clock.In(fault.LengthUs, () => place.Node.StartServer(place));
                break;
        }
    }

    // The operator waits for a moment at which there is something to decide: the worst one.
    private void DecideByHand(ServerPlaceOf place, long untilUs)
    {
        if (place.Running is { IsAlive: true } server && server.Undecided.Any())
        {
            server.DecideByHand(server.Undecided.First(), _chance.Chance(0.5));
        }
        else if (!_over && world.Clock.NowUs < untilUs)
        {
            world.Clock.In(_chance.Between(100, 20_000), () => DecideByHand(place, untilUs));
        }
    }

    private void Operate(SimNode node, FaultKind kind, long untilUs)
    {
        ActionStatus[] all = node.LiveManager is not { } manager ? []
            : [.. manager.Lanes.SelectMany(lane => lane.Core.Describe(null, held: true))];
        if (kind == FaultKind.Resolve && all.FirstOrDefault(a => a.State.StartsWith("Ready", StringComparison.Ordinal))
            is { } doubtful)
        {
            Decision decision = _chance.Chance(0.5) ? Decision.Commit : Decision.Rollback;
            world.Truth.DecidedByHand(doubtful.Action);
            _ = new SimOperator(
                node, reference => new Resolve(reference, doubtful.Action, doubtful.Branch, decision, "op"),
                done => world.Counters.Heuristics += done ? 1 : 0);
        }
        else if (kind == FaultKind.ForgetDamage && all.FirstOrDefault(a => a.State == "Damaged") is { } damaged)
        {
            AtomicActionId action = damaged.Action;
            _ = new SimOperator(node, reference => new ForgetDamage(reference, action, "op"), _ => { });
        }
        else if (!_over && world.Clock.NowUs < untilUs)
        {
            world.Clock.In(_chance.Between(100, 20_000), () => Operate(node, kind, untilUs));
        }
    }
}
