using Ccr.AtomicActions;
using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.CcrManager.Lanes;

/// <summary>The real core of a lane: it is told the time before each step, for it knows no clock.</summary>
internal sealed class CoreLane(Lane lane, TimeProvider time) : ILaneCore
{
    public static CoreLane Make(CcrManagerOptions options, int index, int lanes, TimeProvider time) =>
        new(new Lane(index, lanes, OptionsOf(options)), time);

    /// <inheritdoc/>
    public int Live => lane.LiveCount;

    /// <inheritdoc/>
    public int Unfinished => lane.LiveCount == 0
        ? 0
        : lane.Describe(null, held: false).Count(one => one.Outcome is Outcome.Active or Outcome.Committed
            && one.Damages.Count == 0);

    /// <inheritdoc/>
    public void Step(Input input, List<Output> batch)
    {
        lane.NowMs = (long)time.GetElapsedTime(0).TotalMilliseconds;
        lane.UtcUs = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        lane.Step(input, batch);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ActionStatus> Describe(AtomicActionId? one, bool held) => lane.Describe(one, held);

    /// <inheritdoc/>
    public IEnumerable<(string Name, long Value)> Counters() =>
    [
        ("opened", lane.Counters.Opened),
        ("begunBelow", lane.Counters.BegunBelow),
        ("committed", lane.Counters.Committed),
        ("rolledBack", lane.Counters.RolledBack),
        ("recovered", lane.Counters.Recovered),
        ("damaged", lane.Counters.Damaged),
        ("live", lane.LiveCount),
        ("inDoubt", lane.HeldCount),
        ("keptOutcomes", lane.KeptOutcomes),
        ("records", lane.Counters.Records),
        ("forcedRecords", lane.Counters.ForcedRecords),
    ];

    private static LaneOptions OptionsOf(CcrManagerOptions options) => new()
    {
        ActionTimeoutMs = options.ActionTimeoutMs,
        BeginTimeoutMs = options.BeginTimeoutMs,
        VoteTimeoutMs = options.VoteTimeoutMs,
        OwnerTimeoutMs = options.OwnerTimeoutMs,
        RecoverBackoffMsMin = options.RecoverBackoffMsMin,
        RecoverBackoffMsMax = options.RecoverBackoffMsMax,
        OutcomeRetentionMs = options.OutcomeRetentionMs,
        OnePhaseLocally = options.OnePhaseLocally,
        Trace = options.Trace,
    };
}
