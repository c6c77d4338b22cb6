using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Machine;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <summary>
/// The branch to one subordinate node, at its superior: a CCR Protocol Machine, the association under it, and
/// recovery by C-RECOVER when that is lost. Which APDU goes when is the machine's table; this carries it out.
/// </summary>
internal sealed class RemoteBranch : IAssociationUser, IDeadlineOwner
{
    private readonly Lane _lane;
    private readonly Coordinator _owner;
    private readonly SuperiorMachine _machine;
    private readonly Backoff _backoff;
    private readonly List<Placement> _toBegin = [];
    private readonly Dictionary<long, Placement> _extending = [];
    private Association? _association;
    private long _extensions;
    private long _after;
    private string _addressHint;

    internal RemoteBranch(
        Lane lane,
        Coordinator owner,
        NodeName node,
        BranchId id,
        SuperiorState state = SuperiorState.I0,
        string hint = "")
    {
        _lane = lane;
        _owner = owner;
        Node = node;
        Id = id;
        _machine = new SuperiorMachine(state);
        _backoff = new Backoff(owner.Action, lane.Options);
        _addressHint = hint;
        IsReady = state is SuperiorState.DR or SuperiorState.DC;
    }

    internal NodeName Node { get; }

    internal BranchId Id { get; }

    internal SuperiorState State => _machine.State;

    /// <summary>READY came, and no decision was carried out since.</summary>
    internal bool IsReady { get; private set; }

    /// <summary>Where the subordinate listens, for the log.</summary>
    internal string Address => _association?.Peer.Address ?? _addressHint;

    internal bool VotePending => State is SuperiorState.SP or SuperiorState.SA;

    /// <summary>True when nothing is owed either way. A waiting no-change subordinate is told and ends.</summary>
    internal bool Settled => State is SuperiorState.I or SuperiorState.SN;

    /// <summary>One more Server may be added to this branch.</summary>
    internal bool CanExtend => State is SuperiorState.I0 or SuperiorState.SA;

    /// <summary>Adds a Server: with C-BEGIN when that has not gone yet, by extend otherwise.</summary>
    internal void Add(Placement placement)
    {
        if (State == SuperiorState.I0)
        {
            _toBegin.Add(placement);
            return;
        }

        _extending.Add(++_extensions, placement);
        _association!.Send(new ExtendData(_association.Number, _extensions, placement.Server));
    }

    /// <summary>Wants an association, and sends C-BEGIN on it.</summary>
    internal void Begin()
    {
        _lane.Deadlines.Set(this, DeadlineKind.Begin, _lane.Options.BeginTimeoutMs);
        _lane.Associations.Acquire(Node, _owner.Action, this, _addressHint);
    }

    internal void Prepare()
    {
        if (State == SuperiorState.SA)
        {
            Apply(SuperiorEvent.PrepareReq);
        }
    }

    /// <summary>The decision is commit, durable at <paramref name="after"/>.</summary>
    internal void Commit(long after)
    {
        _after = after;
        Apply(SuperiorEvent.CommitReq);
        if (State == SuperiorState.DC)
        {
            Retry(0);
        }
    }

    /// <summary>Rolled back; by hand, that leaves only after the record at <paramref name="after"/>.</summary>
    internal void Rollback(long after = 0)
    {
        IsReady = false;
        _after = after;
        if (State is SuperiorState.I0)
        {
            NeverBegan(new Refusal(RefusalCode.Asked, "The action is rolled back."));
        }
        else if (State is SuperiorState.SA or SuperiorState.SP or SuperiorState.SR or SuperiorState.SN
            or SuperiorState.DR)
        {
            Apply(SuperiorEvent.RollbackReq);
        }
        else if (State == SuperiorState.SI)
        {
            Apply(SuperiorEvent.RollbackRsp);
        }
    }

    /// <summary>The subordinate has not answered ROLLBACK in time: it is presumed.</summary>
    internal void PresumeRolledBack()
    {
        if (State == SuperiorState.SB && _association is { } silent)
        {
            silent.Break(RefusalCode.Timeout, "C-ROLLBACK was not answered in time.");
        }
    }

    /// <summary>After a restart: ask the subordinate at once.</summary>
    internal void Recover() => Retry(0);

