using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Demo;

/// <summary>One moment at which a manager was killed or came back, for the chart.</summary>
internal sealed record KillEvent(NodeName Node, long TimeUs, string What);

/// <summary>
/// Kills managers while transfers run, each time with kill -9, and starts them again. A stage is a kill at any moment,
/// and often a second one at a chosen moment: the restarted manager is armed with a failpoint at which it kills itself.
/// </summary>
internal sealed class Killer(NodeProcess first, NodeProcess second, Tally tally, Gate gate)
{
    private const string BetweenReadyAndCommit = "after-send:C-READY-RI@5";
    private const string DecisionForced = "after-force:log-commit@5";

    private static readonly TimeSpan FailpointLimit = TimeSpan.FromSeconds(30);

    private readonly List<KillEvent> _events = [];

    /// <summary>What was done, in order of time.</summary>
    public IReadOnlyList<KillEvent> Events => _events;

    /// <summary>Carries out all stages, each when its part of the transfers has ended.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        (NodeProcess Node, string? Failpoint)[] stages =
        [
            (second, BetweenReadyAndCommit), (first, DecisionForced), (second, BetweenReadyAndCommit), (second, null),
        ];
        for (int stage = 0; stage < stages.Length; stage++)
        {
            await gate.StageDueAsync(stage, cancellation).ConfigureAwait(false);
            await CarryOutAsync(stages[stage].Node, stages[stage].Failpoint, cancellation).ConfigureAwait(false);
            gate.StageDone(stage);
        }
    }

    private async Task CarryOutAsync(NodeProcess node, string? failpoint, CancellationToken cancellation)
    {
        node.Manager.Kill();
        await DeadAsync(node, "killed (kill -9)", cancellation).ConfigureAwait(false);
        await RestartAsync(node, failpoint, cancellation).ConfigureAwait(false);
        if (failpoint is null)
        {
            return;
        }

        await DeadAsync(node, $"killed {MomentOf(failpoint)}", cancellation).ConfigureAwait(false);
        await RestartAsync(node, null, cancellation).ConfigureAwait(false);
    }

    private async Task DeadAsync(NodeProcess node, string what, CancellationToken cancellation)
    {
        try
        {
            await node.Manager.Exited.WaitAsync(FailpointLimit, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new DemoFailedException(
                $"The manager of {node.Name} was to be {what}, and still runs after {FailpointLimit.TotalSeconds} s.",
                    late);
        }

        if (!node.Manager.WasKilled)
        {
            throw new DemoFailedException(
                $"The manager of {node.Name} ended by itself with code {node.Manager.ExitCode}:\n"
                + node.LastWords("manager"));
        }

        tally.Killed();
        Note(node, what);
    }

    private async Task RestartAsync(NodeProcess node, string? failpoint, CancellationToken cancellation)
    {
        await node.RestartManagerAsync(failpoint, cancellation).ConfigureAwait(false);
        Note(node, "started again");
    }

    private void Note(NodeProcess node, string what) => _events.Add(
        new KillEvent(NodeName.Parse(node.Name), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000, what));

    private static string MomentOf(string failpoint) =>
        failpoint == DecisionForced ? "with its decision forced" : "between READY and COMMIT";
}

/// <summary>
/// Keeps transfers and kills in step: a stage is due when its part of the transfers has ended, and the transfers behind
/// the next part do not begin before the stage is done. So every kill meets traffic, on a fast machine and a slow one.
/// </summary>
internal sealed class Gate
{
    private readonly int _transfers;
    private readonly TaskCompletionSource[] _due;
    private readonly TaskCompletionSource[] _done;

    public Gate(int transfers, int stages)
    {
        _transfers = transfers;
        _due = [.. NewSources(stages)];
        _done = [.. NewSources(stages)];
    }

    /// <summary>Ends when the stage's part of the transfers has ended.</summary>
    public Task StageDueAsync(int stage, CancellationToken cancellation) =>
        _due[stage].Task.WaitAsync(cancellation);

    public void StageDone(int stage) => _done[stage].TrySetResult();

    /// <summary>So many transfers have ended.</summary>
    public void Progress(int ended)
    {
        for (int stage = 0; stage < _due.Length; stage++)
        {
            if (ended >= PartOf(stage))
            {
                _due[stage].TrySetResult();
            }
        }
    }

    /// <summary>Ends when the transfer with this number may begin.</summary>
    public Task MayBeginAsync(int transfer, CancellationToken cancellation)
    {
        for (int stage = 0; stage < _done.Length; stage++)
        {
            if (transfer >= PartOf(stage + 1) && !_done[stage].Task.IsCompleted)
            {
                return _done[stage].Task.WaitAsync(cancellation);
            }
        }

        return Task.CompletedTask;
    }

    private int PartOf(int stage) => _transfers * (stage + 1) / (_due.Length + 2);

    private static IEnumerable<TaskCompletionSource> NewSources(int count) => Enumerable.Range(0, count)
        .Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
