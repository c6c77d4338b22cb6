using Ccr.Protocol.Messages;

namespace Ccr.Simulation;

/// <summary>Draws the plan of a seed: a random subset of the kinds of fault, each with a random rate (swarm).</summary>
internal sealed class PlanDrawer
{
    private static readonly FaultKind[] Kinds = Enum.GetValues<FaultKind>();

    private readonly Prng _chance;
    private readonly ulong _seed;
    private readonly SimulationOptions _options;
    private readonly Knobs _knobs;
    private readonly long _endUs;
    private readonly DatabaseDrawer _databases;
    private int _items;

    private PlanDrawer(ulong seed, SimulationOptions options)
    {
        _seed = seed;
        _options = options;
        _chance = new Prng(seed, 1);
        _knobs = DrawKnobs(new Prng(seed, 2)) with
        {
            DatabasesPerNode = new Prng(seed, 7).Pick<int>([0, 0, 2, 2, 3]),
        };
        _databases = new DatabaseDrawer(seed, _knobs);
        _endUs = 1_000_000 + (_chance.Between(4, 30) * 1_000_000);
    }

    internal static SimPlan Draw(ulong seed, SimulationOptions options) => new PlanDrawer(seed, options).Draw();

    private static Knobs DrawKnobs(Prng chance)
    {
        int nodes = chance.Chance(0.25) ? 2 : chance.Chance(0.8) ? 3 : 4;
        int pingMs = chance.Pick<int>([1_000, 5_000]);
        int backoff = chance.Pick<int>([200, 1_000, 1_000, 3_000]);
        return new Knobs
        {
            Nodes = nodes,
            ServersPerNode = chance.Chance(0.6) ? 1 : 2,
            Lanes = [.. Enumerable.Range(0, nodes).Select(_ => chance.Chance(0.7) ? 1 : 2)],
            LogLimitBytes = chance.Pick<long>([96 << 10, 160 << 10, 512 << 10]),
            ActionTimeoutMs = chance.Pick<int>([3_000, 10_000, 60_000]),
            BeginTimeoutMs = chance.Pick<int>([1_000, 4_000, 10_000]),
            VoteTimeoutMs = chance.Pick<int>([500, 3_000, 10_000, 30_000]),
            RollbackTimeoutMs = chance.Pick<int>([300, 2_000, 5_000]),
            RecoverAnswerTimeoutMs = chance.Pick<int>([500, 3_000, 10_000]),
            RecoverBackoffMsMin = backoff,
            RecoverBackoffMsMax = backoff * chance.Pick<int>([2, 8, 20]),
            OutcomeRetentionMs = chance.Chance(0.8) ? 24L * 3_600 * 1_000 : chance.Between(1_000, 60_000),
            OnePhaseLocally = chance.Chance(0.8),
            PingIntervalMs = pingMs,
            PingTimeoutMs = (pingMs * 3) + 500,
            RefuseBeginChance = chance.Chance(0.3) ? 0.1 : 0,
            RefuseVoteChance = chance.Chance(0.4) ? 0.15 : 0.01,
            NoChangeChance = chance.Chance(0.8) ? 1 : 0.5,
            SplitChance = chance.Pick<double>([0, 0.1, 0.5]),
            LatencyMaxUs = chance.Pick<long>([200, 2_000, 60_000]),
            ForceMaxUs = chance.Pick<long>([200, 2_000, 20_000]),
            LossChance = chance.Unit(),
            TearChance = chance.Unit(),
        };
    }

    private SimPlan Draw()
    {
        List<WorkItem> work = DrawWork();
        List<FaultEvent> faults = DrawFaults(work);
        return new SimPlan(_seed, _knobs, faults, work) { FaultsEndUs = _endUs };
    }

    private List<FaultEvent> DrawFaults(List<WorkItem> work)
    {
        List<FaultEvent> faults = [];
        double fury = _chance.Pick<double>([0.3, 0.6, 1, 1, 2]);
        double seconds = (_endUs - 1_000_000) / 1_000_000.0;
        foreach (FaultKind kind in Kinds)
        {
            bool enabled = _chance.Chance(0.3);
            double rate = _chance.Unit() * 5 * fury * _options.WeightOf(kind);
            double expected = enabled ? Math.Min(rate, seconds) : 0;
            int count = expected > 0 ? (int)(expected + _chance.Unit()) : 0;
            for (int i = 0; enabled && i < count; i++)
            {
                faults.Add(Draw(kind, work));
            }
        }

        return [.. faults.OrderBy(fault => fault.AtUs)];
    }