    /// <summary>The subordinate asks: C-RECOVER-RI(ready), on an association of either side.</summary>
    internal void RecoverReady(Association association)
    {
        LoseFirst(association);
        if (State == SuperiorState.DC)
        {
            _lane.Deadlines.Clear(this, DeadlineKind.RecoverRetry);
            _lane.Associations.Forgo(Node, this);
            _association = association;
            association.User = this;
        }

        if (State == SuperiorState.SV)
        {
            return;
        }

        Apply(SuperiorEvent.RecoverRiReady, association);
    }

    public void AssociationReady(Association association)
    {
        if (State is not (SuperiorState.I0 or SuperiorState.DC))
        {
            // The subordinate's own C-RECOVER came first, and its exchange lives on another association.
            Free(association);
            return;
        }

        _association = association;
        Apply(State == SuperiorState.I0 ? SuperiorEvent.BeginReq : SuperiorEvent.RecoverUp);
    }

    public void AssociationFailed(Refusal why)
    {
        if (State == SuperiorState.I0)
        {
            NeverBegan(why);
        }
        else if (State == SuperiorState.DC)
        {
            Retry(_backoff.NextMs());
        }
    }

    public void Received(Association association, Apdu apdu)
    {
        if (apdu is RecoverRi { State: RecoveryState.Ready })
        {
            RecoverReady(association);
            return;
        }

        if (apdu is BeginRc begun)
        {
            Begun(begun);
        }

        if (apdu.User.Profile() is HeuristicReport report)
        {
            foreach (Damage damage in report.Damages)
            {
                _owner.Damaged(damage);
            }
        }

        Apply(EventOf(apdu), association, apdu);
    }

    public void Received(Association association, AssociationMessage data)
    {
        if (data is ExtendedData extended && _extending.Remove(extended.Reference, out Placement? placement))
        {
            placement.Resolve(extended.Place);
            return;
        }

        association.Break(RefusalCode.ProtocolError, "Only what was asked for can be extended.");
    }

    public void Lost(Association association, string reason)
    {
        if (!ReferenceEquals(association, _association))
        {
            return;
        }

        _association = null;
        _lane.Trace(_owner.Action, _lane.SelfLabel, "manager " + Node.Value, "association lost");
        Apply(State == SuperiorState.SV ? SuperiorEvent.RecoveryLoss : SuperiorEvent.Loss, null, null, reason);
        if (State == SuperiorState.DC)
        {
            Retry(_backoff.NextMs());
        }
    }

    public void Reached(DeadlineKind kind)
    {
        switch (kind)
        {
            case DeadlineKind.Begin when State == SuperiorState.I0:
                _lane.Associations.Forgo(Node, this);
                NeverBegan(new Refusal(RefusalCode.NodeUnreachable,
                    $"Node {Node} gave no association within {_lane.Options.BeginTimeoutMs} ms."));
                break;
            case DeadlineKind.Begin when _toBegin.Count > 0 && State == SuperiorState.SA:
                _owner.Failed(new Refusal(RefusalCode.Timeout,
                    $"Node {Node} did not begin within {_lane.Options.BeginTimeoutMs} ms."));
                break;
            case DeadlineKind.RecoverRetry when State == SuperiorState.DC:
                _lane.Associations.Acquire(Node, _owner.Action, this, _addressHint);
                break;
            case DeadlineKind.RecoverAnswer when State == SuperiorState.SV && _association is { } silent:
                silent.Break(RefusalCode.Timeout, "C-RECOVER was not answered in time.");
                break;
        }
    }

    internal BranchStatus Status() => new(Id, "node " + Node.Value, State.ToString());

