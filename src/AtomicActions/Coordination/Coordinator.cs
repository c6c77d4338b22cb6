using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Machine;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>Where an atomic action stands at this node.</summary>
internal enum ActionPhase
{
    /// <summary>Open: Servers and nodes may still be added, work goes on.</summary>
    Active,

    /// <summary>Everybody below is asked to prepare.</summary>
    Preparing,

    /// <summary>At a subordinate: READY was said, the outcome is the superior's.</summary>
    Ready,

    /// <summary>At the root: its one Server decides alone (SEM-5).</summary>
    OnePhase,

    /// <summary>Decided: commit. The decision never changes.</summary>
    Committing,

    /// <summary>Decided: rollback.</summary>
    RollingBack,

    /// <summary>Nothing is owed any more.</summary>
    Ended,
}

/// <summary>
/// The Transaction Coordinator: one atomic action at one node, or one branch of it where several superiors share
/// the node (SEM-11). It spreads the action, runs the phases over Servers and subordinate nodes alike, decides at
/// the root, obeys below it, and recovers. Its parts: Opening, Voting, Deciding, Ending, Subordinate, Recovery.
/// </summary>
internal sealed partial class Coordinator : IDeadlineOwner
{
    private readonly Lane _lane;
    private readonly List<LocalBranch> _locals = [];
    private readonly List<RemoteBranch> _remotes = [];
    private readonly List<RemoteBranch> _notBegun = [];
    private readonly List<OpenRequest> _requests = [];
    private readonly List<Damage> _damages = [];
    private readonly List<(SessionId Session, TransClose? Close, long Reference)> _waiters = [];
    private readonly IReadOnlyList<NodeName> _path;
    private bool _logged;

    private Coordinator(Lane lane, AtomicActionId action, IReadOnlyList<NodeName> path, int timeoutMs)
    {
        _lane = lane;
        Action = action;
        _path = path;
        TimeoutMs = timeoutMs;
        StartedMs = lane.NowMs;
    }

    internal AtomicActionId Action { get; }

    /// <summary>The branch to our superior; null at the root.</summary>
    internal Upward? Up { get; private set; }

    internal ActionPhase Phase { get; private set; } = ActionPhase.Active;

    /// <summary>The Client's session, while it is there and the action is not closed.</summary>
    internal SessionId? Client { get; private set; }

    /// <summary>How long the action may stay open, in milliseconds.</summary>
    internal int TimeoutMs { get; }

    /// <summary>When it came here, by the host's clock.</summary>
    internal long StartedMs { get; }

    /// <summary>The log position of the decision that orders below depend on.</summary>
    internal long DecidedAt { get; private set; }

    /// <summary>Why it is rolled back.</summary>
    internal Refusal? Why { get; private set; }

    /// <summary>Heuristic damage here and below, each counted once (SEM-4).</summary>
    internal IReadOnlyList<Damage> Damages => _damages;

    /// <summary>Ancestors and this node, the root first: for C-BEGIN to those below (SEM-11).</summary>
    internal IReadOnlyList<NodeName> PathBelow => [.. _path, _lane.Self.Node];

    internal BranchKey Key => new(Action, Up?.Id);

    internal IEnumerable<LocalBranch> Locals => _locals;

    internal IEnumerable<RemoteBranch> Remotes => _remotes;

    /// <summary>No promise was made and nothing was decided: what is prepared below may still be on its way.</summary>
    internal bool IsUndecided => Phase is ActionPhase.Active or ActionPhase.Preparing;

    internal bool InDoubt => Phase == ActionPhase.Ready || Phase == ActionPhase.OnePhase;

    internal LocalBranch? FindLocal(BranchId id) => _locals.Find(b => b.Id.Equals(id));

    internal RemoteBranch? FindRemote(BranchId id) => _remotes.Find(b => b.Id.Equals(id));

    /// <summary>A heuristic report arrived from below, or a Server could not do as it was told.</summary>
    internal void Damaged(Damage damage)
    {
        if (!_damages.Exists(d => d.Node == damage.Node && d.Branch.Equals(damage.Branch)))
        {
            _damages.Add(damage);
        }
    }

    public void Reached(DeadlineKind kind)
    {
        switch (kind)
        {
            case DeadlineKind.Action when Phase == ActionPhase.Active:
                Failed(new Refusal(RefusalCode.Timeout, $"{Action} was not closed within {TimeoutMs} ms."));
                break;
            case DeadlineKind.Begin when _requests.Exists(r => !r.Answered):
                Failed(new Refusal(RefusalCode.Timeout,
                    $"{NotBegun()} did not begin within {_lane.Options.BeginTimeoutMs} ms."));
                break;
            case DeadlineKind.Vote when Phase == ActionPhase.Preparing:
                Failed(new Refusal(RefusalCode.Timeout,
                    $"{Slowest()} did not answer Prepare within {_lane.Options.VoteTimeoutMs} ms."));
                break;
            case DeadlineKind.Owner when Phase == ActionPhase.Committing:
                TakeOverOwned();
                break;
            case DeadlineKind.Rollback when Phase == ActionPhase.RollingBack:
                PresumeRolledBack();
                break;
        }
    }

    internal ActionStatus Status() => new(
        Action,
        Up?.Id,
        Up?.Superior.Node,
        Up is null ? Phase.ToString() : $"{Phase}/{Up.State}",
        _lane.NowMs - StartedMs,
        Phase switch
        {
            ActionPhase.Committing => Outcome.Committed,
            ActionPhase.RollingBack or ActionPhase.Ended => Outcome.RolledBack,
            ActionPhase.Ready or ActionPhase.OnePhase => Outcome.InDoubt,
            _ => Outcome.Active,
        },
        [.. _locals.Select(b => b.Status()), .. _remotes.Select(b => b.Status())],
        [.. _damages],
        Up?.Note ?? Why?.Text ?? "");

    private string NotBegun() =>
        _requests.SelectMany(r => r.Waiting).FirstOrDefault() is { } server ? $"Server {server}" : "A Server";

    private string Slowest()
    {
        LocalBranch? local = _locals.Find(b => b.VotePending);
        return local is not null ? $"Server {local.Server}" : $"Node {_remotes.Find(b => b.VotePending)?.Node}";
    }
}
