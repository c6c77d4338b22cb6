using Ccr.AtomicActions.Contract;
using Ccr.Protocol;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <content>Application branches: enlisted, prepared and ended by a session that holds a connection (SEM-9).</content>
internal sealed partial class Coordinator
{
    private bool _clientEnlists;

    internal bool HasOwned => _locals.Exists(b => b is OwnedBranch);

    /// <summary>An action whose identifier was leased to its Client: opened by the first message about it.</summary>
    internal static Coordinator OpenLeased(Lane lane, SessionId client, int timeoutMs, AtomicActionId action)
    {
        var coordinator = new Coordinator(
            lane, action, [], timeoutMs == 0 ? lane.Options.ActionTimeoutMs : timeoutMs)
        { Client = client };
        lane.Actions.Add(coordinator);
        lane.Deadlines.Set(coordinator, DeadlineKind.Action, coordinator.TimeoutMs);
        return coordinator;
    }

    /// <summary>
    /// A session will prepare these branches itself. It is not answered; what cannot be is rolled back.
    /// </summary>
    internal void Enlist(SessionId session, Enlist enlist)
    {
        bool isClient = enlist.Branch is null;
        _clientEnlists |= isClient && Client == session && enlist.Branches.Count > 0;
        if (_clientEnlists && Phase == ActionPhase.RollingBack)
        {
            TellOwner(); // the end may be long in coming, and it has locks
        }

        foreach (ApplicationBranch branch in enlist.Branches)
        {
            if (!IsUndecided || (isClient && Client != session))
            {
                // It hears, or has heard, that the action is over; what it prepares all the same, a scan finds.
                return;
            }

            if (Objection(branch) is { } why)
            {
                Failed(why);
                return;
            }

            _locals.Add(new OwnedBranch(_lane, this, branch, session, isClient));
        }
    }

    /// <summary>The database said that these are prepared.</summary>
    internal void Prepared(SessionId session, Prepared prepared)
    {
        foreach (ApplicationBranch branch in prepared.Branches)
        {
            if (!IsUndecided)
            {
                return;
            }

            if (FindLocal(branch.Branch) is OwnedBranch { State: LocalState.Active } owned
                && owned.OwnedBy(session) && owned.Server == branch.Server)
            {
                owned.Prepared(branch.Note);
            }
            else
            {
                Failed(new Refusal(RefusalCode.NotBegun,
                    $"{branch.Branch} at {branch.Server} is said to be prepared, and was not enlisted before."));
                return;
            }
        }
    }

    /// <summary>
    /// An owner ended its branch by itself: after TransClose, or below, that is a vote against commit.
    /// </summary>
    internal void OwnedGivenUp()
    {
        if (Phase == ActionPhase.Preparing)
        {
            Failed(GivenUp()!);
        }
    }

    private Refusal? Objection(ApplicationBranch branch)
    {
        if (_locals.Count + _remotes.Count >= Limits.BranchesPerActionMax)
        {
            return new Refusal(
                RefusalCode.Limit, $"An action has at most {Limits.BranchesPerActionMax} branches here.");
        }

        if (_lane.Servers.Find(branch.Server) is not { IsDatabase: true } database)
        {
            return new Refusal(RefusalCode.NoSuchServer,
                $"{branch.Server} is no database of {_lane.Self.Node}: register it, so that its branches can be "
                + "recovered.");
        }

        if (_lane.Owed.Objection(database) is { } owes)
        {
            return owes;
        }

        bool isNew = branch.Branch.Initiator.Equals(_lane.SelfTitle) && !_lane.Actions.Knows(Action, branch.Branch);
        return isNew
            ? null
            : new Refusal(RefusalCode.WrongState, $"{branch.Branch} is no new branch of {_lane.Self.Node}.");
    }

    private bool Owns(SessionId? session) => _locals.Exists(b => b is OwnedBranch owned && owned.OwnedBy(session));

    /// <summary>Why a branch that its owner has ended keeps the action from committing, or null.</summary>
    private Refusal? GivenUp() => _locals.Find(b => b is OwnedBranch { GivenUp: true }) is { } branch
        ? new Refusal(RefusalCode.Resource, $"The branch at {branch.Server} was not prepared.")
        : null;

    /// <summary>Owners that stand still after the decision: their databases' Servers end what they hold.</summary>
    private void TakeOverOwned()
    {
        foreach (OwnedBranch branch in _locals.OfType<OwnedBranch>().ToArray())
        {
            branch.OwnerIsLate();
        }
    }

    private void OverUnlessPrepared()
    {
        foreach (LocalBranch branch in _locals)
        {
            (branch as OwnedBranch)?.OverUnlessPrepared();
        }
    }
}
