using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>Where a Server's part of an action stands, as the manager knows it.</summary>
internal enum LocalState
{
    Beginning,
    Active,
    Preparing,
    Ready,
    NoChange,
    Committing,
    CommittingOnePhase,
    RollingBack,

    /// <summary>Committed, rolled back, refused or lost: nothing is owed either way.</summary>
    Ended,
}

/// <summary>
/// One Server's branch of an atomic action at this node: Begin, Prepare, Commit, Rollback towards the Server. It is
/// bound to the incarnation that began it (SEM-8); what was promised outlives the session.
/// </summary>
internal class LocalBranch(Lane lane, Coordinator owner, string server, BranchId id)
{
    // Before our restart it may have been told the outcome, and have carried it out and forgotten it: then it knows
    // nothing and has kept its promise. Told again, it answers the same (IBranchResource).
    private bool _mayHaveEnded;

    // Who waits for Begun: nearly always one.
    private Placement? _placing;
    private List<Placement>? _joined;

    /// <summary>What its database's Server needs to end an application branch; null for any other.</summary>
    internal string? Note { get; private protected set; }

    internal string Server { get; } = server;

    internal BranchId Id { get; } = id;

    internal LocalState State { get; private protected set; } = LocalState.Beginning;

    /// <summary>The session and incarnation that began the branch.</summary>
    internal LocalServer? At { get; private protected set; }

    /// <summary>The session in which it was begun; another one has to report what it found of it.</summary>
    internal SessionId? BegunIn { get; private set; }

    /// <summary>True while the Server has a vote to give.</summary>
    internal bool VotePending => State == LocalState.Preparing;

    /// <summary>Commit was decided for it, or ordered by hand: nothing else may be ordered any more.</summary>
    internal bool IsToCommit { get; private protected set; }

    /// <summary>True when this branch has nothing more to say about the outcome.</summary>
    internal bool Settled => State is LocalState.Ended or LocalState.NoChange;

    private protected Lane Lane => lane;

    private protected Coordinator Owner => owner;

    private string Label => "server " + Server;

    /// <summary>The branch as a log record left it: ready, or told to commit.</summary>
    internal static LocalBranch Recovered(
        Lane lane, Coordinator owner, ServerBranch record, bool commit)
    {
        LocalBranch branch = record.Note is { } note
            ? new OwnedBranch(lane, owner, record.Server, record.Branch, note)
            : new LocalBranch(lane, owner, record.Server, record.Branch);
        branch.State = commit ? LocalState.Committing : LocalState.Ready;
        branch.IsToCommit = commit;
        branch._mayHaveEnded = true;
        return branch;
    }

    internal void Begin(LocalServer at, Placement placing)
    {
        At = at;
        BegunIn = at.Session;
        _placing = placing;
        Order(new Begin(Server, owner.Action, Id));
    }

    /// <summary>It is asked for once more while it is begun: the same answer serves.</summary>
    internal void Join(Placement placing)
    {
        Invariant.Holds(State == LocalState.Beginning, "only a branch that is being begun is waited for");
        (_joined ??= []).Add(placing);
    }

    internal void Prepare()
    {
        Invariant.Holds(State == LocalState.Active, "only an active branch is prepared");
        State = LocalState.Preparing;
        Order(new Prepare(Server, owner.Action, Id));
    }

    internal void CommitOnePhase(long after)
    {
        Invariant.Holds(State == LocalState.Active, "only an active branch is committed in one phase");
        State = LocalState.CommittingOnePhase;
        Order(new CommitOnePhase(Server, owner.Action, Id), after);
    }

    internal void Commit(long after)
    {
        Invariant.Holds(State == LocalState.Ready, "only a ready branch is committed");
        State = LocalState.Committing;
        IsToCommit = true;
        Order(new Commit(Server, owner.Action, Id, Note), after);
    }

    internal void Rollback(long after = 0)
    {
        if (Settled || State == LocalState.RollingBack)
        {
            State = State == LocalState.NoChange ? LocalState.Ended : State;
            return;
        }

        _placing = null;
        _joined = null;
        State = LocalState.RollingBack;
        if (!Order(new RollbackBranch(Server, owner.Action, Id, Note), after))
        {
            // It asks when it comes back, and is told then: rollback is presumed.
            State = LocalState.Ended;
        }
    }

    /// <summary>The Server told of damage, which it keeps until it may forget it.</summary>
    internal bool ReportedDamage { get; private set; }

    /// <summary>What the Server keeps of the branch is noted here, and told (SEM-4, SEM-5): it may forget it.</summary>
    internal void ForgetOutcome(long after = 0)
    {
        // A Server that came back meanwhile has another session.
        if (lane.Servers.Find(Server) is { } server)
        {
            lane.Emit(new SendToSession(server.Session, new ForgetBranch(Server, owner.Action, Id), after));
        }
    }

    /// <summary>The Server answered.</summary>
    internal virtual void Answered(SessionId from, BranchMessage message)
    {
        if (State == LocalState.Ended)
        {
            lane.AnsweredPresumed(from, message);
            return;
        }

        // Nobody else speaks for it, not even while its Server is away.
        if (At is not { } at || at.Session != from)
        {
            return;
        }

        lane.Trace(owner.Action, Label, lane.SelfLabel, NameOf(message));
        switch (message, State)
        {
            case (Begun, LocalState.Beginning):
                State = LocalState.Active;
                Placed(new ServerPlace(Server, lane.Self.Node, new BegunAt(Id, at.Incarnation, at.Addresses), null));
                break;
            case (Ready, LocalState.Preparing):
                State = LocalState.Ready;
                owner.VoteArrived();
                break;
            case (NoChange, LocalState.Preparing):
                State = LocalState.NoChange;
                owner.VoteArrived();
                break;
            case (BranchRefused refused, LocalState.Beginning):
                State = LocalState.Ended;
                Placed(new ServerPlace(Server, lane.Self.Node, null, refused.Refusal));
                owner.Settled();
                break;
            case (BranchRefused refused, LocalState.Active or LocalState.Preparing):
                State = LocalState.Ended;
                owner.Failed(refused.Refusal);
                break;
            case (BranchRefused refused, LocalState.CommittingOnePhase):
                // It gave the branch up before the order reached it, so that nothing was decided there (SEM-5).
                State = LocalState.Ended;
                owner.OnePhaseDone(this, committed: false, refused.Refusal.Text);
                break;
            case (Done done, LocalState.Committing or LocalState.RollingBack or LocalState.CommittingOnePhase):
                Finished(done);
                break;
        }
    }

