namespace Ccr.Protocol.Machine;

/// <summary>States of a branch at its superior (ccr-standard.md 9).</summary>
public enum SuperiorState
{
    /// <summary>Fresh: nothing sent yet.</summary>
    I0,

    /// <summary>Begun, active.</summary>
    SA,

    /// <summary>PREPARE sent.</summary>
    SP,

    /// <summary>READY got, undecided.</summary>
    SR,

    /// <summary>COMMIT sent.</summary>
    SC,

    /// <summary>ROLLBACK sent.</summary>
    SB,

    /// <summary>ROLLBACK got, not yet answered.</summary>
    SI,

    /// <summary>NOCHANGE(result-requested) got: the subordinate waits to be told the outcome.</summary>
    SN,

    /// <summary>NOCHANGE(result-requested) sent: the subordinate decides (one-phase).</summary>
    SO,

    /// <summary>Ended: no record.</summary>
    I,

    /// <summary>Association lost in SR, undecided.</summary>
    DR,

    /// <summary>Association lost, log-commit there.</summary>
    DC,

    /// <summary>RECOVER-RI(commit) sent.</summary>
    SV,
}

/// <summary>What can happen to a branch at its superior: own requests, arriving APDUs, losses.</summary>
public enum SuperiorEvent
{
    BeginReq,
    PrepareReq,
    CommitReq,
    RollbackReq,
    RollbackRsp,
    OnePhaseReq,
    BeginRc,
    ReadyRi,
    RollbackRi,
    RollbackRc,
    CommitRc,
    NochangeRiNotRequired,
    NochangeRiResultRequested,
    NochangeRcCommitted,
    NochangeRcRolledBack,
    NochangeRcOther,
    OtherApdu,
    Loss,
    RecoverUp,
    RecoverRiReady,
    RecoverRcDone,
    RecoverRcRetryLater,
    RecoverRcOther,
    RecoveryLoss,
}

/// <summary>What the table tells the superior to do. APDUs are sent; "Ind" and "Cnf" go to the coordinator.</summary>
[Flags]
public enum SuperiorAction
{
    None = 0,
    BeginRi = 1,
    PrepareRi = 2,
    CommitRi = 4,
    RollbackRi = 8,
    RollbackRc = 16,
    NochangeRi = 32,
    NochangeRcCommitted = 64,
    NochangeRcRolledBack = 128,
    RecoverRiCommit = 256,
    RecoverRcUnknown = 512,
    RecoverRcRetryLater = 1024,
    IndBegun = 1 << 11,
    IndReady = 1 << 12,
    IndNochange = 1 << 13,
    IndRolledBack = 1 << 14,
    CnfRolledBack = 1 << 15,
    CnfCommitted = 1 << 16,
    IndHazard = 1 << 17,
}