    private FaultEvent Draw(FaultKind kind, List<WorkItem> work)
    {
        // One node moves at most: two that moved without contact could not find each other by themselves.
        int node = kind == FaultKind.MoveNode ? (int)(_seed % (ulong)_knobs.Nodes) : _chance.Below(_knobs.Nodes);
        int other = kind switch
        {
            FaultKind.CutLinks or FaultKind.PartitionOneWay or FaultKind.PartitionBothWays =>
                (node + 1 + _chance.Below(_knobs.Nodes - 1)) % _knobs.Nodes,
            FaultKind.CrashAtOutput => _chance.Below(_chance.Chance(0.5) ? 12 : 120),
            FaultKind.RestartStorm => 2 + _chance.Below(6),
            FaultKind.DiskFails => _chance.Below(30),
            FaultKind.SlowNetwork or FaultKind.SlowDisk => (int)_chance.Between(2, 40),
            _ => _chance.Below(1_000),
        };
        long lengthUs = _chance.Chance(0.8) ? _chance.Between(1_000, 600_000) : _chance.Between(500_000, 8_000_000);
        // Mostly while some action is under way: there faults can do harm.
        long atUs = _chance.Chance(0.7)
            ? _chance.Pick(work).AtUs + _chance.Between(0, _chance.Chance(0.5) ? 60_000 : 1_000_000)
            : _chance.Between(1_200_000, _endUs);
        return new FaultEvent(Math.Min(atUs, _endUs), kind, node, other, lengthUs);
    }

    private List<WorkItem> DrawWork()
    {
        int count = (int)_chance.Between(4, 36);
        List<WorkItem> work = [];
        long burstUs = _chance.Chance(0.5) ? _endUs : 1_000_000 + ((_endUs - 1_000_000) / 4);
        for (int i = 0; i < count; i++)
        {
            work.Add(_databases.AddTo(DrawItem(_chance.Between(1_300_000, burstUs))));
        }

        return [.. work.OrderBy(item => item.AtUs)];
    }

    private WorkItem DrawItem(long atUs)
    {
        List<string> servers = [.. Enumerable.Range(0, _knobs.Nodes)
            .SelectMany(n => Enumerable.Range(0, _knobs.ServersPerNode).Select(s => SimWorld.ServerName(n, s)))];
        int width = Math.Min(servers.Count, _chance.Pick<int>([1, 2, 2, 2, 3, 3]));
        List<string> chosen = [];
        while (chosen.Count < width)
        {
            string server = _chance.Pick(servers);
            if (!chosen.Contains(server))
            {
                chosen.Add(server);
            }
        }

        List<WorkStep> steps = _chance.Chance(0.6) ? Transfer(chosen) : Appends(chosen);
        return new WorkItem(++_items, atUs, _chance.Below(_knobs.Nodes), steps)
        {
            OpenedTogether = (int)_chance.Between(1, steps.Count),
            Ending = _chance.Chance(0.85) ? WorkEnding.Close : _chance.Pick<WorkEnding>(
                [WorkEnding.Rollback, WorkEnding.VanishWorking, WorkEnding.VanishClosing]),
            Answer = _chance.Chance(0.3) ? CloseAnswer.Decided : CloseAnswer.Done,
            Acknowledges = _chance.Chance(0.7),
            TimeoutMs = _chance.Chance(0.3) ? (int)_chance.Between(200, 5_000) : 0,
            ThinkUs = _chance.Chance(0.7) ? _chance.Between(10, 20_000) : _chance.Between(10, 1_500_000),
        };
    }

    // Each step moves money between the accounts of the action: the sum is zero. A step may only read.
    private List<WorkStep> Transfer(List<string> servers)
    {
        long amount = _chance.Between(1, 40);
        List<IReadOnlyList<Effect>> effects = [.. servers.Select(_ => (IReadOnlyList<Effect>)[])];
        if (servers.Count == 1)
        {
            effects[0] = _chance.Chance(0.2) ? [] : [Of(-amount), Of(amount)];
        }
        else
        {
            effects[0] = [Of(-amount)];
            effects[_chance.Chance(0.5) ? 1 : servers.Count - 1] = [Of(amount)];
        }

        return Steps(servers, effects);

        Effect Of(long value) => new(_chance.Below(ServerState.Accounts), false, value);
    }

    private List<WorkStep> Appends(List<string> servers)
    {
        long item = _items + 1;
        return Steps(servers, [.. servers.Select(_ => (IReadOnlyList<Effect>)
            (_chance.Chance(0.15) ? [] : [new Effect(_chance.Below(ServerState.Lists), true, item)]))]);
    }

    // Sometimes the last Server is not reached by the Client, but by the Server before it: a deeper tree.
    private List<WorkStep> Steps(List<string> servers, List<IReadOnlyList<Effect>> effects)
    {
        List<WorkStep> steps = [.. servers.Select((server, i) => new WorkStep(server, effects[i], null))];
        if (steps.Count >= 2 && _chance.Chance(0.35))
        {
            WorkStep last = steps[^1];
            steps.RemoveAt(steps.Count - 1);
            steps[^1] = steps[^1] with { Onward = (last.Server, last.Effects) };
        }

        return steps;
    }
}
