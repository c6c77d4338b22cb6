using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <content>What an operator sees.</content>
public sealed partial class Lane
{
    /// <summary>The live, damaged and set-aside actions of this lane, oldest first.</summary>
    /// <param name="one">One action alone; null for all.</param>
    /// <param name="held">Only those in doubt, damaged or set aside.</param>
    public IReadOnlyList<ActionStatus> Describe(AtomicActionId? one, bool held)
    {
        IEnumerable<ActionStatus> live = (one is null ? Actions.All : Actions.Of(one))
            .Where(c => !held || c.InDoubt || c.Damages.Count > 0)
            .OrderBy(c => c.StartedMs)
            .Select(c => c.Status());
        IEnumerable<ActionStatus> damaged = Damages.All
            .Where(d => one is null || d.Action.Equals(one))
            .Select(d => new ActionStatus(
                d.Action, d.Branch, d.Superior?.Node, "Damaged", 0, d.Outcome, [], d.Damages,
                d.Reported ? "Reported to the superior." : "Not reported yet."));
        IEnumerable<ActionStatus> aside = _held.Keys
            .Where(a => one is null || a.Equals(one))
            .OrderBy(a => a.ToString(), StringComparer.Ordinal)
            .Select(a => new ActionStatus(
                a, null, null, "Held", 0, Outcome.InDoubt, [], [], "Set aside: it stopped an earlier start."));
        IEnumerable<ActionStatus> ended = one is not null && Ended.Find(one) is { } e
            ? [new ActionStatus(one, null, null, "Ended", NowMs - e.EndedMs, e.Outcome, [], e.Damages,
                "Kept until its Client acknowledges the outcome.")]
            : [];
        return [.. live, .. damaged, .. aside, .. ended];
    }

    /// <summary>How many live branches are in doubt, damaged or set aside.</summary>
    public int HeldCount => Actions.All.Count(c => c.InDoubt) + Damages.All.Count() + _held.Count;

    /// <summary>How many ended actions are kept for Clients that have not acknowledged.</summary>
    public int KeptOutcomes => Ended.Count;
}
