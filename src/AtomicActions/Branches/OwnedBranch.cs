using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// An application branch: a session that holds the database connection, its owner, works in it, prepares it and ends
/// it. Where the owner is gone, or leaves it to us, the database's Server ends it by its name (SEM-9, SEM-10).
/// </summary>
internal sealed class OwnedBranch : LocalBranch
{
    // A Client needs no order for each branch: DoneCommit and RolledBack are its orders.
    private readonly bool _ownerIsClient;
    private SessionId? _owner;

    internal OwnedBranch(
        Lane lane, Coordinator owner, ApplicationBranch enlisted, SessionId session, bool ownerIsClient)
        : base(lane, owner, enlisted.Server, enlisted.Branch)
    {
        _owner = session;
        _ownerIsClient = ownerIsClient;
        At = new LocalServer(session, enlisted.Server, 0, []);
        Note = enlisted.Note;
        State = LocalState.Active;
    }

    /// <summary>From the log: its owner is gone.</summary>
    internal OwnedBranch(Lane lane, Coordinator owner, string server, BranchId id, string note)
        : base(lane, owner, server, id) => Note = note;

    /// <summary>
    /// The owner has ended it by itself, and it was not committed: the action can only be rolled back.
    /// </summary>
    internal bool GivenUp { get; private set; }

    internal bool OwnedBy(SessionId? session) => _owner is { } owner && owner == session;

    /// <summary>The database has said that it is prepared.</summary>
    internal void Prepared(string note)
    {
        Invariant.Holds(State == LocalState.Active, "only an active branch becomes prepared");
        Note = note;
        State = LocalState.Ready;
    }

    /// <summary>It was enlisted and not prepared when the action was closed: it changed nothing.</summary>
    internal void OverUnlessPrepared()
    {
        if (State == LocalState.Active)
        {
            State = LocalState.NoChange;
        }
    }

    internal override void Answered(SessionId from, BranchMessage message)
    {
        if (!OwnedBy(from) || message is not Done done || Settled)
        {
            base.Answered(from, message);
        }
        else if (Owner.IsUndecided)
        {
            GiveUp(done);
        }
        else if (done.Outcome == DoneOutcome.HandedOver)
        {
            TakeOver();
        }
        else
        {
            base.Answered(from, message);
        }
    }

    /// <summary>A scan shows it prepared. While its owner works for it, that is as it should be.</summary>
    internal void FoundPrepared(LocalServer at, bool isFirstReport)
    {
        if (State == LocalState.Ended && IsToCommit)
        {
            State = LocalState.Committing; // it was said to be committed, and is not: no word counts more (SEM-10)
            _owner = null;
        }

        // With its registration it was told already (ServerBack), and may be about to carry that out.
        if (_owner is null && !(isFirstReport && At == at))
        {
            At = at;
            Repeat();
        }
    }

    /// <summary>Who worked for it is gone: the owner, or after it the database's Server.</summary>
    internal override void SessionLost()
    {
        if (_owner is null)
        {
            base.SessionLost();
            return;
        }

        bool undecided = State is LocalState.Active or LocalState.Ready && Owner.IsUndecided;
        TakeOver();
        if (undecided && !_ownerIsClient)
        {
            GivenUp = true;
            Owner.Failed(new Refusal(RefusalCode.ServerLost, $"The owner of a branch at {Server} is gone."));
        }
    }

    internal override void ServerBack(LocalServer at)
    {
        if (_owner is null && at.IsDatabase)
        {
            At = at;
            Repeat();
        }
    }

    /// <summary>A scan that does not show it proves nothing before it was told to end.</summary>
    internal override void Found(FoundState? found)
    {
    }

    /// <summary>
    /// Its owner was told to roll back and does not answer: from now on it is the database's Server's.
    /// </summary>
    internal override void PresumeRolledBack()
    {
        if (State == LocalState.RollingBack && _owner is not null)
        {
            TakeOver();
        }

        base.PresumeRolledBack();
    }

    /// <summary>The decision is old, and its owner has not carried it out; what it says later is not heard.</summary>
    internal void OwnerIsLate()
    {
        if (State == LocalState.Committing && _owner is not null)
        {
            TakeOver();
        }
    }

    private protected override bool Order(BranchMessage order, long after = 0) =>
        (_owner is not null && _ownerIsClient) || base.Order(order, after);

    /// <summary>Before the decision its owner has ended it, or cannot know how it stands: no commit any more.</summary>
    private void GiveUp(Done done)
    {
        GivenUp = true;
        if (done.Outcome == DoneOutcome.HandedOver)
        {
            TakeOver();
        }
        else
        {
            State = LocalState.Ended;
            if (done.Outcome != DoneOutcome.RolledBack)
            {
                Owner.Damaged(DamageOf(Lane.Self.Node, done));
            }
        }

        Owner.OwnedGivenUp();
    }

    private void TakeOver()
    {
        _owner = null;
        At = Lane.Servers.Find(Server) is { IsDatabase: true } database ? database : null;
        Repeat();
    }

    private void Repeat()
    {
        switch (State)
        {
            case LocalState.Committing:
                Order(new Commit(Server, Owner.Action, Id, Note), Owner.DecidedAt);
                break;
            case LocalState.RollingBack when !Order(new RollbackBranch(Server, Owner.Action, Id, Note)):
                State = LocalState.Ended; // nothing is written of it: the next scan finds it and asks
                Owner.Settled();
                break;
        }
    }
}
