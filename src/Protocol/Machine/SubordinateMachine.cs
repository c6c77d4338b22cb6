namespace Ccr.Protocol.Machine;

/// <summary>States of a branch at its subordinate (ccr-standard.md 9; UW is ours, docs/adr/0005).</summary>
public enum SubordinateState
{
    /// <summary>Fresh: nothing got yet.</summary>
    I0,

    /// <summary>Begun, active.</summary>
    UA,

    /// <summary>PREPARE got.</summary>
    UP,

    /// <summary>READY sent, in doubt.</summary>
    UR,

    /// <summary>COMMIT got, not yet answered.</summary>
    UC,

    /// <summary>ROLLBACK sent.</summary>
    UB,

    /// <summary>ROLLBACK got, not yet answered.</summary>
    UI,

    /// <summary>NOCHANGE(result-requested) sent: waits to be told the outcome.</summary>
    UN,

    /// <summary>NOCHANGE(result-requested) got: we decide for the superior (one-phase).</summary>
    UO,

    /// <summary>Ended: no record.</summary>
    I,

    /// <summary>Association lost, in doubt.</summary>
    DU,

    /// <summary>RECOVER-RI(ready) sent.</summary>
    UV,

    /// <summary>RECOVER-RI(commit) got, not yet answered.</summary>
    UQ,

    /// <summary>Told to commit, then the association was lost: the commit goes on, a confirm is owed.</summary>
    UW,
}

/// <summary>What can happen to a branch at its subordinate: own requests, arriving APDUs, losses.</summary>
public enum SubordinateEvent
{
    BeginRsp,
    ReadyReq,
    NochangeReqNotRequired,
    NochangeReqResultRequested,
    RollbackReq,
    RollbackRsp,
    CommitRsp,
    RecoverRspRetryLater,
    OnePhaseRspCommitted,
    OnePhaseRspRolledBack,
    HeuristicReq,
    BeginRi,
    PrepareRi,
    CommitRi,
    RollbackRi,
    RollbackRc,
    NochangeRi,
    NochangeRc,
    OtherApdu,
    Loss,
    RecoverUp,
    RecoverRiCommit,
    RecoverRcCommit,
    RecoverRcUnknown,
    RecoverRcRetryLater,
    RecoverRcOther,
    RecoveryLoss,
}

/// <summary>What the table tells the subordinate to do. APDUs are sent; "Ind", "Cnf" go to the coordinator.</summary>
[Flags]
public enum SubordinateAction
{
    None = 0,
    BeginRc = 1,
    ReadyRi = 2,
    NochangeRiNotRequired = 4,
    NochangeRiResultRequested = 8,
    RollbackRi = 16,
    RollbackRc = 32,
    CommitRc = 64,
    NochangeRcCommitted = 128,
    NochangeRcRolledBack = 256,
    RecoverRiReady = 512,
    RecoverRcDone = 1024,
    RecoverRcRetryLater = 1 << 11,
    IndBegin = 1 << 12,
    IndPrepare = 1 << 13,
    IndCommit = 1 << 14,
    IndRollback = 1 << 15,
    IndOnePhase = 1 << 16,
    CnfRolledBack = 1 << 17,
    CnfNochange = 1 << 18,
    LogHeuristic = 1 << 19,
}

