using Ccr.Invariants;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Simulation;

/// <content>
/// A database: Clients begin, prepare and end their branches in it over connections of their own; with the manager it
/// only ends prepared branches by name, and scans for them at times of its own (SEM-9).
/// </content>
internal sealed partial class SimServer
{
    private const double UnreachableChance = 0.1;

    private bool _mayReport;

    /// <summary>What is kept of a branch, for whoever has to end it later.</summary>
    internal static string NoteOf(BranchId branch) => $"xid={branch.Suffix}";

    /// <summary>A Client works in a transaction of its own; the answer is whether it got its locks.</summary>
    internal bool OwnerWorks(BranchOf branch, IReadOnlyList<Effect> effects)
    {
        if (!Lock(new WorkRequest(branch, 0, effects, null)))
        {
            return false;
        }

        _begun[branch] = [.. effects];
        return true;
    }

    /// <summary>PREPARE TRANSACTION; the answer is whether it is prepared.</summary>
    internal void OwnerPrepares(BranchOf branch, ManagerIdentity manager, Action<bool> answer)
    {
        if (_chance.Chance(World.Plan.Knobs.RefuseVoteChance))
        {
            Undo(branch);
        }

        bool prepared = false;
        Durably(
            () =>
            {
                if (_begun.Remove(branch, out List<Effect>? effects))
                {
                    prepared = true;
                    World.Counters.DatabaseBranches++;
                    State.Promised[branch] = new Promise(manager, effects);
                    World.Truth.Promised(_place, branch, effects);
                }
            },
            () =>
            {
                if (prepared)
                {
                    World.Checker.See(new ServerVoted(
                        Node.Name, new Ready(Name, branch.Action, branch.Branch)));
                }

                answer(prepared);
            });
    }

    /// <summary>
    /// COMMIT PREPARED or ROLLBACK PREPARED by its owner; the answer is whether there was such a branch.
    /// </summary>
    internal void OwnerEnds(BranchOf branch, bool commit, Action<bool> answer)
    {
        bool was = false;
        Durably(
            () =>
            {
                if (State.Promised.Remove(branch, out Promise? promise))
                {
                    was = true;
                    Finish(branch, promise.Effects, commit, EndCause.Ordered, promise.Manager.Node);
                }
                else if (!commit && _begun.ContainsKey(branch))
                {
                    was = true;
                    Undo(branch);
                }
            },
            () => answer(was));
    }

    /// <summary>A Client's connection has ended: what it had not prepared is undone.</summary>
    internal void OwnerGone(BranchOf branch) => Undo(branch);

    private void ObeyAsDatabase(BranchMessage order)
    {
        BranchOf branch = new(order.Action, order.Branch);
        switch (order)
        {
            case Commit or RollbackBranch when _chance.Chance(UnreachableChance):
                World.Counters.DatabaseUnreached++;
                AnswerLater(order, branch, Session);
                break;
            case Commit commit:
                World.Counters.DatabaseOrders++;
                if (commit.Note != NoteOf(order.Branch) && (commit.Note is not null
                    || State.Promised.ContainsKey(branch)))
                {
                    throw new SimulationException(
                        $"SEM-9: {Name} is told to commit {order.Action} with the note '{commit.Note}'.");
                }

                CommitOrdered(branch);
                break;
            case RollbackBranch:
                World.Counters.DatabaseOrders++;
                RollbackOrdered(branch);
                break;
            case NotMine or ForgetBranch:
                break;
            default:
                throw new SimulationException($"SEM-9: {Name} is a database and was sent {order.GetType().Name}.");
        }
    }

    // What is prepared the next scan shows again; what is not, it has to answer for by itself.
    private void AnswerLater(BranchMessage order, BranchOf branch, SimEnd? session) =>
        In(_chance.Between(1_000, 2_000_000), () =>
        {
            if (ReferenceEquals(Session, session) && State.Promised.ContainsKey(branch))
            {
                AnswerLater(order, branch, session);
            }
            else if (ReferenceEquals(Session, session))
            {
                ObeyAsDatabase(order);
            }
        });

    // What it sees and what it says of it are some time apart.
    private void Scan()
    {
        if (Session is { } session && _mayReport)
        {
            List<FoundBranch> seen = Find();
            World.Counters.Scans++;
            In(_chance.Between(10, 300_000), () =>
            {
                if (ReferenceEquals(Session, session))
                {
                    Send(new Found(Name, seen, true));
                }
            });
        }

        In(_chance.Between(20_000, 3_000_000), Scan);
    }
}
