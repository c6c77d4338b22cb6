using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Machine;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// The branch to the superior, at its subordinate: a CCR Protocol Machine, the association under it, and recovery by
/// C-RECOVER(ready) while the outcome is not known.
/// </summary>
internal sealed class Upward : IAssociationUser, IDeadlineOwner
{
    private readonly Lane _lane;
    private readonly Coordinator _owner;
    private readonly SubordinateMachine _machine;
    private readonly Backoff _backoff;
    private readonly AeTitle _superiorTitle;
    private Association? _association;
    private bool _begunAnswered;
    private long _after;
    private string _addressHint;

    internal Upward(
        Lane lane,
        Coordinator owner,
        ManagerIdentity superior,
        BranchId id,
        string address,
        SubordinateState state = SubordinateState.I0)
    {
        _lane = lane;
        _owner = owner;
        Superior = superior;
        Id = id;
        _addressHint = address;
        _superiorTitle = AeTitle.Of(superior.Node);
        _machine = new SubordinateMachine(state);
        _backoff = new Backoff(owner.Action, lane.Options);
    }

    /// <summary>To whom READY was said, or will be (SEM-3).</summary>
    internal ManagerIdentity Superior { get; }

    internal BranchId Id { get; }

    internal SubordinateState State => _machine.State;

    internal string Address => _association?.Peer.Address ?? _addressHint;

    /// <summary>Why recovery waits, for the operator; empty when there is nothing to say.</summary>
    internal string Note { get; private set; } = "";

    /// <summary>True while the superior's decision is not known to us.</summary>
    internal bool InDoubt => State is SubordinateState.UR or SubordinateState.DU or SubordinateState.UV;

    internal bool NochangeAllowed => _association?.NochangeOffered ?? false;

    internal void Begin(Association association)
    {
        _association = association;
        association.User = this;
        Apply(SubordinateEvent.BeginRi);
    }

    /// <summary>
    /// C-BEGIN-RC, once, while the branch is active (the superior may have asked to prepare meanwhile).
    /// </summary>
    internal void Begun(IReadOnlyList<ServerPlace> places)
    {
        if (State == SubordinateState.UA && !_begunAnswered)
        {
            _begunAnswered = true;
            Apply(SubordinateEvent.BeginRsp, places: places);
        }
    }

    internal void Extended(long reference, ServerPlace place)
    {
        if (State == SubordinateState.UA && _association is { } association)
        {
            association.Send(new ExtendedData(association.Number, reference, place));
        }
    }

    /// <summary>C-READY, after log-ready is forced.</summary>
    internal void Ready(long after)
    {
        _after = after;
        Apply(SubordinateEvent.ReadyReq);
    }

    internal void NoChange() => Apply(SubordinateEvent.NochangeReqNotRequired);

    /// <summary>We roll back by ourselves: only before READY (ccr-standard.md 3.2).</summary>
    internal void Rollback()
    {
        if (State is SubordinateState.UA or SubordinateState.UP)
        {
            Apply(SubordinateEvent.RollbackReq);
        }
    }

    /// <summary>The superior has not answered our ROLLBACK in time: it is presumed.</summary>
    internal void PresumeRolledBack()
    {
        if (State == SubordinateState.UB && _association is { } silent)
        {
            silent.Break(RefusalCode.Timeout, "C-ROLLBACK was not answered in time.");
        }
    }

    /// <summary>Everything below has been rolled back.</summary>
    internal void RolledBack()
    {
        if (State is SubordinateState.UI or SubordinateState.I)
        {
            Apply(SubordinateEvent.RollbackRsp);
        }
        else if (State == SubordinateState.UO)
        {
            Apply(SubordinateEvent.OnePhaseRspRolledBack);
        }
    }

    /// <summary>Everything below has confirmed commitment, and that is durable at <paramref name="after"/>.</summary>
    internal void Committed(long after)
    {
        _after = after;
        if (State is SubordinateState.UC or SubordinateState.UQ or SubordinateState.UW)
        {
            Apply(SubordinateEvent.CommitRsp);
        }
        else if (State is SubordinateState.UO)
        {
            Apply(SubordinateEvent.OnePhaseRspCommitted);
        }
    }

    /// <summary>An operator decided: the machine only has to allow it.</summary>
    internal void Heuristic() => Apply(SubordinateEvent.HeuristicReq);

    /// <summary>Ask the superior at once: after a restart.</summary>
    internal void Recover()
    {
        if (State == SubordinateState.DU)
        {
            Retry(0);
        }
    }

    /// <summary>C-RECOVER-RI(commit) came on an association of the superior.</summary>
    internal void RecoverCommit(Association association)
    {
        LoseFirst(association);
        Association? asking = _association;
        bool taken = State is SubordinateState.DU or SubordinateState.UV or SubordinateState.UQ or SubordinateState.UW;
        if (taken && !ReferenceEquals(asking, association))
        {
            _association = association;
            association.User = this;
            if (asking is not null)
            {
                asking.Break(RefusalCode.Unspecified, "The superior's own C-RECOVER came first.");
            }
        }

        Apply(SubordinateEvent.RecoverRiCommit, association);
    }