    private static SuperiorEvent EventOf(Apdu apdu) => apdu switch
    {
        BeginRc => SuperiorEvent.BeginRc,
        ReadyRi => SuperiorEvent.ReadyRi,
        RollbackRi => SuperiorEvent.RollbackRi,
        RollbackRc => SuperiorEvent.RollbackRc,
        CommitRc => SuperiorEvent.CommitRc,
        NochangeRi { Confirmation: NochangeConfirmation.NotRequired } => SuperiorEvent.NochangeRiNotRequired,
        NochangeRi => SuperiorEvent.NochangeRiResultRequested,
        NochangeRc { Outcome: NochangeOutcome.Committed } => SuperiorEvent.NochangeRcCommitted,
        NochangeRc { Outcome: NochangeOutcome.RolledBack } => SuperiorEvent.NochangeRcRolledBack,
        NochangeRc => SuperiorEvent.NochangeRcOther,
        RecoverRc { State: RecoveryState.Done } => SuperiorEvent.RecoverRcDone,
        RecoverRc { State: RecoveryState.RetryLater } => SuperiorEvent.RecoverRcRetryLater,
        RecoverRc => SuperiorEvent.RecoverRcOther,
        _ => SuperiorEvent.OtherApdu,
    };

    /// <summary>
    /// A RECOVER for a branch that looks alive proves that the peer saw a failure (ccr-standard.md 7).
    /// </summary>
    private void LoseFirst(Association arrived)
    {
        bool alive = State is not (SuperiorState.I or SuperiorState.DR or SuperiorState.DC or SuperiorState.SV
            or SuperiorState.I0);
        if (!alive || _association is not { } old)
        {
            return;
        }

        if (ReferenceEquals(old, arrived))
        {
            _association = null;
            arrived.User = null;
            Apply(SuperiorEvent.Loss, null, null, "the subordinate began recovery");
        }
        else
        {
            old.Break(RefusalCode.AssociationLost, "The subordinate began recovery.");
        }
    }

    private void Apply(
        SuperiorEvent happening, Association? on = null, Apdu? apdu = null, string reason = "the association was lost")
    {
        Association? association = on ?? _association;
        Cell<SuperiorState, SuperiorAction> cell = _machine.Apply(happening);
        switch (cell.Verdict)
        {
            case Verdict.Drop:
                return;
            case Verdict.Impossible:
                throw new InvariantException($"{happening} in {State} at the superior of {_owner.Action} {Id}");
            case Verdict.ProtocolError:
                association!.Break(RefusalCode.ProtocolError,
                    $"{NameOf(happening, apdu)} cannot come in {State} ({cell.Clause}).");
                return;
        }

        Send(cell.Action, association);
        if (State is SuperiorState.I or SuperiorState.DC or SuperiorState.DR)
        {
            _lane.Deadlines.Clear(this, DeadlineKind.RecoverAnswer);
            Free(association);
        }

        Tell(cell.Action, apdu, reason);
    }

    private static string NameOf(SuperiorEvent happening, Apdu? apdu) =>
        apdu is null ? happening.ToString() : ApduNames.Of(apdu);

    private void Send(SuperiorAction action, Association? on)
    {
        if (action.HasFlag(SuperiorAction.BeginRi))
        {
            SendBegin(on!);
        }

        Apdu? apdu = action switch
        {
            _ when action.HasFlag(SuperiorAction.PrepareRi) => new PrepareRi(),
            _ when action.HasFlag(SuperiorAction.CommitRi) => new CommitRi(),
            _ when action.HasFlag(SuperiorAction.RollbackRi) => new RollbackRi { User = RefusalOf(_owner.Why) },
            _ when action.HasFlag(SuperiorAction.RollbackRc) => new RollbackRc(),
            _ when action.HasFlag(SuperiorAction.NochangeRi) => new NochangeRi(NochangeConfirmation.ResultRequested),
            _ when action.HasFlag(SuperiorAction.NochangeRcCommitted) => new NochangeRc(NochangeOutcome.Committed),
            _ when action.HasFlag(SuperiorAction.NochangeRcRolledBack) => new NochangeRc(NochangeOutcome.RolledBack),
            _ when action.HasFlag(SuperiorAction.RecoverRiCommit) => RecoverCommit(),
            _ when action.HasFlag(SuperiorAction.RecoverRcUnknown) => Recovered(RecoveryState.Unknown),
            _ when action.HasFlag(SuperiorAction.RecoverRcRetryLater) => Recovered(RecoveryState.RetryLater),
            _ => null,
        };
        if (apdu is not null)
        {
            on!.Send(_owner.Action, apdu, _after);
        }

        if (action.HasFlag(SuperiorAction.RecoverRiCommit))
        {
            _lane.Deadlines.Set(this, DeadlineKind.RecoverAnswer, _lane.Options.RecoverAnswerTimeoutMs);
        }
    }

