using Ccr.Invariants;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <content>The manager's orders, and decisions by hand.</content>
internal sealed partial class SimServer
{
    /// <summary>An operator of the Server decides what it has promised: heuristic.</summary>
    internal void DecideByHand(BranchOf branch, bool commit) => Durably(
        () =>
        {
            if (State.Promised.Remove(branch, out Promise? promise))
            {
                World.Truth.DecidedByHand(branch.Action);
                World.Counters.Heuristics++;
                State.ByHand[branch] = (commit, promise.Manager);
                Finish(branch, promise.Effects, commit, EndCause.ByHand, promise.Manager.Node);
            }
        },
        () => { });

    private void Obey(BranchMessage order)
    {
        BranchOf branch = new(order.Action, order.Branch);
        switch (order)
        {
            case Begin when _chance.Chance(World.Plan.Knobs.RefuseBeginChance):
                Send(new BranchRefused(
                    Name, branch.Action, branch.Branch, new Refusal(RefusalCode.Resource, "no new work now")));
                break;
            case Begin:
                _begun.Add(branch, []);
                Send(new Begun(Name, branch.Action, branch.Branch));
                break;
            case Prepare:
                Vote(branch);
                break;
            case Commit:
                CommitOrdered(branch);
                break;
            case RollbackBranch:
                RollbackOrdered(branch);
                break;
            case CommitOnePhase:
                OnePhase(branch);
                break;
            case ForgetBranch:
                State.Kept.Remove(branch);
                State.ByHand.Remove(branch);
                break;
            case NotMine:
                World.Counters.NotMine++;
                if (State.Promised.TryGetValue(branch, out Promise? held) && held.Manager.Node == Node.Name)
                {
                    throw new SimulationException(
                        $"SEM-3: {_manager} says not mine of {branch.Action}, promised to {held.Manager}.");
                }

                break;
        }
    }

    private void Vote(BranchOf branch)
    {
        bool begun = _begun.TryGetValue(branch, out List<Effect>? effects);
        if (begun && effects!.Count == 0 && _chance.Chance(World.Plan.Knobs.NoChangeChance))
        {
            NoChange vote = new(Name, branch.Action, branch.Branch);
            _begun.Remove(branch);
            Unlock(branch.Action);
            World.Checker.See(new ServerVoted(Node.Name, vote));
            Send(vote);
        }
        else if (!begun || !IsCovered(effects!) || _chance.Chance(World.Plan.Knobs.RefuseVoteChance))
        {
            BranchRefused vote = new(
                Name, branch.Action, branch.Branch, new Refusal(RefusalCode.Resource, "not enough money"));
            Undo(branch);
            World.Checker.See(new ServerVoted(Node.Name, vote));
            Send(vote);
        }
        else
        {
            Promise(branch);
        }
    }

    private void Promise(BranchOf branch)
    {
        ManagerIdentity manager = _manager!;
        bool promised = false;
        Durably(
            () =>
            {
                if (_begun.Remove(branch, out List<Effect>? effects))
                {
                    promised = true;
                    State.Promised[branch] = new Promise(manager, effects);
                    World.Truth.Promised(_place, branch, effects);
                }
            },
            () =>
            {
                if (promised)
                {
                    Ready vote = new(Name, branch.Action, branch.Branch);
                    World.Checker.See(new ServerVoted(Node.Name, vote));
                    Send(vote);
                }
            });
    }

    private void CommitOrdered(BranchOf branch)
    {
        Done answer = new(Name, branch.Action, branch.Branch, DoneOutcome.Committed, "");
        Durably(
            () =>
            {
                if (State.Promised.Remove(branch, out Promise? promise))
                {
                    Finish(
                        branch, promise.Effects, committed: true, EndCause.Ordered, promise.Manager.Node);
                }
                else if (State.ByHand.TryGetValue(branch, out (bool Committed, ManagerIdentity) hand))
                {
                    answer = Compared(branch, hand.Committed, ordered: true);
                }
            },
            () => Send(answer));
    }

    private void RollbackOrdered(BranchOf branch)
    {
        Done answer = new(Name, branch.Action, branch.Branch, DoneOutcome.RolledBack, "");
        if (_begun.ContainsKey(branch) && !_place.IsDatabase)
        {
            Unlock(branch.Action);
        }

        Durably(
            () =>
            {
                // A database knows no name of what is not prepared yet.
                if (!_place.IsDatabase && _begun.Remove(branch))
                {
                    Unlock(branch.Action);
                    Ended(branch, committed: false, EndCause.Ordered);
                }
                else if (State.Promised.Remove(branch, out Promise? promise))
                {
                    Finish(
                        branch, promise.Effects, committed: false, EndCause.Ordered, promise.Manager.Node);
                }
                else if (State.ByHand.TryGetValue(branch, out (bool Committed, ManagerIdentity) hand))
                {
                    answer = Compared(branch, hand.Committed, ordered: false);
                }
            },
            () => Send(answer));
    }

    private Done Compared(BranchOf branch, bool committed, bool ordered)
    {
        if (committed == ordered)
        {
            State.ByHand.Remove(branch);
        }
        else
        {
            World.Truth.Damaged(_place, branch);
        }

        return new Done(
            Name, branch.Action, branch.Branch, committed ? DoneOutcome.Committed : DoneOutcome.RolledBack,
            committed == ordered ? "" : "decided by hand");
    }

    private void OnePhase(BranchOf branch)
    {
        Done? answer = null;
        ManagerIdentity manager = _manager!;
        Durably(
            () =>
            {
                bool begun = _begun.Remove(branch, out List<Effect>? effects);
                bool committed = begun && IsCovered(effects!)
                    && !_chance.Chance(World.Plan.Knobs.RefuseVoteChance);
                State.Kept[branch] = (committed, manager);
                if (begun)
                {
                    World.Truth.Promised(_place, branch, effects!);
                    Finish(branch, effects!, committed, EndCause.OnePhase);
                }

                answer = new Done(
                    Name, branch.Action, branch.Branch,
                    committed ? DoneOutcome.Committed : DoneOutcome.RolledBack, committed ? "" : "not enough money");
            },
            () => Send(answer!));
    }

    private void Finish(
        BranchOf branch, IReadOnlyList<Effect> effects, bool committed, EndCause why, NodeName? promisedAt = null)
    {
        if (committed)
        {
            State.Apply(effects);
        }

        Unlock(branch.Action);
        Ended(branch, committed, why, promisedAt);
    }

    private bool IsCovered(List<Effect> effects)
    {
        foreach (IGrouping<int, Effect> account in effects.Where(e => !e.IsList).GroupBy(e => e.Cell))
        {
            if (State.Balances[account.Key] + account.Sum(e => e.Value) < 0)
            {
                return false;
            }
        }

        return true;
    }
}
