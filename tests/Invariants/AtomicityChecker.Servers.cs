using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Invariants;

/// <content>Servers and Clients: I1, I4, I5, I8, I9.</content>
public sealed partial class AtomicityChecker
{
    private void Ordered(NodeName node, BranchMessage order)
    {
        ActionFacts facts = FactsOf(order.Action);
        Part? above = facts.AboveServer(node, order.Branch);
        switch (order)
        {
            case Commit:
                bool decided = above is { CommitLive: true } or { ByHand.Decision: Decision.Commit }
                    or { Commit: not null, Damage.Outcome: Outcome.Committed }
                    || (above is { ReadyLive: true } && facts.Has(Fact.CommitOrdered, above.Up));
                Require(decided, "I4", facts,
                    $"{node} told Server {order.Server} to commit, and no decision is durable");
                break;
            case CommitOnePhase:
                Require(_onePhase.Contains((node, order.Server)), "I4", facts,
                    $"{node} let Server {order.Server} decide alone, and no record of that is durable");
                break;
            case RollbackBranch when above is not null && above.ByHand is null:
                Require(!above.CommitLive, "I8", facts,
                    $"{node} told Server {order.Server} to roll back what it has decided to commit");
                Require(!above.ReadyLive || facts.Has(Fact.RollbackOrdered, above.Up), "I5", facts,
                    $"{node} told Server {order.Server} to roll back after READY, and knows no outcome");
                break;
        }
    }

    private void NotEnded(NodeName node, Ready ready)
    {
        ActionFacts facts = FactsOf(ready.Action);
        Require(facts.EndOf(ready.Branch) is null, "I6", facts,
            $"Server {ready.Server} of {node} promised a branch that had ended");
    }

    private void Ended(BranchEnded end)
    {
        ActionFacts facts = FactsOf(end.Action);
        Require(end.Why != EndCause.BeforePromise || !facts.Has(Fact.Promised, end.Branch), "I5", facts,
            $"Server {end.Server} undid by itself what it had promised");
        Require(facts.EndOf(end.Branch) is not { } before || before.Committed == end.Committed, "I6", facts,
            $"Server {end.Server} ended the same branch twice, and not the same way");
        facts.Ended(end);
        BranchEnded? other = facts.Ends.FirstOrDefault(e => e.Committed != end.Committed && !facts.IsExempt(e));
        Require(other is null || facts.IsExempt(end), "I1", facts,
            $"Server {end.Server} of {end.Node} {Word(end)} and Server {other?.Server} of {other?.Node} did not");
        Require(!facts.ToldRolledBack || !end.Committed || facts.IsExempt(end), "I9", facts,
            $"Server {end.Server} committed what a Client was told is rolled back");
        Require(!facts.ToldCommitted || end.Committed || facts.IsExempt(end), "I9", facts,
            $"Server {end.Server} rolled back what a Client was told is committed");
    }

    private void Told(NodeName node, SessionMessage message)
    {
        switch (message)
        {
            case DoneCommit done:
                ToldCommitted(node, FactsOf(done.Action));
                break;
            case OutcomeIs { Outcome: Outcome.Committed } outcome:
                ToldCommitted(node, FactsOf(outcome.Action));
                break;
            case RolledBack rolled:
                ToldRolledBack(node, FactsOf(rolled.Action));
                break;
            case OutcomeIs { Outcome: Outcome.RolledBack } outcome:
                ToldRolledBack(node, FactsOf(outcome.Action));
                break;
        }
    }

    private static void ToldCommitted(NodeName node, ActionFacts facts)
    {
        bool nothingPromised = !facts.Promised.Any();
        Require(facts.Decided || nothingPromised, "I9", facts,
            $"{node} told its Client committed, and no decision is durable");
        Require(!facts.ToldRolledBack, "I9", facts, $"{node} told its Client committed after rolled back");
        BranchEnded? undone = facts.Ends.FirstOrDefault(e => !e.Committed && !facts.IsExempt(e));
        Require(undone is null, "I9", facts,
            $"{node} told its Client committed, and Server {undone?.Server} has rolled back");
        facts.ToldCommitted = true;
    }

    private static void ToldRolledBack(NodeName node, ActionFacts facts)
    {
        Require(!facts.Decided, "I9", facts, $"{node} told its Client rolled back, and commit is decided");
        // What changed nothing has no record (ccr-standard.md 5): after a restart it is presumed, which is the same.
        Require(!facts.ToldCommitted || !(facts.Promised.Any() || facts.Ends.Any(e => e.Committed)), "I9", facts,
            $"{node} told its Client rolled back after committed");
        BranchEnded? done = facts.Ends.FirstOrDefault(e => e.Committed && !facts.IsExempt(e));
        Require(done is null, "I9", facts,
            $"{node} told its Client rolled back, and Server {done?.Server} has committed");
        facts.ToldRolledBack = true;
    }

    private static string Word(BranchEnded end) => end.Committed ? "committed" : "rolled back";
}
