using Ccr.AtomicActions;
using Ccr.AtomicActions.Contract;
using Ccr.CcrManager;
using Ccr.Invariants;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <summary>One start of a node's manager: the real core and log, and a small host around them.</summary>
internal sealed class SimManager : SimProcess
{
    private const long TickUs = 1_000_000;

    private bool _wasFull;

    internal SimManager(SimNode node)
        : base(node.World, node, node.Name.Value)
    {
        Knobs knobs = node.World.Plan.Knobs;
        int lanes = knobs.Lanes[node.Index];
        Log = SimLog.Open(this, lanes);
        Self = Log.Found.Self;
        Lanes = [.. Enumerable.Range(0, lanes).Select(i => new SimLane(this, i, lanes, OptionsOf(knobs)))];
        Links = new SimLinks(this);
        Dialer = new SimDialer(this);
        Sessions = new SimSessions(this);
        Locating = new SimLocating(this);
    }

    internal ManagerIdentity Self { get; }

    internal SimLog Log { get; }

    internal SimLane[] Lanes { get; }

    internal SimLinks Links { get; }

    internal SimDialer Dialer { get; }

    internal SimSessions Sessions { get; }

    internal SimLocating Locating { get; }

    /// <summary>It dies before so many more outputs; negative: it does not.</summary>
    internal int OutputsUntilCrash { get; set; } = -1;

    /// <summary>So many more inputs about an action, and the core throws at one; negative: it does not.</summary>
    internal int InputsUntilPoison { get; set; } = -1;

    /// <summary>The epoch is durable: the lanes take up what was live in the log, then all may come.</summary>
    internal void Begin()
    {
        Node.Disk.Complete();
        if (!Node.IsCopy)
        {
            Node.Record.Restarted(Log.Found);
        }

        List<LogContent>[] parts = RecoveredRecords.Divide(Lanes.Length, Log.Found.Live);
        for (int i = 0; i < Lanes.Length; i++)
        {
            Lanes[i].Post(new Restarted(Self, parts[i], [.. Node.Held.Where(a => a.LaneOf(Lanes.Length) == i)]));
        }

        World.Transcript.Say(Name, $"manager {Self} is up, {Log.Found.Live.Count} records live");
        World.Net.Listen(Node.Address, Links);
        World.Net.Listen(Node.SessionAddress, Sessions);
        Tick();
    }

    internal SimLane LaneOf(AtomicActionId action) => Lanes[action.LaneOf(Lanes.Length)];

    internal void PostAll(Input input)
    {
        foreach (SimLane lane in Lanes)
        {
            lane.Post(input);
        }
    }

    internal void CountOutput()
    {
        if (OutputsUntilCrash >= 0 && OutputsUntilCrash-- == 0)
        {
            throw new CrashNowException();
        }
    }

    /// <summary>The log has failed: the manager answers nobody any more, and its host ends it (SEM-17).</summary>
    internal void LogFailed(string reason)
    {
        World.Counters.LogFailures++;
        World.Transcript.Say(Name, $"LOG FAILED: {reason}");
        Node.CrashHere(this);
    }

    private protected override void Died(bool machineStops)
    {
        Node.Disk.Stop(machineStops);
        Log.Dispose();
        if (!Node.IsCopy)
        {
            World.Checker.See(new ManagerDied(Node.Name));
        }
    }

    private void Tick()
    {
        Links.Watch();
        Dialer.Tick();
        Locating.EndLate();
        if (Log.IsFull != _wasFull)
        {
            _wasFull = !_wasFull;
            Sessions.Admit(_wasFull
                ? new Refusal(RefusalCode.LogFull, $"The log of {Node.Name} is near its limit.")
                : null);
        }

        In(TickUs, Tick);
    }

    private LaneOptions OptionsOf(Knobs knobs) => new()
    {
        ActionTimeoutMs = knobs.ActionTimeoutMs,
        BeginTimeoutMs = knobs.BeginTimeoutMs,
        VoteTimeoutMs = knobs.VoteTimeoutMs,
        RollbackTimeoutMs = knobs.RollbackTimeoutMs,
        RecoverAnswerTimeoutMs = knobs.RecoverAnswerTimeoutMs,
        RecoverBackoffMsMin = knobs.RecoverBackoffMsMin,
        RecoverBackoffMsMax = knobs.RecoverBackoffMsMax,
        OutcomeRetentionMs = knobs.OutcomeRetentionMs,
        OnePhaseLocally = knobs.OnePhaseLocally,
        Trace = World.Transcript.IsWritten,
    };
}
