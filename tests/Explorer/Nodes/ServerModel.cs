using Ccr.Explorer.Lanes;
using Ccr.Invariants;
using Ccr.Protocol.Messages;

namespace Ccr.Explorer.Nodes;

/// <summary>
/// The Server of a node. It obeys at once, but takes its time to vote; its own time changes nothing else that others
/// see. What it promised and what it did are durable.
/// </summary>
internal sealed class ServerModel(Cast cast, int node, int extendsTo)
{
    /// <summary>Carries out orders up to one that asks for a vote.</summary>
    internal void Obey(NodeRun run, NodeState state)
    {
        while (state.ToServer.Count > 0
            && cast.Messages[state.ToServer[0]] is BranchMessage order and not (Prepare or CommitOnePhase))
        {
            int message = state.ToServer[0];
            state.ToServer.RemoveAt(0);
            if (Answer(run, state, order, message) is { } answer)
            {
                Say(state, answer);
            }
        }
    }

    /// <summary>The vote that is asked for: 0 ready, 1 no change, 2 no.</summary>
    internal void Vote(NodeRun run, NodeState state, int how)
    {
        var order = (BranchMessage)cast.Messages[state.ToServer[0]];
        state.ToServer.RemoveAt(0);
        SessionMessage vote = order is CommitOnePhase
            ? OnePhase(run.Sights, state, order, how) : TwoPhase(run.Sights, state, order, how);
        Say(state, vote);
        if (vote is Ready or NoChange or BranchRefused)
        {
            run.Sights.Add(new Sight(SightKind.ServerVoted, state.FromServer[^1]));
        }

        Obey(run, state);
    }

    /// <summary>Whatever was not promised is undone.</summary>
    internal void Undo(NodeState state, List<Sight> sights)
    {
        state.ToServer.Clear();
        if (state.Branch == AtServer.Begun)
        {
            // Nobody could use a branch of which the manager has not heard yet: another may take its place.
            if (state.FromServer.Exists(m => cast.Messages[m] is Begun))
            {
                state.Branch = AtServer.None;
                return;
            }

            End(sights, state, committed: false, EndCause.BeforePromise);
        }
    }

    /// <summary>A new session: what the Server found of its branch.</summary>
    internal void Back(NodeState state)
    {
        state.Server = ServerLink.Connected;
        state.ServerSession = ++state.LastSession;
        List<FoundBranch> found = [];
        if (state.Branch is AtServer.Prepared or AtServer.KeptCommitted or AtServer.KeptRolledBack)
        {
            var names = (BranchMessage)cast.Messages[state.BranchNames];
            found.Add(new FoundBranch(names.Action, names.Branch, cast.IdentityOf(node, state.PromisedEpoch),
                state.Branch switch
                {
                    AtServer.Prepared => FoundState.Ready,
                    AtServer.KeptCommitted => FoundState.Committed,
                    _ => FoundState.RolledBack,
                }));
        }

        state.FromServer.Clear();
        Say(state, new Found(cast.Servers[node], found, true));
    }

    private void Say(NodeState state, SessionMessage message) => state.FromServer.Add(cast.Messages.Of(message));

    private SessionMessage? Answer(NodeRun run, NodeState state, BranchMessage order, int message)
    {
        (string server, Protocol.Names.AtomicActionId action, Protocol.Names.BranchId branch) =
            (order.Server, order.Action, order.Branch);
        switch (order)
        {
            case Begin:
                run.Require(state.Branch == AtServer.None, "SEM-8", "a Server was told to begin twice");
                state.Branch = AtServer.Begun;
                state.BranchNames = message;
                state.Seen &= ~Seen.RolledBack; // one that was undone before its Client could use it is replaced
                Say(state, new Begun(server, action, branch));
                return extendsTo < 0 ? null : new TransOpenSub(9, action, branch, cast.Servers[extendsTo]);
            case Commit:
                bool promised = state.Branch == AtServer.Prepared;
                // By hand an operator may order what an outcome that was lost by a crash has ended before.
                run.Require(promised || (state.Seen & (Seen.Committed | Seen.Heuristic)) != 0, "I2",
                    "a Server was told to commit what it had not promised");
                run.Require(node != 0 || state.Seen.HasFlag(Seen.Decided), "I4",
                    "a Server was told to commit before log-commit was forced");
                End(promised ? run.Sights : null, state, committed: true);
                return new Done(server, action, branch, DoneOutcome.Committed, "");
            case RollbackBranch:
                run.Require((state.Seen & (Seen.Committed | Seen.Heuristic)) != Seen.Committed, "I6",
                    "a Server that committed was told to roll back");
                if (state.Branch is AtServer.Begun or AtServer.Prepared)
                {
                    End(run.Sights, state, committed: false);
                }

                return new Done(server, action, branch, DoneOutcome.RolledBack, "");
            case ForgetBranch:
                state.Branch = AtServer.None;
                return null;
            case NotMine:
                run.Fail("SEM-3: a Server's own manager disowned a branch that was promised to it");
                return null;
            default:
                return null;
        }
    }

    private static BranchMessage TwoPhase(List<Sight> sights, NodeState state, BranchMessage order, int how)
    {
        if (how == 2 || state.Branch != AtServer.Begun)
        {
            bool begun = state.Branch == AtServer.Begun;
            End(begun ? sights : null, state, committed: false, EndCause.BeforePromise);
            return new BranchRefused(order.Server, order.Action, order.Branch,
                new Refusal(RefusalCode.Resource, "not enough money"));
        }

        if (how == 1)
        {
            state.Branch = AtServer.None;
            return new NoChange(order.Server, order.Action, order.Branch);
        }

        state.Branch = AtServer.Prepared;
        state.PromisedEpoch = state.Epoch;
        return new Ready(order.Server, order.Action, order.Branch);
    }

    private static Done OnePhase(List<Sight> sights, NodeState state, BranchMessage order, int how)
    {
        bool committed = how != 2 && state.Branch == AtServer.Begun;
        End(state.Branch == AtServer.Begun ? sights : null, state, committed, EndCause.OnePhase);
        state.Branch = committed ? AtServer.KeptCommitted : AtServer.KeptRolledBack;
        state.PromisedEpoch = state.Epoch;
        return new Done(order.Server, order.Action, order.Branch,
            committed ? DoneOutcome.Committed : DoneOutcome.RolledBack, "");
    }

    private static void End(
        List<Sight>? sights, NodeState state, bool committed, EndCause why = EndCause.Ordered)
    {
        sights?.Add(new Sight(SightKind.BranchEnded, state.BranchNames, ((int)why * 2) + (committed ? 1 : 0)));
        state.Branch = AtServer.None;
        state.Seen |= committed ? Seen.Committed : Seen.RolledBack;
    }
}
