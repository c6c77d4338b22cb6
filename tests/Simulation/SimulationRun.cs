using Ccr.AtomicActions.Contract;
using Ccr.Invariants;

namespace Ccr.Simulation;

/// <summary>
/// One seed: first work under faults; then no more faults, and all must end; then everything stops and starts again
/// from disk alone, and all must still be so.
/// </summary>
public static class SimulationRun
{
    /// <summary>Draws the plan of a seed and carries it out.</summary>
    public static SimulationResult Run(ulong seed, SimulationOptions? options = null)
    {
        options ??= new SimulationOptions();
        return Run(PlanDrawer.Draw(seed, options), options);
    }

    internal static SimulationResult Run(SimPlan plan, SimulationOptions options)
    {
        SimWorld world = new(plan, options);
        string? sentence = null;
        try
        {
            Carry(world, options);
        }
        catch (Exception failure)
        {
            sentence = SentenceOf(failure);
        }

        try
        {
            Close(world);
        }
        catch (Exception failure)
        {
            sentence ??= SentenceOf(failure);
        }

        return new SimulationResult(plan.Seed, sentence, world.Counters, world.Transcript.Hash)
        {
            Transcript = world.Transcript.Text,
            Coverage = world.Coverage,
            Plan = plan,
        };
    }

    // Whatever is thrown is a finding of this seed: "RULE: sentence".
    private static string SentenceOf(Exception failure) => failure switch
    {
        SimulationException or InvariantBrokenException => failure.Message,
        InvariantException => $"CORE: An impossible state: {failure.Message}",
        _ => $"CRASH: {failure.GetType().Name}: {failure.Message} {FirstFrames(failure)}",
    };

    private static void Carry(SimWorld world, SimulationOptions options)
    {
        foreach (SimNode node in world.Nodes)
        {
            node.Boot();
        }

        foreach (WorkItem item in world.Plan.Work)
        {
            world.Clock.At(item.AtUs, () => Begin(world, item));
        }

        world.Faults.Schedule();
        world.Clock.RunUntil(world.Plan.FaultsEndUs);

        world.Transcript.Fault("all", "the faults END");
        world.Faults.EndAll();
        FinalChecks checks = new(world);
        Settle(world, checks, "when all faults had ended long ago");
        checks.Agreement();
        checks.Data();

        world.Transcript.Fault("all", "everything STOPS and starts again");
        foreach (SimNode node in world.Nodes)
        {
            node.StopMachine(downUs: -1);
            node.Boot();
        }

        Settle(world, checks, "after the restart from disk alone");
        Audit(world, checks);
        checks.Agreement();
        checks.Data();
        if (options.ExtraCheck?.Invoke(world) is { } wrong)
        {
            throw new SimulationException(wrong);
        }
    }

    // Every outcome is asked for once more, and acknowledged: then nothing but damage may be left (V2, I10).
    private static void Audit(SimWorld world, FinalChecks checks)
    {
        SimAuditor[] auditors = [.. world.Nodes.Select(node => new SimAuditor(node))];
        for (int tries = 0; tries < 30 && !Array.TrueForAll(auditors, a => a.IsDone); tries++)
        {
            world.Clock.RunUntil(world.Clock.NowUs + 1_000_000);
        }

        if (Array.Find(auditors, a => !a.IsDone) is { } waiting)
        {
            throw new SimulationException($"V1: {waiting.Node.Name} does not answer its auditor.");
        }

        world.Clock.RunUntil(world.Clock.NowUs + 2_000_000);
        checks.Logs();
        if (world.Truth.Actions.All(a => a.Value.Tainted is null))
        {
            world.Checker.Quiet();
        }
    }

    // V1: within so much time everything is at rest; and it stays so.
    private static void Settle(SimWorld world, FinalChecks checks, string when)
    {
        long endUs = world.Clock.NowUs + world.Plan.Knobs.LivenessUs;
        string? restless = "";
        while (restless is not null && world.Clock.NowUs < endUs)
        {
            world.Clock.RunUntil(world.Clock.NowUs + 2_000_000);
            restless = checks.Restless(when);
        }

        world.Clock.RunUntil(world.Clock.NowUs + 3_000_000);
        checks.Quiet(when);
    }

    private static void Begin(SimWorld world, WorkItem item)
    {
        SimNode home = world.Nodes[item.Home];
        if (home.IsMachineUp)
        {
            world.Clients.Add(new SimClient(home, item));
        }
    }

    private static void Close(SimWorld world)
    {
        SimulationCounters counters = world.Counters;
        counters.Events = world.Clock.Happened;
        counters.SimulatedSeconds = world.Clock.NowUs / 1_000_000;
        counters.Frames = world.Net.FramesRead;
        counters.Observations = world.Checker.Seen;
        foreach (SimNode node in world.Nodes)
        {
            counters.TornWrites += node.Disk.TornWrites;
            counters.SectorTears += node.Disk.SectorTears;
            counters.FailedForces += node.Disk.FailedForces;
            counters.LostWrites += node.Disk.LostWrites;
            node.Disk.Stop(machine: false);
            node.Manager?.Log.Dispose();
        }
    }

    private static string FirstFrames(Exception failure) => string.Join(
        " < ", (failure.StackTrace ?? "").Split('\n').Take(3).Select(line => line.Trim()));
}
