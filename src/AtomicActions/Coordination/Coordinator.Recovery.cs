using Ccr.Protocol.Machine;
using Ccr.Protocol.Messages;

namespace Ccr.AtomicActions;

/// <content>After a restart: what the log's records become (ccr-standard.md 9, "After a crash").</content>
internal sealed partial class Coordinator
{
    /// <summary>log-ready: in doubt.</summary>
    internal static Coordinator Recovered(Lane lane, LogReady record)
    {
        var coordinator = new Coordinator(lane, record.Action, [], 0) { Phase = ActionPhase.Ready, _logged = true };
        coordinator.Up = new Upward(
            lane, coordinator, record.Superior, record.Branch, record.Address, SubordinateState.DU);
        coordinator.Adopt(record.Servers, record.Subordinates, commit: false);
        return coordinator;
    }

    /// <summary>log-commit: decided, and not confirmed by all.</summary>
    internal static Coordinator Recovered(Lane lane, LogCommit record)
    {
        var coordinator = new Coordinator(lane, record.Action, [], 0)
        {
            Phase = ActionPhase.Committing,
            _logged = true,
            DecidedAt = 0,
        };
        if (record is { Branch: { } branch, Superior: { } superior })
        {
            coordinator.Up = new Upward(lane, coordinator, superior, branch, "", SubordinateState.UW);
        }

        coordinator.Adopt(record.Servers, record.Subordinates, commit: true);
        return coordinator;
    }

    /// <summary>A heuristic decision stood beside log-ready: it is carried out again.</summary>
    internal void RecoveredHeuristic(Heuristic record) => CarryOut(record.Decision, record.Operator, 0);

    /// <summary>Everything is known again: start asking.</summary>
    internal void Recover()
    {
        foreach (RemoteBranch branch in _remotes.Where(b => b.State == SuperiorState.DC).ToArray())
        {
            branch.Recover();
        }

        Up?.Recover();
        Settled();
    }

    private void Adopt(
        IReadOnlyList<ServerBranch> servers, IReadOnlyList<Subordinate> subordinates, bool commit)
    {
        _lane.Actions.Add(this);
        foreach (ServerBranch server in servers)
        {
            _locals.Add(LocalBranch.Recovered(_lane, this, server, commit));
        }

        foreach (Subordinate below in subordinates)
        {
            _remotes.Add(new RemoteBranch(
                _lane, this, below.Node, below.Branch, commit ? SuperiorState.DC : SuperiorState.DR, below.Address));
        }
    }
}