    private void Tell(SuperiorAction action, Apdu? apdu, string reason)
    {
        if (action.HasFlag(SuperiorAction.IndReady))
        {
            IsReady = true;
            _owner.VoteArrived();
        }
        else if (action.HasFlag(SuperiorAction.IndNochange))
        {
            _owner.VoteArrived();
        }
        else if (action.HasFlag(SuperiorAction.IndRolledBack))
        {
            var why = apdu?.User.Profile() is RefusalData data
                ? data.Refusal
                : new Refusal(RefusalCode.AssociationLost, $"Node {Node}: {reason}.");
            RefuseOpen(why);
            _owner.Failed(why);
        }
        else if (action.HasFlag(SuperiorAction.CnfCommitted) || action.HasFlag(SuperiorAction.CnfRolledBack))
        {
            _lane.Deadlines.Clear(this, DeadlineKind.RecoverRetry);
            _owner.Settled();
        }
        else if (State == SuperiorState.DC && action == SuperiorAction.None
            && !_lane.Deadlines.IsSet(this, DeadlineKind.RecoverRetry))
        {
            Retry(_backoff.NextMs());
        }
    }

    private void SendBegin(Association on)
    {
        var data = new BeginData(_owner.PathBelow, [.. _toBegin.Select(p => p.Server)], _owner.TimeoutMs);
        AeTitle owner = _owner.Action.Owner;
        PartyName party = owner.Equals(_lane.SelfTitle) ? PartyName.Sender : PartyName.Of(owner);
        on.Send(_owner.Action, new BeginRi(party, _owner.Action.Suffix, Id.Suffix) { User = UserData.Of(data) });
    }

    private void Begun(BeginRc begun)
    {
        _lane.Deadlines.Clear(this, DeadlineKind.Begin);
        Placement[] waiting = [.. _toBegin];
        _toBegin.Clear();
        IReadOnlyList<ServerPlace> places = begun.User.Profile() is BegunData data ? data.Places : [];
        foreach (Placement placement in waiting)
        {
            placement.Resolve(places.FirstOrDefault(p => p.Server == placement.Server)
                ?? Refused(placement, new Refusal(RefusalCode.Unspecified, $"Node {Node} did not say.")));
        }
    }

    private void NeverBegan(Refusal why)
    {
        _machine.Apply(SuperiorEvent.RollbackReq);
        _lane.Deadlines.Clear(this, DeadlineKind.Begin);
        _owner.Remove(this);
        RefuseOpen(why);
        _owner.Settled();
    }

    private void RefuseOpen(Refusal why)
    {
        Placement[] waiting = [.. _toBegin, .. _extending.OrderBy(e => e.Key).Select(e => e.Value)];
        _toBegin.Clear();
        _extending.Clear();
        foreach (Placement placement in waiting)
        {
            placement.Resolve(Refused(placement, why));
        }
    }

    private ServerPlace Refused(Placement placement, Refusal why) => new(placement.Server, Node, null, why);

    private void Free(Association? association = null)
    {
        association ??= _association;
        if (ReferenceEquals(association, _association))
        {
            _association = null;
        }

        if (association is not null && (association.User is null || ReferenceEquals(association.User, this)))
        {
            if (_addressHint.Length == 0)
            {
                _addressHint = association.Peer.Address;
            }

            if (ReferenceEquals(association.User, this))
            {
                association.Release();
            }
        }
    }

    private void Retry(long delayMs) => _lane.Deadlines.Set(this, DeadlineKind.RecoverRetry, delayMs);

    private RecoverRi RecoverCommit() => new(
        PartyName.Of(_owner.Action.Owner),
        _owner.Action.Suffix,
        PartyName.Of(Id.Initiator),
        Id.Suffix,
        RecoveryState.Commit);

    private RecoverRc Recovered(RecoveryState state) => new(
        PartyName.Of(_owner.Action.Owner), _owner.Action.Suffix, PartyName.Of(Id.Initiator), Id.Suffix, state);

    private static UserData RefusalOf(Refusal? why) =>
        why is null ? UserData.None : UserData.Of(new RefusalData(why));
}