/// <summary>
/// The CCR Protocol Machine of one branch at its subordinate. As with <see cref="SuperiorMachine"/>, a RECOVER for
/// a branch that still looks alive is preceded by Loss. A heuristic decision changes no state: recovery goes on as
/// if none had been taken (ccr-standard.md 6); the coordinator compares when the order comes.
/// </summary>
public sealed class SubordinateMachine(SubordinateState state = SubordinateState.I0)
{
    private const string Rows = """
        event                        | I0            | UA                               | UP                               | UR               | UC            | UB                 | UI             | clause
        BEGINrsp                     | .             | BEGIN-RC; UA                     | .                                | .                | .             | .                  | .              | ccr-standard.md 9
        READYreq                     | .             | READY-RI; UR                     | READY-RI; UR                     | .                | .             | .                  | .              | ccr-standard.md 9
        NOCHANGEreq(not-required)    | .             | NOCHANGE-RI(not-required); I     | NOCHANGE-RI(not-required); I     | .                | .             | .                  | .              | ccr-standard.md 9 (no-change)
        NOCHANGEreq(result-requested) | .            | NOCHANGE-RI(result-requested); UN | NOCHANGE-RI(result-requested); UN | .              | .             | .                  | .              | ccr-standard.md 9 (no-change)
        ROLLBACKreq                  | .             | ROLLBACK-RI; UB                  | ROLLBACK-RI; UB                  | .                | .             | .                  | .              | ccr-standard.md 9
        ROLLBACKrsp                  | .             | .                                | .                                | .                | .             | .                  | ROLLBACK-RC; I | ccr-standard.md 9
        COMMITrsp                    | .             | .                                | .                                | .                | COMMIT-RC; I  | .                  | .              | ccr-standard.md 9
        RECOVERrsp(retry-later)      | .             | .                                | .                                | .                | .             | .                  | .              | ccr-standard.md 9
        ONE-PHASErsp(committed)      | .             | .                                | .                                | .                | .             | .                  | .              | ccr-standard.md 9 (no-change)
        ONE-PHASErsp(rolled-back)    | .             | .                                | .                                | .                | .             | .                  | .              | ccr-standard.md 9 (no-change)
        HEURISTICreq                 | .             | .                                | .                                | log-heuristic; UR | .            | .                  | .              | ccr-standard.md 6, SEM-4
        BEGIN-RI                     | ind-begin; UA | -                                | -                                | -                | -             | -                  | -              | ccr-standard.md 9
        PREPARE-RI                   | -             | ind-prepare; UP                  | -                                | drop             | -             | drop               | -              | ccr-standard.md 9, 8
        COMMIT-RI                    | -             | -                                | -                                | ind-commit; UC   | -             | -                  | -              | ccr-standard.md 9, 8
        ROLLBACK-RI                  | -             | ind-rollback; UI                 | ind-rollback; UI                 | ind-rollback; UI | -             | ind-rollback; UI   | -              | ccr-standard.md 9, 8
        ROLLBACK-RC                  | -             | -                                | -                                | -                | -             | cnf-rolled-back; I | -              | ccr-standard.md 9
        NOCHANGE-RI                  | -             | ind-one-phase; UO                | ind-one-phase; UO                | -                | -             | drop               | -              | ccr-standard.md 9 (no-change)
        NOCHANGE-RC                  | -             | -                                | -                                | -                | -             | -                  | -              | ccr-standard.md 9 (no-change)
        other-APDU                   | -             | -                                | -                                | -                | -             | -                  | -              | ccr-standard.md 8, 13
        LOSS                         | I             | ind-rollback; I                  | ind-rollback; I                  | DU               | UW            | cnf-rolled-back; I | I              | ccr-standard.md 9, 4.8; UC: docs/adr/0005
        RECOVER-UP                   | .             | .                                | .                                | .                | .             | .                  | .              | ccr-standard.md 9
        RECOVER-RI(commit)           | recover-rc(done); I | .                          | .                                | .                | .             | .                  | .              | ccr-standard.md 7
        RECOVER-RC(commit)           | -             | -                                | -                                | -                | -             | -                  | -              | ccr-standard.md 7
        RECOVER-RC(unknown)          | -             | -                                | -                                | -                | -             | -                  | -              | ccr-standard.md 7
        RECOVER-RC(retry-later)      | -             | -                                | -                                | -                | -             | -                  | -              | ccr-standard.md 7
        RECOVER-RC(other)            | -             | -                                | -                                | -                | -             | -                  | -              | ccr-standard.md 7
        RECOVERY-LOSS                | .             | .                                | .                                | .                | .             | .                  | .              | ccr-standard.md 9
        event                        | UN              | UO                          | I                   | DU                   | UV                  | UQ                          | UW   | clause
        BEGINrsp                     | .               | .                           | .                   | .                    | .                   | .                           | .    | ccr-standard.md 9
        READYreq                     | .               | .                           | .                   | .                    | .                   | .                           | .    | ccr-standard.md 9
        NOCHANGEreq(not-required)    | .               | .                           | .                   | .                    | .                   | .                           | .    | ccr-standard.md 9 (no-change)
        NOCHANGEreq(result-requested) | .              | .                           | .                   | .                    | .                   | .                           | .    | ccr-standard.md 9 (no-change)
        ROLLBACKreq                  | .               | .                           | .                   | .                    | .                   | .                           | .    | ccr-standard.md 9
        ROLLBACKrsp                  | .               | .                           | I                   | .                    | .                   | .                           | .    | ccr-standard.md 9
        COMMITrsp                    | .               | .                           | .                   | .                    | .                   | recover-rc(done); I         | I    | ccr-standard.md 9 RECOVERrsp(done)
        RECOVERrsp(retry-later)      | .               | .                           | .                   | .                    | .                   | recover-rc(retry-later); DU | .    | ccr-standard.md 9
        ONE-PHASErsp(committed)      | .               | nochange-rc(committed); I   | I                   | .                    | .                   | .                           | .    | ccr-standard.md 9 (no-change)
        ONE-PHASErsp(rolled-back)    | .               | nochange-rc(rolled-back); I | I                   | .                    | .                   | .                           | .    | ccr-standard.md 9 (no-change)
        HEURISTICreq                 | .               | .                           | .                   | log-heuristic; DU    | log-heuristic; UV   | .                           | .    | ccr-standard.md 6, SEM-4
        BEGIN-RI                     | -               | -                           | -                   | -                    | -                   | -                           | -    | ccr-standard.md 9
        PREPARE-RI                   | drop            | -                           | drop                | -                    | -                   | -                           | -    | ccr-standard.md 9 (crossed)
        COMMIT-RI                    | -               | -                           | -                   | -                    | -                   | -                           | -    | ccr-standard.md 9
        ROLLBACK-RI                  | ROLLBACK-RC, cnf-nochange; I | -              | drop                | -                    | -                   | -                           | -    | ccr-standard.md 9 (crossed)
        ROLLBACK-RC                  | -               | -                           | -                   | -                    | -                   | -                           | -    | ccr-standard.md 9
        NOCHANGE-RI                  | -               | -                           | drop                | -                    | -                   | -                           | -    | ccr-standard.md 9 (no-change), 8
        NOCHANGE-RC                  | cnf-nochange; I | -                           | -                   | -                    | -                   | -                           | -    | ccr-standard.md 9 (no-change)
        other-APDU                   | -               | -                           | -                   | -                    | -                   | -                           | -    | ccr-standard.md 8, 13
        LOSS                         | cnf-nochange; I | I                           | .                   | .                    | .                   | .                           | .    | ccr-standard.md 9
        RECOVER-UP                   | .               | .                           | .                   | recover-ri(ready); UV | .                  | .                           | .    | ccr-standard.md 9
        RECOVER-RI(commit)           | .               | .                           | recover-rc(done); I | ind-commit; UQ       | ind-commit; UQ      | drop                        | UQ   | ccr-standard.md 7, 8
        RECOVER-RC(commit)           | -               | -                           | drop                | drop                 | ind-commit; UQ      | drop                        | drop | ccr-standard.md 7
        RECOVER-RC(unknown)          | -               | -                           | drop                | drop                 | ind-rollback; I     | drop                        | drop | ccr-standard.md 7
        RECOVER-RC(retry-later)      | -               | -                           | drop                | drop                 | DU                  | drop                        | drop | ccr-standard.md 7
        RECOVER-RC(other)            | -               | -                           | -                   | -                    | -                   | -                           | -    | ccr-standard.md 7
        RECOVERY-LOSS                | .               | .                           | .                   | .                    | DU                  | UW                          | .    | ccr-standard.md 9; UQ: docs/adr/0005
        """;

    private static readonly ProtocolTable<SubordinateState, SubordinateEvent, SubordinateAction> Table = new(Rows);

    /// <summary>Where the branch stands.</summary>
    public SubordinateState State { get; private set; } = state;

    /// <summary>Cells that say what to do and were never taken, as "EVENT in STATE": what a test did not see.</summary>
    internal static IEnumerable<string> NeverTaken => Table.NeverTaken();

    /// <summary>The cell for an event in a state.</summary>
    public static Cell<SubordinateState, SubordinateAction> CellOf(
        SubordinateState state, SubordinateEvent happening) => Table[state, happening];

    /// <summary>Applies an event: the state changes as the returned cell says.</summary>
    public Cell<SubordinateState, SubordinateAction> Apply(SubordinateEvent happening)
    {
        Cell<SubordinateState, SubordinateAction> cell = Table.Take(State, happening);
        State = cell.Next;
        return cell;
    }
}