    public void AssociationReady(Association association)
    {
        if (State != SubordinateState.DU)
        {
            // The superior's own C-RECOVER came first, and its exchange lives on another association.
            Free(association);
            return;
        }

        _association = association;
        ManagerIdentity peer = association.Peer.Identity;
        if (peer.Log != Superior.Log || peer.Epoch < Superior.Epoch)
        {
            // SEM-3: only the manager that was promised may say "unknown".
            Note = $"{Superior} was promised; {peer} answers for that name and is not asked.";
            Free(association);
            Retry(_backoff.NextMs());
            return;
        }

        Note = "";
        Apply(SubordinateEvent.RecoverUp);
    }

    public void AssociationFailed(Refusal why)
    {
        Note = why.Text;
        if (State == SubordinateState.DU)
        {
            Retry(_backoff.NextMs());
        }
    }

    public void Received(Association association, Apdu apdu)
    {
        if (apdu is RecoverRi { State: RecoveryState.Commit })
        {
            RecoverCommit(association);
            return;
        }

        Apply(EventOf(apdu), association, apdu);
    }

    public void Received(Association association, AssociationMessage data)
    {
        if (data is ExtendData extend && State == SubordinateState.UA)
        {
            _owner.Extend(extend);
            return;
        }

        if (data is ExtendData && State is SubordinateState.UB or SubordinateState.I)
        {
            return; // crossed with our ROLLBACK-RI
        }

        association.Break(RefusalCode.ProtocolError, "Only an active branch is extended.");
    }

    public void Lost(Association association, string reason)
    {
        if (!ReferenceEquals(association, _association))
        {
            return;
        }

        _association = null;
        _lane.Trace(_owner.Action, _lane.SelfLabel, "manager " + Superior.Node.Value, "association lost");
        bool recovering = State is SubordinateState.UV or SubordinateState.UQ;
        Apply(recovering ? SubordinateEvent.RecoveryLoss : SubordinateEvent.Loss);
        if (State == SubordinateState.DU)
        {
            Retry(_backoff.NextMs());
        }
    }

    public void Reached(DeadlineKind kind)
    {
        if (kind == DeadlineKind.RecoverRetry && State == SubordinateState.DU)
        {
            _lane.Associations.Acquire(Superior.Node, _owner.Action, this, _addressHint);
        }
        else if (kind == DeadlineKind.RecoverAnswer && State == SubordinateState.UV && _association is { } silent)
        {
            silent.Break(RefusalCode.Timeout, "C-RECOVER was not answered in time.");
        }
    }

    private static SubordinateEvent EventOf(Apdu apdu) => apdu switch
    {
        BeginRi => SubordinateEvent.BeginRi,
        PrepareRi => SubordinateEvent.PrepareRi,
        CommitRi => SubordinateEvent.CommitRi,
        RollbackRi => SubordinateEvent.RollbackRi,
        RollbackRc => SubordinateEvent.RollbackRc,
        NochangeRi => SubordinateEvent.NochangeRi,
        NochangeRc => SubordinateEvent.NochangeRc,
        RecoverRc { State: RecoveryState.Commit } => SubordinateEvent.RecoverRcCommit,
        RecoverRc { State: RecoveryState.Unknown } => SubordinateEvent.RecoverRcUnknown,
        RecoverRc { State: RecoveryState.RetryLater } => SubordinateEvent.RecoverRcRetryLater,
        RecoverRc => SubordinateEvent.RecoverRcOther,
        _ => SubordinateEvent.OtherApdu,
    };

    private void LoseFirst(Association arrived)
    {
        bool alive = State is SubordinateState.UA or SubordinateState.UP or SubordinateState.UR or SubordinateState.UC
            or SubordinateState.UB or SubordinateState.UI or SubordinateState.UN or SubordinateState.UO;
        if (!alive)
        {
            return;
        }

        if (_association is { } old && !ReferenceEquals(old, arrived))
        {
            old.Break(RefusalCode.AssociationLost, "The superior began recovery.");
            return;
        }

        _association = null;
        arrived.User = null;
        Apply(SubordinateEvent.Loss);
    }

    private void Apply(
        SubordinateEvent happening,
        Association? on = null,
        Apdu? apdu = null,
        IReadOnlyList<ServerPlace>? places = null)
    {
        Association? association = on ?? _association;
        Cell<SubordinateState, SubordinateAction> cell = _machine.Apply(happening);
        switch (cell.Verdict)
        {
            case Verdict.Drop:
                return;
            case Verdict.Impossible:
                throw new InvariantException($"{happening} in {State} at the subordinate of {_owner.Action} {Id}");
            case Verdict.ProtocolError:
                association!.Break(RefusalCode.ProtocolError,
                    $"{NameOf(happening, apdu)} cannot come in {State} ({cell.Clause}).");
                return;
        }

        Send(cell.Action, association, places);
        if (State is SubordinateState.I or SubordinateState.DU or SubordinateState.UW)
        {
            _lane.Deadlines.Clear(this, DeadlineKind.RecoverAnswer);
            Free(association);
        }

        Tell(cell.Action, apdu);
        if (State == SubordinateState.DU && happening == SubordinateEvent.RecoverRcRetryLater)
        {
            Note = "The superior said: retry later.";
            Retry(_backoff.NextMs());
        }
    }

