using System.Data;
using System.Data.Common;
using Ccr.Protocol.Messages;

namespace Ccr.Resources.Xa;

/// <summary>
/// MariaDB 10.5 and later, and MySQL 8.0.29 and later, by their XA statements. A prepared branch belongs to its
/// connection until that has ended: in MariaDB another session's XA COMMIT is answered with "unknown" (1397) as long,
/// so whoever finishes somebody else's branch ends that one's backend first. Whether a branch wrote anything the server
/// does not say; only a branch that was begun as read-only drops out.
/// </summary>
public sealed partial class MySqlDialect : XaDialect
{
    private const string UnknownXid = "XAE04";
    private const string WorkOutside = "XAE09";

    /// <summary>The dialect; it has no state.</summary>
    public static MySqlDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Product => "MySQL or MariaDB";

    /// <inheritdoc/>
    public override string NativeName(XaName name)
    {
        (string gtrid, string bqual) = name.ToXid();
        return XidLiteral.Of(gtrid, bqual, XaName.FormatId);
    }

    /// <inheritdoc/>
    public override Task BeginAsync(
        DbConnection connection, string branch, IsolationLevel isolation = IsolationLevel.Unspecified,
        BranchMode mode = BranchMode.ReadWrite, CancellationToken cancel = default)
    {
        string start = mode == BranchMode.ReadOnly ? "START TRANSACTION READ ONLY" : $"XA START {branch}";
        return Sql.ExecuteAsync(connection, LevelOf(isolation) + start, cancel);
    }

    /// <inheritdoc/>
    public override async Task<PrepareResult> PrepareAsync(
        DbConnection connection, string branch, BranchMode mode = BranchMode.ReadWrite,
        CancellationToken cancel = default)
    {
        BranchNote note = new(DriverTraits.BackendOf(connection), 0);
        try
        {
            string order = mode == BranchMode.ReadOnly ? "COMMIT" : $"XA END {branch};XA PREPARE {branch}";
            await Sql.ExecuteAsync(connection, order, cancel).ConfigureAwait(false);
            return mode == BranchMode.ReadOnly ? PrepareResult.NoChange(note) : PrepareResult.Ready(note);
        }
        catch (Exception e)
        {
            return IsAnswer(e, connection)
                && (await RollbackAsync(connection, branch, CancellationToken.None).ConfigureAwait(false)).End
                    != BranchEnd.Unknown
                ? PrepareResult.Refused(Translate(e), e)
                : PrepareResult.Unknown(note, Translate(e), e);
        }
    }

    /// <inheritdoc/>
    public override Task<EndResult> CommitPreparedAsync(
        DbConnection connection, string branch, CancellationToken cancel = default) =>
        EndAsync(connection, $"XA COMMIT {branch}", cancel);

    /// <inheritdoc/>
    public override Task<EndResult> RollbackPreparedAsync(
        DbConnection connection, string branch, CancellationToken cancel = default) =>
        EndAsync(connection, $"XA ROLLBACK {branch}", cancel);

    /// <inheritdoc/>
    public override async Task<OnePhaseResult> CommitOnePhaseAsync(
        DbConnection connection, string branch, BranchMode mode = BranchMode.ReadWrite, bool blocks = false,
        CancellationToken cancel = default)
    {
        BranchNote note = new(DriverTraits.BackendOf(connection), 0);
        try
        {
            string order = mode == BranchMode.ReadOnly ? "COMMIT" : $"XA END {branch};XA COMMIT {branch} ONE PHASE";
            await Sql.ExecuteAsync(connection, order, cancel, blocks).ConfigureAwait(false);
            return new OnePhaseResult(OnePhaseOutcome.Committed, note, Refusal.None, null);
        }
        catch (Exception e)
        {
            bool over = IsAnswer(e, connection)
                && (await RollbackAsync(connection, branch, CancellationToken.None).ConfigureAwait(false)).End
                    != BranchEnd.Unknown;
            return new OnePhaseResult(
                over ? OnePhaseOutcome.RolledBack : OnePhaseOutcome.Unknown, note, Translate(e), e);
        }
    }

    /// <inheritdoc/>
    public override async Task<EndResult> RollbackAsync(
        DbConnection connection, string branch, CancellationToken cancel = default)
    {
        try
        {
            await Sql.ExecuteAsync(connection, $"XA END {branch}", cancel).ConfigureAwait(false);
        }
        catch (DbException e) when (IsAnswer(e, connection))
        {
            // Ended before, or fit for nothing but XA ROLLBACK (1399, 1402, 1614), or no XA branch: what follows tells.
        }
        catch (Exception e)
        {
            return EndResult.Unknown(Translate(e), e);
        }

        EndResult end = await EndAsync(connection, $"XA ROLLBACK {branch}", cancel).ConfigureAwait(false);
        bool isPlain = end.End == BranchEnd.Absent || end.Exception is DbException { SqlState: WorkOutside };
        return isPlain
            ? await EndAsync(connection, "ROLLBACK", cancel).ConfigureAwait(false) // begun as read-only
            : end;
    }

    private async Task<EndResult> EndAsync(DbConnection connection, string order, CancellationToken cancel)
    {
        try
        {
            await Sql.ExecuteAsync(connection, order, cancel).ConfigureAwait(false);
            return EndResult.Done;
        }
        catch (DbException e) when (e.SqlState == UnknownXid || DriverTraits.NumberOf(e) == 1397)
        {
            return EndResult.Absent(Translate(e), e);
        }
        catch (Exception e)
        {
            return EndResult.Unknown(Translate(e), e);
        }
    }

    private static string LevelOf(IsolationLevel isolation) => isolation switch
    {
        IsolationLevel.Unspecified => "",
        IsolationLevel.ReadUncommitted => "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;",
        IsolationLevel.ReadCommitted => "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;",
        IsolationLevel.RepeatableRead or IsolationLevel.Snapshot => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;",
        IsolationLevel.Serializable => "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;",
        _ => throw new ArgumentOutOfRangeException(nameof(isolation), isolation, "There is no such isolation level."),
    };
}