/// <summary>
/// The CCR Protocol Machine of one branch at its superior. Nothing but a state and the table; whoever applies an
/// event carries out what the cell says. An arriving RECOVER for a branch that still looks alive is preceded by
/// Loss (ccr-standard.md 7), so that those cells are impossible.
/// </summary>
public sealed class SuperiorMachine(SuperiorState state = SuperiorState.I0)
{
    private const string Rows = """
        event                     | I0           | SA                       | SP                       | SR             | SC               | SB                                         | SI             | clause
        BEGINreq                  | BEGIN-RI; SA | .                        | .                        | .              | .                | .                                          | .              | ccr-standard.md 9
        PREPAREreq                | .            | PREPARE-RI; SP           | .                        | .              | .                | .                                          | .              | ccr-standard.md 9
        COMMITreq                 | .            | .                        | .                        | COMMIT-RI; SC  | .                | .                                          | .              | ccr-standard.md 9, 4.5
        ROLLBACKreq               | I            | ROLLBACK-RI; SB          | ROLLBACK-RI; SB          | ROLLBACK-RI; SB | .               | .                                          | .              | ccr-standard.md 9
        ROLLBACKrsp               | .            | .                        | .                        | .              | .                | .                                          | ROLLBACK-RC; I | ccr-standard.md 9
        ONE-PHASEreq              | .            | NOCHANGE-RI; SO          | NOCHANGE-RI; SO          | .              | .                | .                                          | .              | ccr-standard.md 9 (no-change), SEM-5
        BEGIN-RC                  | -            | ind-begun; SA            | ind-begun; SP            | -              | -                | drop                                       | -              | ccr-standard.md 9
        READY-RI                  | -            | ind-ready; SR            | ind-ready; SR            | -              | -                | drop                                       | -              | ccr-standard.md 9, 8
        ROLLBACK-RI               | -            | ind-rolled-back; SI      | ind-rolled-back; SI      | -              | -                | drop                                       | -              | ccr-standard.md 9, 8
        ROLLBACK-RC               | -            | -                        | -                        | -              | -                | cnf-rolled-back; I                         | -              | ccr-standard.md 9
        COMMIT-RC                 | -            | -                        | -                        | -              | cnf-committed; I | -                                          | -              | ccr-standard.md 9
        NOCHANGE-RI(not-required) | -            | ind-nochange; I          | ind-nochange; I          | -              | -                | cnf-rolled-back; I                         | -              | ccr-standard.md 9 (no-change)
        NOCHANGE-RI(result-requested) | -        | ind-nochange; SN         | ind-nochange; SN         | -              | -                | drop                                       | -              | ccr-standard.md 8, 9 (no-change); SB: docs/adr/0006
        NOCHANGE-RC(committed)    | -            | -                        | -                        | -              | -                | -                                          | -              | ccr-standard.md 9 (no-change)
        NOCHANGE-RC(rolled-back)  | -            | -                        | -                        | -              | -                | -                                          | -              | ccr-standard.md 9 (no-change)
        NOCHANGE-RC(other)        | -            | -                        | -                        | -              | -                | -                                          | -              | ccr-standard.md 9 (no-change)
        other-APDU                | -            | -                        | -                        | -              | -                | -                                          | -              | ccr-standard.md 8, 13
        LOSS                      | I            | ind-rolled-back; I       | ind-rolled-back; I       | DR             | DC               | cnf-rolled-back; I                         | I              | ccr-standard.md 9, 4.8
        RECOVER-UP                | .            | .                        | .                        | .              | .                | .                                          | .              | ccr-standard.md 9
        RECOVER-RI(ready)         | recover-rc(unknown); I | .              | .                        | .              | .                | .                                          | .              | ccr-standard.md 7
        RECOVER-RC(done)          | -            | -                        | -                        | -              | -                | -                                          | -              | ccr-standard.md 7
        RECOVER-RC(retry-later)   | -            | -                        | -                        | -              | -                | -                                          | -              | ccr-standard.md 7
        RECOVER-RC(other)         | -            | -                        | -                        | -              | -                | -                                          | -              | ccr-standard.md 7
        RECOVERY-LOSS             | .            | .                        | .                        | .              | .                | .                                          | .              | ccr-standard.md 9
        event                     | SN                          | SO                  | I                      | DR                         | DC                     | SV               | clause
        BEGINreq                  | .                           | .                   | .                      | .                          | .                      | .                | ccr-standard.md 9
        PREPAREreq                | .                           | .                   | .                      | .                          | .                      | .                | ccr-standard.md 9
        COMMITreq                 | nochange-rc(committed); I   | .                   | .                      | DC                         | .                      | .                | ccr-standard.md 9
        ROLLBACKreq               | nochange-rc(rolled-back); I | .                   | .                      | I                          | .                      | .                | ccr-standard.md 9
        ROLLBACKrsp               | .                           | .                   | .                      | .                          | .                      | .                | ccr-standard.md 9
        ONE-PHASEreq              | .                           | .                   | .                      | .                          | .                      | .                | ccr-standard.md 9 (no-change)
        BEGIN-RC                  | -                           | ind-begun; SO       | -                      | -                          | -                      | -                | ccr-standard.md 9
        READY-RI                  | -                           | -                   | -                      | -                          | -                      | -                | ccr-standard.md 9
        ROLLBACK-RI               | -                           | ind-rolled-back; SI | -                      | -                          | -                      | -                | ccr-standard.md 9
        ROLLBACK-RC               | -                           | -                   | -                      | -                          | -                      | -                | ccr-standard.md 9
        COMMIT-RC                 | -                           | -                   | -                      | -                          | -                      | -                | ccr-standard.md 9
        NOCHANGE-RI(not-required) | -                           | -                   | -                      | -                          | -                      | -                | ccr-standard.md 9 (no-change)
        NOCHANGE-RI(result-requested) | -                       | -                   | -                      | -                          | -                      | -                | ccr-standard.md 9 (no-change)
        NOCHANGE-RC(committed)    | -                           | cnf-committed; I    | -                      | -                          | -                      | -                | ccr-standard.md 9 (no-change)
        NOCHANGE-RC(rolled-back)  | -                           | cnf-rolled-back; I  | -                      | -                          | -                      | -                | ccr-standard.md 9 (no-change)
        NOCHANGE-RC(other)        | -                           | ind-hazard; I       | -                      | -                          | -                      | -                | ccr-standard.md 9 (no-change), 8
        other-APDU                | -                           | -                   | -                      | -                          | -                      | -                | ccr-standard.md 8, 13
        LOSS                      | I                           | ind-hazard; I       | .                      | .                          | .                      | .                | ccr-standard.md 9, SEM-5
        RECOVER-UP                | .                           | .                   | .                      | .                          | recover-ri(commit); SV | .                | ccr-standard.md 9
        RECOVER-RI(ready)         | .                           | .                   | recover-rc(unknown); I | recover-rc(retry-later); DR | recover-ri(commit); SV | drop            | ccr-standard.md 7, 8
        RECOVER-RC(done)          | -                           | -                   | drop                   | -                          | drop                   | cnf-committed; I | ccr-standard.md 7
        RECOVER-RC(retry-later)   | -                           | -                   | drop                   | -                          | drop                   | DC               | ccr-standard.md 7
        RECOVER-RC(other)         | -                           | -                   | -                      | -                          | -                      | -                | ccr-standard.md 7
        RECOVERY-LOSS             | .                           | .                   | .                      | .                          | .                      | DC               | ccr-standard.md 9
        """;

    private static readonly ProtocolTable<SuperiorState, SuperiorEvent, SuperiorAction> Table = new(Rows);

    /// <summary>Where the branch stands.</summary>
    public SuperiorState State { get; private set; } = state;

    /// <summary>Cells that say what to do and were never taken, as "EVENT in STATE": what a test did not see.</summary>
    internal static IEnumerable<string> NeverTaken => Table.NeverTaken();

    /// <summary>The cell for an event in a state.</summary>
    public static Cell<SuperiorState, SuperiorAction> CellOf(SuperiorState state, SuperiorEvent happening) =>
        Table[state, happening];

    /// <summary>Applies an event: the state changes as the returned cell says.</summary>
    public Cell<SuperiorState, SuperiorAction> Apply(SuperiorEvent happening)
    {
        Cell<SuperiorState, SuperiorAction> cell = Table.Take(State, happening);
        State = cell.Next;
        return cell;
    }
}
