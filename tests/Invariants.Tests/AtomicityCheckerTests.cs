using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Invariants.Tests;

/// <summary>
/// Node a is the root, with Server sa; node b its subordinate, with Server sb. A good history passes; each bad one is
/// the good one with something left out, doubled or in another order, and is named by the rule that it breaks.
/// </summary>
public sealed class AtomicityCheckerTests
{
    private static readonly NodeName A = NodeName.Parse("a");
    private static readonly NodeName B = NodeName.Parse("b");
    private static readonly AtomicActionId Action = new(AeTitle.Of(A), Suffix.OfCounter(1, 1));
    private static readonly BranchId AtSa = new(AeTitle.Of(A), Suffix.OfCounter(1, 1));
    private static readonly BranchId ToB = new(AeTitle.Of(A), Suffix.OfCounter(1, 2));
    private static readonly BranchId AtSb = new(AeTitle.Of(B), Suffix.OfCounter(1, 1));
    private static readonly ManagerIdentity Superior = new(A, new LogIdentity(new UInt128(1, 2)), 1);
    private static readonly Damage Mixed = new(B, ToB, DamageKind.Mix, DamageTaken.RolledBack, "by hand");

    private static readonly Observation BeginLeft =
        Frame(A, B, new BeginRi(PartyName.Sender, Action.Suffix, ToB.Suffix));

    private static readonly Observation SaReady = new ServerVoted(A, new Ready("sa", Action, AtSa));
    private static readonly Observation SbReady = new ServerVoted(B, new Ready("sb", Action, AtSb));
    private static readonly Observation LoggedReady =
        new RecordDurable(B, new LogReady(Action, ToB, Superior, "", [], [new ServerBranch("sb", AtSb)]));

    private static readonly Observation ReadyLeft = Frame(B, A, new ReadyRi());
    private static readonly Observation LoggedCommit = new RecordDurable(A, new LogCommit(
        Action, null, null, [new Subordinate(B, ToB, "")], [new ServerBranch("sa", AtSa)]));

    private static readonly Observation CommitLeft = Frame(A, B, new CommitRi());
    private static readonly Observation SaTold = new ServerOrdered(A, new Commit("sa", Action, AtSa));
    private static readonly Observation SaCommitted = Ended(A, "sa", AtSa, true);
    private static readonly Observation SbTold = new ServerOrdered(B, new Commit("sb", Action, AtSb));
    private static readonly Observation SbCommitted = Ended(B, "sb", AtSb, true);
    private static readonly Observation BForgot = new RecordDurable(B, new Forget(Action, ToB, Outcome.Committed));
    private static readonly Observation ConfirmLeft = Frame(B, A, new CommitRc());
    private static readonly Observation DoneTold = new ClientTold(A, new DoneCommit(1, Action, []));
    private static readonly Observation AForgot = new RecordDurable(A, new Forget(Action, null, Outcome.Committed));
    private static readonly Observation RollbackTold = new ClientTold(
        A, new RolledBack(1, Action, new Refusal(RefusalCode.Asked, "no"), []));

    private static readonly Observation[] Good =
    [
        BeginLeft, SaReady, SbReady, LoggedReady, ReadyLeft, LoggedCommit, CommitLeft, SaTold, SaCommitted, SbTold,
        SbCommitted, BForgot, ConfirmLeft, DoneTold, AForgot,
    ];

    [Fact]
    public void A_good_history_passes_and_ends_quiet() => See(Good).Quiet();

    [Fact]
    public void I2_a_decision_without_the_vote_of_the_subordinate() => Breaks("I2", [.. Good.Except([ReadyLeft])]);

    [Fact]
    public void I2_a_promise_on_record_that_its_server_never_made() => Breaks("I2", [.. Good.Except([SbReady])]);

    [Fact]
    public void I3_ready_leaves_before_its_record_is_durable() => Breaks("I3", [.. Good.Except([LoggedReady])]);

    [Fact]
    public void I4_commit_leaves_before_the_decision_is_durable() => Breaks("I4", [.. Good.Except([LoggedCommit])]);

    [Fact]
    public void I4_a_server_is_told_before_its_superior_ordered_it() => Breaks("I4", [.. Good.Except([CommitLeft])]);

    [Fact]
    public void I5_a_server_rolls_back_after_ready_though_nobody_said_so() => Breaks("I5",
        [.. Until(ReadyLeft), new ServerOrdered(B, new RollbackBranch("sb", Action, AtSb))]);

    [Fact]
    public void I5_a_server_undoes_its_promise() =>
        Breaks("I5", [.. Until(ReadyLeft), Ended(B, "sb", AtSb, false, EndCause.BeforePromise)]);

