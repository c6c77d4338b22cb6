using Ccr.AtomicActions.Contract;
using Ccr.Protocol;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActions;

/// <content>APDUs on associations without a branch: C-BEGIN, C-RECOVER, and what crossed; and node messages.</content>
public sealed partial class Lane
{
    /// <summary>An APDU arrived on an association that carries no branch now.</summary>
    internal void ReceivedIdle(Association association, Apdu apdu)
    {
        switch (apdu)
        {
            case BeginRi begin when !association.BegunHere:
                BeginBelow(association, begin);
                break;
            case RecoverRi { Reversed: true }:
                Abort(association, "A reversed branch is not offered (ccr-standard.md 13).");
                break;
            case RecoverRi { State: RecoveryState.Commit } recover:
                RecoverCommit(association, recover);
                break;
            case RecoverRi { State: RecoveryState.Ready } recover:
                RecoverReady(association, recover);
                break;
            case PrepareRi or RollbackRi or NochangeRi when !association.BegunHere:
                break; // crossed with our no-change or rollback (ccr-standard.md 9, subordinate in I)
            case RecoverRc:
                break; // late: robustness (ccr-standard.md 9, drop cells of I)
            default:
                Abort(association, $"{ApduNames.Of(apdu)} cannot come without a branch.");
                break;
        }
    }

    private void BeginBelow(Association association, BeginRi begin)
    {
        AeTitle initiator = association.PeerTitle;
        var action = new AtomicActionId(begin.Owner.Resolve(initiator, SelfTitle), begin.ActionSuffix);
        var branch = new BranchId(initiator, begin.BranchSuffix);
        if (action.LaneOf(_lanes) != Index)
        {
            Abort(association, $"{action} does not belong on this lane (asn1/CCR-Link.asn1).");
            return;
        }

        if (Actions.Find(action, branch) is not null)
        {
            Abort(association, $"Branch {branch} of {action} was begun already.");
            return;
        }

        BeginData data = begin.User.Profile() as BeginData ?? new BeginData([association.Peer.Identity.Node], [], 0);
        Counters.BegunBelow++;
        Coordinator.BeginBelow(this, association, action, branch, data, WhyNotBelow(action, data));
    }

    private Refusal? WhyNotBelow(AtomicActionId action, BeginData data)
    {
        if (_closed is { } closed)
        {
            return closed;
        }

        if (_held.ContainsKey(action))
        {
            return HeldRefusal(action);
        }

        if (data.Path.Contains(Self.Node))
        {
            return new Refusal(RefusalCode.Cycle, $"{Self.Node} is among its own ancestors in {action}.");
        }

        return data.Path.Count + 1 > Limits.TreeDepthMax
            ? new Refusal(RefusalCode.TooDeep, $"A tree has at most {Limits.TreeDepthMax} nodes in a row.")
            : Actions.Count >= Limits.OpenActionsPerLaneMax
            ? new Refusal(RefusalCode.Limit, $"{Limits.OpenActionsPerLaneMax} actions are open at {Self.Node}.")
            : null;
    }

    private void RecoverCommit(Association association, RecoverRi recover)
    {
        (AtomicActionId action, BranchId branch) = NamesOf(association, recover);
        if (!branch.Initiator.Equals(association.PeerTitle))
        {
            // A stranger could end branches otherwise (ccr-standard.md 7).
            Abort(association, $"Only {branch.Initiator}, which began the branch, may recover it with commit.");
        }
        else if (_held.ContainsKey(action))
        {
            association.Send(action, Answer(recover, action, branch, RecoveryState.RetryLater));
        }
        else if (Actions.Find(action, branch) is { Up: { } up })
        {
            up.RecoverCommit(association);
        }
        else
        {
            UserData report = Damages.Find(action, branch) is { } damage
                ? UserData.Of(new HeuristicReport(damage.Damages))
                : UserData.None;
            association.Send(
                action, Answer(recover, action, branch, RecoveryState.Done) with { User = report }, ForcedPosition);
        }
    }

    private void RecoverReady(Association association, RecoverRi recover)
    {
        (AtomicActionId action, BranchId branch) = NamesOf(association, recover);
        RemoteBranch? known = null;
        foreach (Coordinator coordinator in Actions.Of(action))
        {
            known ??= coordinator.FindRemote(branch);
        }

        if (!branch.Initiator.Equals(SelfTitle))
        {
            Abort(association, $"{branch} of {action} was not begun by {Self.Node}: not mine (SEM-3).");
        }
        else if (known is not null && known.Node != association.Peer.Identity.Node)
        {
            Abort(association, $"{branch} of {action} is a branch to {known.Node}.");
        }
        else if (_held.ContainsKey(action))
        {
            association.Send(action, Answer(recover, action, branch, RecoveryState.RetryLater));
        }
        else if (known is not null)
        {
            known.RecoverReady(association);
        }
        else
        {
            // The log has been read completely (Restarted is the first input), so no record means rolled back.
            association.Send(action, Answer(recover, action, branch, RecoveryState.Unknown), ForcedPosition);
        }
    }

    private void FromNode(NodeName node, LinkMessage message)
    {
        switch (message)
        {
            case DamageReport report:
                Damages.Reported(node, report);
                break;
            case DamageNoted noted:
                Damages.Noted(noted);
                break;
            default:
                throw new InvariantException($"the lane takes no {message.GetType().Name} from a node");
        }
    }

    private (AtomicActionId Action, BranchId Branch) NamesOf(Association association, RecoverRi recover)
    {
        AeTitle peer = association.PeerTitle;
        return (new AtomicActionId(recover.Owner.Resolve(peer, SelfTitle), recover.ActionSuffix),
            new BranchId(recover.Initiator.Resolve(peer, SelfTitle), recover.BranchSuffix));
    }

    private static RecoverRc Answer(RecoverRi to, AtomicActionId action, BranchId branch, RecoveryState state) =>
        new(PartyName.Of(action.Owner), to.ActionSuffix, PartyName.Of(branch.Initiator), to.BranchSuffix, state);

    private static void Abort(Association association, string why) =>
        association.Break(RefusalCode.ProtocolError, why);
}