    private static string NameOf(SubordinateEvent happening, Apdu? apdu) =>
        apdu is null ? happening.ToString() : ApduNames.Of(apdu);

    private void Send(SubordinateAction action, Association? on, IReadOnlyList<ServerPlace>? places)
    {
        Apdu? apdu = action switch
        {
            _ when action.HasFlag(SubordinateAction.BeginRc) =>
                new BeginRc { User = UserData.Of(new BegunData(places ?? [])) },
            _ when action.HasFlag(SubordinateAction.ReadyRi) => new ReadyRi(),
            _ when action.HasFlag(SubordinateAction.NochangeRiNotRequired) =>
                new NochangeRi(NochangeConfirmation.NotRequired),
            _ when action.HasFlag(SubordinateAction.NochangeRiResultRequested) =>
                new NochangeRi(NochangeConfirmation.ResultRequested),
            _ when action.HasFlag(SubordinateAction.RollbackRi) => new RollbackRi { User = Reason() },
            _ when action.HasFlag(SubordinateAction.RollbackRc) => new RollbackRc { User = Report() },
            _ when action.HasFlag(SubordinateAction.CommitRc) => new CommitRc { User = Report() },
            _ when action.HasFlag(SubordinateAction.NochangeRcCommitted) => new NochangeRc(NochangeOutcome.Committed),
            _ when action.HasFlag(SubordinateAction.NochangeRcRolledBack) => new NochangeRc(NochangeOutcome.RolledBack),
            _ when action.HasFlag(SubordinateAction.RecoverRiReady) => new RecoverRi(
                PartyName.Of(_owner.Action.Owner), _owner.Action.Suffix,
                PartyName.Of(_superiorTitle), Id.Suffix, RecoveryState.Ready),
            _ when action.HasFlag(SubordinateAction.RecoverRcDone) => Recovered(RecoveryState.Done),
            _ when action.HasFlag(SubordinateAction.RecoverRcRetryLater) => Recovered(RecoveryState.RetryLater),
            _ => null,
        };
        if (apdu is not null)
        {
            on?.Send(_owner.Action, apdu, _after);
        }

        if (action.HasFlag(SubordinateAction.RecoverRiReady))
        {
            _lane.Deadlines.Set(this, DeadlineKind.RecoverAnswer, _lane.Options.RecoverAnswerTimeoutMs);
        }
    }

    private void Tell(SubordinateAction action, Apdu? apdu)
    {
        if (action.HasFlag(SubordinateAction.IndPrepare))
        {
            _owner.PrepareAsked();
        }
        else if (action.HasFlag(SubordinateAction.IndCommit))
        {
            _lane.Deadlines.Clear(this, DeadlineKind.RecoverRetry);
            _owner.CommitOrdered();
        }
        else if (action.HasFlag(SubordinateAction.IndOnePhase))
        {
            _owner.OnePhaseAsked();
        }
        else if (action.HasFlag(SubordinateAction.IndRollback))
        {
            _lane.Deadlines.Clear(this, DeadlineKind.RecoverRetry);
            _owner.RollbackOrdered(apdu?.User.Profile() is RefusalData data
                ? data.Refusal
                : new Refusal(
                    apdu is null ? RefusalCode.AssociationLost : RefusalCode.Asked,
                    $"Superior {Superior.Node} {(apdu is null ? "was lost before we were ready" : "rolled back")}."));
        }
        else if (action.HasFlag(SubordinateAction.CnfRolledBack) || action.HasFlag(SubordinateAction.CnfNochange))
        {
            _owner.Settled();
        }
    }

    private void Free(Association? association)
    {
        if (ReferenceEquals(association, _association))
        {
            _association = null;
        }

        if (association is not null)
        {
            _addressHint = association.Peer.Address.Length > 0 ? association.Peer.Address : _addressHint;
            if (ReferenceEquals(association.User, this))
            {
                association.Release();
            }
        }
    }

    private void Retry(long delayMs) => _lane.Deadlines.Set(this, DeadlineKind.RecoverRetry, delayMs);

    private UserData Reason() => _owner.Why is { } why ? UserData.Of(new RefusalData(why)) : UserData.None;

    private UserData Report() =>
        _owner.Damages.Count > 0 ? UserData.Of(new HeuristicReport([.. _owner.Damages])) : UserData.None;

    private RecoverRc Recovered(RecoveryState state) => new(
        PartyName.Of(_owner.Action.Owner), _owner.Action.Suffix, PartyName.Of(_superiorTitle), Id.Suffix, state)
    {
        User = state == RecoveryState.Done ? Report() : UserData.None,
    };
}
