using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Invariants;

/// <content>Records: I2, I6, I7.</content>
public sealed partial class AtomicityChecker
{
    private void Durable(NodeName node, LogContent content)
    {
        switch (content)
        {
            case LogReady ready:
                DurableReady(node, ready);
                break;
            case LogCommit commit:
                DurableCommit(node, commit);
                break;
            case Heuristic byHand:
                Change(node, byHand.Action, byHand.Branch, p => p with { ByHand = byHand });
                break;
            case LogDamage damage:
                DurableDamage(node, damage);
                break;
            case Forget forget:
                DurableForget(node, forget);
                break;
            case OnePhaseServer onePhase:
                _onePhase.Add((node, onePhase.Server));
                break;
        }
    }

    private void DurableReady(NodeName node, LogReady ready)
    {
        ActionFacts facts = FactsOf(ready.Action);
        AllVoted(facts, node, "log-ready", ready.Servers, ready.Subordinates);
        facts.Put(facts.PartOf(node, ready.Branch) with { Ready = ready });
    }

    private void DurableCommit(NodeName node, LogCommit commit)
    {
        ActionFacts facts = FactsOf(commit.Action);
        Part part = facts.PartOf(node, commit.Branch);
        AllVoted(facts, node, "log-commit", commit.Servers, commit.Subordinates);
        Require(!facts.ToldRolledBack, "I6", facts, $"{node} logged commit after a Client was told rolled back");
        Require(part.Up is null || part.Ready is null || facts.Has(Fact.CommitOrdered, part.Up), "I4", facts,
            $"{node} logged commit, and its superior never ordered it");
        foreach (Subordinate below in commit.Subordinates)
        {
            Require(!facts.Has(Fact.RollbackOrdered, below.Branch), "I6", facts,
                $"{node} logged commit after branch {below.Branch} was told to roll back");
        }

        facts.Put(part with { Commit = commit });
    }

    private void DurableDamage(NodeName node, LogDamage damage)
    {
        ActionFacts facts = FactsOf(damage.Action);
        Require(damage.Damages.DistinctBy(d => (d.Node, d.Branch)).Count() == damage.Damages.Count, "I10", facts,
            $"{node} counted the damage of one branch twice");
        foreach (Damage one in damage.Damages)
        {
            facts.NoteDamage(one.Node, one.Branch);
        }

        facts.Put(facts.PartOf(node, damage.Branch) with { Damage = damage });
    }

    private void DurableForget(NodeName node, Forget forget)
    {
        ActionFacts facts = FactsOf(forget.Action);
        Part part = facts.PartOf(node, forget.Branch);
        if (part is { Commit: { } commit, Damage: null, Forgotten: false })
        {
            Require(forget.Outcome == Outcome.Committed, "I6", facts, $"{node} forgot a commit as {forget.Outcome}");
            AllConfirmed(facts, part, commit, "forgot");
        }

        facts.Put(part with { Forgotten = true });
    }

    private static void AllVoted(
        ActionFacts facts, NodeName node, string record,
        IReadOnlyList<ServerBranch> servers, IReadOnlyList<Subordinate> subordinates)
    {
        foreach (ServerBranch server in servers)
        {
            Require(facts.Has(Fact.Promised, server.Branch), "I2", facts,
                $"{record} at {node} names Server {server.Server}, which has not promised");
        }

        foreach (Subordinate below in subordinates)
        {
            Require(facts.Has(Fact.ReadyLeft, below.Branch), "I2", facts,
                $"{record} at {node} names node {below.Node}, which has not said READY");
        }
    }

    private static void AllConfirmed(ActionFacts facts, Part part, LogCommit commit, string what)
    {
        foreach (Subordinate below in commit.Subordinates)
        {
            Require(facts.Has(Fact.Confirmed, below.Branch), "I7", facts,
                $"{part.Node} {what} before subordinate {below.Node} confirmed");
        }

        AllServersCommitted(facts, part, commit.Servers, what);
    }

    private static void AllServersCommitted(
        ActionFacts facts, Part part, IEnumerable<ServerBranch> servers, string what)
    {
        foreach (ServerBranch server in servers)
        {
            bool ended = facts.EndOf(server.Branch) is { } end && (end.Committed || facts.IsExempt(end));
            Require(ended || facts.IsDamaged(server.Branch), "I7", facts,
                $"{part.Node} {what} before Server {server.Server} committed");
        }
    }

    private void Change(NodeName node, AtomicActionId action, BranchId? up, Func<Part, Part> change)
    {
        ActionFacts facts = FactsOf(action);
        facts.Put(change(facts.PartOf(node, up)));
    }
}
