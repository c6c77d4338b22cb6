using Ccr.Protocol.Apdus;

namespace Ccr.AtomicActions;

/// <summary>The names of the APDUs as people know them, for sequence charts and messages.</summary>
public static class ApduNames
{
    /// <summary>"C-BEGIN-RI" for a <see cref="BeginRi"/>, and so on.</summary>
    public static string Of(Apdu apdu) => apdu switch
    {
        InitializeRi => "C-INITIALIZE-RI",
        InitializeRc => "C-INITIALIZE-RC",
        BeginRi => "C-BEGIN-RI",
        BeginRc => "C-BEGIN-RC",
        PrepareRi => "C-PREPARE-RI",
        ReadyRi => "C-READY-RI",
        CommitRi => "C-COMMIT-RI",
        CommitRc => "C-COMMIT-RC",
        RollbackRi => "C-ROLLBACK-RI",
        RollbackRc => "C-ROLLBACK-RC",
        NochangeRi => "C-NOCHANGE-RI",
        NochangeRc => "C-NOCHANGE-RC",
        CancelRi => "C-CANCEL-RI",
        RecoverRi ri => ri.State switch
        {
            RecoveryState.Commit => "C-RECOVER-RI(commit)",
            RecoveryState.Ready => "C-RECOVER-RI(ready)",
            _ => "C-RECOVER-RI(?)",
        },
        RecoverRc rc => rc.State switch
        {
            RecoveryState.Commit => "C-RECOVER-RC(commit)",
            RecoveryState.Done => "C-RECOVER-RC(done)",
            RecoveryState.Unknown => "C-RECOVER-RC(unknown)",
            RecoveryState.RetryLater => "C-RECOVER-RC(retry-later)",
            _ => "C-RECOVER-RC(?)",
        },
        _ => apdu.GetType().Name,
    };
}
