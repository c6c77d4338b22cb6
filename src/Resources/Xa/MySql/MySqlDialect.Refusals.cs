using System.Data.Common;
using Ccr.Protocol.Messages;

namespace Ccr.Resources.Xa;

public sealed partial class MySqlDialect
{
    /// <inheritdoc/>
    public override Refusal Translate(Exception exception) =>
        exception is DbException { SqlState: { Length: 5 } state } e
        ? (state, DriverTraits.NumberOf(e)) switch
        {
            ("40001", _) or (_, 1213) or ("XA102", _) or (_, 1614) => new(
                RefusalCode.Deadlock,
                $"The server chose the branch as the victim of a deadlock ({e.Message}). Retry as a new atomic "
                + "action."),
            (_, 1205) => new(
                RefusalCode.Deadlock,
                $"The branch waited too long for a lock ({e.Message}). Retry as a new atomic action."),
            ("XA106", _) => new(RefusalCode.Timeout, $"The server ended the branch after its time ({e.Message})."),
            (UnknownXid, _) or (_, 1397) => new(
                RefusalCode.UnknownAction,
                $"The server shows this session no branch of this name ({e.Message}). It is finished, or the "
                + "connection that prepared it is still there: end that one first."),
            ("XAE07", _) when e.Message.Contains("ROLLBACK ONLY", StringComparison.Ordinal) => new(
                RefusalCode.Deadlock,
                $"The server has rolled the branch back, in a deadlock or a wait for a lock ({e.Message}). Retry as a "
                + "new atomic action."),
            ("XAE07", _) or (_, 1399) => new(
                RefusalCode.WrongState,
                $"The branch is in another state ({e.Message}). COMMIT, ROLLBACK and statements that commit by "
                + "themselves have no place in it."),
            ("XAE08", _) or (_, 1440) => new(
                RefusalCode.WrongState, $"The server has a branch of this name already ({e.Message})."),
            (WorkOutside, _) or (_, 1400) => new(
                RefusalCode.WrongState,
                $"The connection has a transaction of its own ({e.Message}). End it before the branch begins."),
            ("XA100" or "XAE03", _) or (_, 1402 or 1401) => new(
                RefusalCode.Resource,
                $"The server rolled the branch back ({e.Message})."),
            ("42000", 1227) => new(
                RefusalCode.NotPermitted,
                $"The server does not permit it ({e.Message}). Grant that to the user that the database is registered "
                + "with."),
            _ => new(RefusalCode.Resource, $"The server refused: {e.Message}"),
        }
        : exception is OperationCanceledException
        ? new(RefusalCode.Timeout, "The wait for the server's answer was cancelled, so the answer is not known.")
        : new(RefusalCode.AssociationLost, $"The server's answer was lost: {exception.Message}");
}
