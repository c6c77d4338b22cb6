using Ccr.Explorer.Search;

namespace Ccr.Explorer.Tests;

/// <summary>
/// Two-phase commit as Gray and Lamport specified it (TwoPhase.tla, "Consensus on Transaction Commit"): each resource
/// manager is working, prepared, committed or aborted; messages are never removed. One integer is the whole state.
/// </summary>
internal sealed class TwoPhase(int managers) : StateSpace
{
    private const int Working = 0, Prepared = 1, Committed = 2, Aborted = 3;
    private const int TmInit = 0, TmCommitted = 1, TmAborted = 2;

    // Two bits a manager, then: those that the coordinator knows prepared, those that said so, its state, its messages.
    private readonly int _known = 2 * managers;
    private readonly int _said = 3 * managers;
    private readonly int _tm = 4 * managers;
    private readonly int _commitSent = (4 * managers) + 2;
    private readonly int _abortSent = (4 * managers) + 3;

    public override int Width => 1;

    public override void Initial(ISuccessors into) => into.Add([0], default);

    public override void Expand(ReadOnlySpan<int> state, ISuccessors into)
    {
        int s = state[0];
        int tm = (s >> _tm) & 3;
        int all = (1 << managers) - 1;
        if (tm == TmInit && ((s >> _known) & all) == all)
        {
            into.Add([s | (TmCommitted << _tm) | (1 << _commitSent)], new Step(0));
        }

        if (tm == TmInit)
        {
            into.Add([s | (TmAborted << _tm) | (1 << _abortSent)], new Step(1));
        }

        for (int rm = 0; rm < managers; rm++)
        {
            int at = (s >> (2 * rm)) & 3;
            int without = s & ~(3 << (2 * rm));
            if (tm == TmInit && ((s >> (_said + rm)) & 1) == 1)
            {
                into.Add([s | (1 << (_known + rm))], new Step(2, rm));
            }

            if (at == Working)
            {
                into.Add([without | (Prepared << (2 * rm)) | (1 << (_said + rm))], new Step(3, rm));
                into.Add([without | (Aborted << (2 * rm))], new Step(4, rm));
            }

            if (((s >> _commitSent) & 1) == 1)
            {
                into.Add([without | (Committed << (2 * rm))], new Step(5, rm));
            }

            if (((s >> _abortSent) & 1) == 1)
            {
                into.Add([without | (Aborted << (2 * rm))], new Step(6, rm));
            }
        }
    }

    /// <summary>Set by the test that wants to see a counterexample.</summary>
    internal bool CommitIsWrong { get; init; }

    public override string? Wrong(ReadOnlySpan<int> state)
    {
        bool committed = false, aborted = false;
        for (int rm = 0; rm < managers; rm++)
        {
            committed |= ((state[0] >> (2 * rm)) & 3) == Committed;
            aborted |= ((state[0] >> (2 * rm)) & 3) == Aborted;
        }

        return committed && (aborted || CommitIsWrong) ? "one has committed" : null;
    }

    public override string Describe(ReadOnlySpan<int> from, Step step) => step.Kind switch
    {
        0 => "TMCommit",
        1 => "TMAbort",
        2 => $"TMRcvPrepared({step.A})",
        3 => $"RMPrepare({step.A})",
        4 => $"RMChooseToAbort({step.A})",
        5 => $"RMRcvCommitMsg({step.A})",
        _ => $"RMRcvAbortMsg({step.A})",
    };
}
