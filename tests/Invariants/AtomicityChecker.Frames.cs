using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Invariants;

/// <content>APDUs that leave a node: I3, I4, I5, I6, I7, I8, I10.</content>
public sealed partial class AtomicityChecker
{
    private void Left(FrameLeft frame, Apdu apdu)
    {
        NodeName node = frame.Node;
        AeTitle sender = AeTitle.Of(node);
        AeTitle receiver = AeTitle.Of(frame.Peer);
        (long, long) association = (frame.Link, frame.Message.Association);
        switch (apdu)
        {
            case BeginRi begin:
                var action = new AtomicActionId(begin.Owner.Resolve(sender, receiver), begin.ActionSuffix);
                _carried[association] = (action, new BranchId(sender, begin.BranchSuffix));
                break;
            case RecoverRi recover:
                _carried[association] = Named(recover, sender, receiver);
                RecoverAsked(node, recover.State, _carried[association]);
                break;
            case RecoverRc recover:
                RecoverAnswered(node, recover, Named(recover, sender, receiver));
                break;
            default:
                if (_carried.TryGetValue(association, out (AtomicActionId Action, BranchId Branch) carried))
                {
                    LeftForBranch(node, apdu, FactsOf(carried.Action), carried.Branch);
                }

                break;
        }
    }

    private static (AtomicActionId, BranchId) Named(RecoverApdu recover, AeTitle sender, AeTitle receiver) => (
        new AtomicActionId(recover.Owner.Resolve(sender, receiver), recover.ActionSuffix),
        new BranchId(recover.Initiator.Resolve(sender, receiver), recover.BranchSuffix));

    private static void LeftForBranch(NodeName node, Apdu apdu, ActionFacts facts, BranchId branch)
    {
        switch (apdu)
        {
            case ReadyRi:
                ReadyStands(facts, node, branch, "C-READY-RI");
                facts.Add(Fact.ReadyLeft, branch);
                break;
            case CommitRi:
                CommitStands(facts, node, branch, "C-COMMIT-RI");
                facts.Add(Fact.CommitOrdered, branch);
                break;
            case RollbackRi when branch.Initiator.Equals(AeTitle.Of(node)):
                MayRollBack(facts, node, branch, "C-ROLLBACK-RI", "I6");
                facts.Add(Fact.RollbackOrdered, branch);
                break;
            case RollbackRi:
                Require(!facts.Has(Fact.ReadyLeft, branch), "I5", facts, $"{node} rolled back after its READY");
                break;
            case CommitRc:
                Confirms(facts, node, branch, apdu, "C-COMMIT-RC");
                break;
            case NochangeRc { Outcome: NochangeOutcome.Committed }:
                Require(facts.Ends.All(e => e.Committed || facts.IsExempt(e)), "I9", facts,
                    $"{node} told a waiting subordinate of a commit that was not");
                break;
            case NochangeRc { Outcome: NochangeOutcome.RolledBack }:
                Require(!facts.Decided, "I9", facts, $"{node} told a waiting subordinate of a rollback that was not");
                break;
        }
    }

    private void RecoverAsked(NodeName node, RecoveryState state, (AtomicActionId Action, BranchId Branch) about)
    {
        ActionFacts facts = FactsOf(about.Action);
        if (state == RecoveryState.Ready)
        {
            ReadyStands(facts, node, about.Branch, "C-RECOVER-RI(ready)");
        }
        else if (state == RecoveryState.Commit)
        {
            CommitStands(facts, node, about.Branch, "C-RECOVER-RI(commit)");
            facts.Add(Fact.CommitOrdered, about.Branch);
        }
    }

    private void RecoverAnswered(NodeName node, RecoverRc answer, (AtomicActionId Action, BranchId Branch) about)
    {
        ActionFacts facts = FactsOf(about.Action);
        if (answer.State == RecoveryState.Done)
        {
            Confirms(facts, node, about.Branch, answer, "C-RECOVER-RC(done)");
        }
        else if (answer.State == RecoveryState.Unknown)
        {
            MayRollBack(facts, node, about.Branch, "C-RECOVER-RC(unknown)", "I8");
            facts.Add(Fact.RollbackOrdered, about.Branch);
        }
        else if (answer.State == RecoveryState.Commit)
        {
            CommitStands(facts, node, about.Branch, "C-RECOVER-RC(commit)");
            facts.Add(Fact.CommitOrdered, about.Branch);
        }
    }

    private static void ReadyStands(ActionFacts facts, NodeName node, BranchId branch, string what)
    {
        Part part = facts.PartOf(node, branch);
        // A READY that crossed the superior's ROLLBACK may leave when all is over: it is dropped (ccr-standard.md 8).
        bool stands = part is { Ready: not null, Forgotten: false } || facts.Has(Fact.RollbackOrdered, branch);
        Require(stands, "I3", facts,
            $"{what} of branch {branch} left {node}, and no log-ready of it is durable there");
    }

    private static void CommitStands(ActionFacts facts, NodeName node, BranchId branch, string what)
    {
        Part? above = facts.Above(node, branch);
        bool stands = above is { Commit: not null, Forgotten: false } && above.Commit.Subordinates.Any(
            s => s.Branch.Equals(branch));
        Require(stands || above?.ByHand is { Decision: Decision.Commit }, "I4", facts,
            $"{what} of branch {branch} left {node}, and no decision to commit it is durable there");
    }

    // A superior may tell a branch to roll back, or that it knows nothing of it, unless it has promised otherwise.
    private static void MayRollBack(ActionFacts facts, NodeName node, BranchId branch, string what, string rule)
    {
        Part? above = facts.Above(node, branch);
        if (above is null || facts.Has(Fact.Confirmed, branch) || above.ByHand is { Decision: Decision.Rollback })
        {
            return;
        }

        Require(!above.CommitLive, rule, facts, $"{what} of branch {branch} left {node}, which has decided to commit");
        Require(!above.ReadyLive || facts.Has(Fact.RollbackOrdered, above.Up), "I5", facts,
            $"{what} of branch {branch} left {node}, which has said READY and knows no outcome");
    }

    private static void Confirms(ActionFacts facts, NodeName node, BranchId branch, Apdu apdu, string what)
    {
        Part part = facts.PartOf(node, branch);
        bool reports = apdu.User.Profile() is HeuristicReport { Damages.Count: > 0 };
        if (part.Commit is { } commit && part.Damage is null && part.ByHand is null)
        {
            AllConfirmed(facts, part, commit, "confirmed");
        }
        else if (part is { Ready: not null, Commit: null, Damage: null, ByHand: null })
        {
            AllServersCommitted(facts, part, part.Ready.Servers, "confirmed");
            Require(part.Forgotten, "I7", facts, $"{what} left {node} before its end was durable there");
        }

        bool owes = part.Damage is { Outcome: Outcome.Committed } && !part.Forgotten;
        bool below = part.Commit?.Subordinates.Any(s => facts.Has(Fact.DamageReported, s.Branch)) ?? false;
        bool wrong = part is { ByHand.Decision: Decision.Rollback, Forgotten: false };
        Require(reports || !(owes || wrong || (below && !part.Forgotten)), "I10", facts,
            $"{what} of branch {branch} left {node} without the damage that it owes");
        facts.Add(Fact.Confirmed, branch);
        if (reports)
        {
            facts.Add(Fact.DamageReported, branch);
        }
    }
}