    /// <summary>The session ended. What was not promised is lost (SEM-8); what was, is kept.</summary>
    internal virtual void SessionLost()
    {
        At = null;
        var lost = new Refusal(RefusalCode.ServerLost, $"Server {Server} is gone before it was ready.");
        switch (State)
        {
            case LocalState.Beginning:
                State = LocalState.Ended;
                Placed(new ServerPlace(Server, lane.Self.Node, null, lost));
                owner.Settled();
                break;
            case LocalState.Active or LocalState.Preparing:
                State = LocalState.Ended;
                owner.Failed(lost);
                break;
            case LocalState.RollingBack:
                State = LocalState.Ended;
                owner.Settled();
                break;
        }
    }

    /// <summary>The Server is back: repeat what it was told, or bind to it what it promised.</summary>
    internal virtual void ServerBack(LocalServer at)
    {
        if (State is LocalState.Ready or LocalState.Committing or LocalState.CommittingOnePhase)
        {
            At = at;
        }

        if (State == LocalState.Committing)
        {
            Order(new Commit(Server, owner.Action, Id), owner.DecidedAt);
        }
    }

    /// <summary>What the Server found of this branch when it started, or null when it found nothing.</summary>
    internal virtual void Found(FoundState? found)
    {
        switch (State, found)
        {
            case (LocalState.CommittingOnePhase, FoundState.Committed):
                Finished(new Done(Server, owner.Action, Id, DoneOutcome.Committed, ""));
                break;
            case (LocalState.CommittingOnePhase, FoundState.RolledBack or null):
                Finished(new Done(Server, owner.Action, Id, DoneOutcome.RolledBack, ""));
                break;
            case (LocalState.Ready, null) when owner.Phase == ActionPhase.Preparing:
                // Nothing is decided yet: what it lost is rolled back with all others.
                State = LocalState.Ended;
                owner.Failed(new Refusal(RefusalCode.ServerLost,
                    $"Server {Server} said READY and, started again, knows nothing of the branch."));
                break;
            case (LocalState.Ready, null) when !_mayHaveEnded:
                State = LocalState.Ended;
                owner.Damaged(new Damage(lane.Self.Node, Id, DamageKind.Hazard, DamageTaken.Unknown,
                    $"Server {Server} said READY and, started again, knows nothing of the branch."));
                owner.Settled();
                break;
        }
    }

    /// <summary>The wait for the answer to Rollback is over: presumed. A later one may tell of damage.</summary>
    internal virtual void PresumeRolledBack()
    {
        if (State == LocalState.RollingBack)
        {
            State = LocalState.Ended;
            if (At is { } at)
            {
                lane.Presumed(at.Session, owner.Action, Id);
            }
        }
    }

    internal BranchStatus Status() => new(Id, Label, State.ToString());

    /// <summary>The damage that a Server tells of.</summary>
    internal static Damage DamageOf(NodeName node, Done done) => new(
        node,
        done.Branch,
        done.Outcome is DoneOutcome.Hazard or DoneOutcome.HandedOver ? DamageKind.Hazard : DamageKind.Mix,
        done.Outcome switch
        {
            DoneOutcome.Committed => DamageTaken.Committed,
            DoneOutcome.RolledBack => DamageTaken.RolledBack,
            _ => DamageTaken.Unknown,
        },
        $"Server {done.Server}: {done.Text}");

    internal static string NameOf(BranchMessage message) => message switch
    {
        Done done => done.Outcome == DoneOutcome.Committed ? "DoneCommit" : $"Done({done.Outcome})",
        RollbackBranch => "Rollback",
        BranchRefused refused => $"Refused({refused.Refusal.Code})",
        _ => message.GetType().Name,
    };

    private void Finished(Done done)
    {
        LocalState was = State;
        State = LocalState.Ended;
        if (was == LocalState.CommittingOnePhase)
        {
            owner.OnePhaseDone(this, done.Outcome == DoneOutcome.Committed, done.Text);
            return;
        }

        bool committed = was == LocalState.Committing;
        if (done.Outcome is DoneOutcome.Mix or DoneOutcome.Hazard or DoneOutcome.HandedOver
            || (done.Outcome == DoneOutcome.RolledBack && committed)
            || (done.Outcome == DoneOutcome.Committed && !committed))
        {
            ReportedDamage = true;
            owner.Damaged(DamageOf(lane.Self.Node, done));
        }

        owner.Settled();
    }

    private void Placed(ServerPlace place)
    {
        (Placement? placing, List<Placement>? joined) = (_placing, _joined);
        (_placing, _joined) = (null, null);
        placing?.Resolve(place);
        joined?.ForEach(j => j.Resolve(place));
    }

    private protected virtual bool Order(BranchMessage order, long after = 0)
    {
        if (At is not { } at)
        {
            return false;
        }

        lane.Emit(new SendToSession(at.Session, order, after));
        lane.Trace(owner.Action, lane.SelfLabel, Label, NameOf(order), after);
        return true;
    }
}