    [Fact]
    public void I6_rollback_leaves_after_the_decision() =>
        Breaks("I6", [.. Until(LoggedCommit), Frame(A, B, new RollbackRi())]);

    [Fact]
    public void I7_the_superior_forgets_before_the_confirm() => Breaks("I7", [.. Until(SaCommitted), AForgot]);

    [Fact]
    public void I7_the_subordinate_confirms_before_its_server_committed() =>
        Breaks("I7", [.. Until(SbTold), BForgot, ConfirmLeft]);

    [Fact]
    public void I7_the_subordinate_confirms_before_its_end_is_durable() => Breaks("I7", [.. Good.Except([BForgot])]);

    [Fact]
    public void I8_unknown_is_answered_while_the_decision_stands() =>
        Breaks("I8", [.. Until(LoggedCommit), Frame(A, B, Answer(RecoveryState.Unknown))]);

    [Fact]
    public void I9_done_is_told_without_a_decision() => Breaks("I9", [.. Until(ReadyLeft), DoneTold]);

    [Fact]
    public void I9_rolled_back_is_told_of_what_is_committed() => Breaks("I9", [.. Until(CommitLeft), RollbackTold]);

    [Fact]
    public void I1_one_server_commits_what_another_rolled_back() => Breaks("I1",
        [.. Until(SbReady), Ended(B, "sb", AtSb, false), .. Until(SaCommitted).Except(Until(SbReady))]);

    [Fact]
    public void I10_a_decision_by_hand_against_the_outcome_is_confirmed_without_its_damage() =>
        Breaks("I10", [.. ByHand, ConfirmLeft]);

    [Fact]
    public void I10_damage_of_one_branch_is_counted_twice() => Breaks("I10",
        [new RecordDurable(A, new LogDamage(Action, null, null, Outcome.Committed, [Mixed, Mixed], true))]);

    [Fact]
    public void Damage_that_is_reported_and_on_record_passes() => See([
        .. ByHand,
        new RecordDurable(B, new LogDamage(Action, ToB, Superior, Outcome.Committed, [Mixed], true)),
        Frame(B, A, new CommitRc { User = UserData.Of(new HeuristicReport([Mixed])) }),
        new RecordDurable(A, new LogDamage(Action, null, null, Outcome.Committed, [Mixed], true)),
    ]).Quiet();

    [Fact]
    public void V1_an_action_that_stays_in_doubt() =>
        Assert.Equal("V1", Assert.Throws<InvariantBrokenException>(See([.. Until(ReadyLeft)]).Quiet).Rule);

    [Fact]
    public void The_root_may_keep_its_record_for_its_client_when_all_have_confirmed() =>
        See([.. Until(DoneTold)]).Quiet();

    [Fact]
    public void V1_a_decision_that_was_never_confirmed() =>
        Assert.Equal("V1", Assert.Throws<InvariantBrokenException>(See([.. Until(SbCommitted)]).Quiet).Rule);

    [Fact]
    public void A_clone_goes_on_by_itself_and_equal_knowledge_reads_equal()
    {
        AtomicityChecker first = See([.. Until(LoggedCommit)]);
        AtomicityChecker second = first.Clone();
        Assert.Equal(first.Describe(), second.Describe());
        second.See(CommitLeft);
        Assert.NotEqual(first.Describe(), second.Describe());
    }

    private static Observation[] ByHand =>
    [
        .. Until(CommitLeft), SaTold, SaCommitted,
        new RecordDurable(B, new Heuristic(Action, ToB, Decision.Rollback, 1, "op")),
        new ServerOrdered(B, new RollbackBranch("sb", Action, AtSb)),
        Ended(B, "sb", AtSb, false),
    ];

    private static IEnumerable<Observation> Until(Observation last) =>
        Good.Take(Array.IndexOf(Good, last) + 1);

    private static void Breaks(string rule, Observation[] history) =>
        Assert.Equal(rule, Assert.Throws<InvariantBrokenException>(() => See(history)).Rule);

    private static AtomicityChecker See(Observation[] history)
    {
        AtomicityChecker checker = new();
        foreach (Observation observation in history)
        {
            checker.See(observation);
        }

        return checker;
    }

    private static RecoverRc Answer(RecoveryState state) => new(
        PartyName.Of(Action.Owner), Action.Suffix, PartyName.Of(ToB.Initiator), ToB.Suffix, state);

    private static FrameLeft Frame(NodeName from, NodeName to, Apdu apdu) => new(from, to, 7, new Data(1, apdu));

    private static BranchEnded Ended(
        NodeName node, string server, BranchId branch, bool committed, EndCause why = EndCause.Ordered) =>
        new(node, server, Action, branch, committed, why);
}
