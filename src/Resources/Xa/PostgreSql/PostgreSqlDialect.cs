using System.Data;
using System.Data.Common;
using Ccr.Protocol.Messages;

namespace Ccr.Resources.Xa;

/// <summary>
/// PostgreSQL 13 and later. PREPARE TRANSACTION and COMMIT answer with the tag ROLLBACK, and no error, when the
/// transaction has failed before or is none any more, and drivers do not show the tag (npgsql#6641). So each is sent
/// in one batch, one round trip, behind a question for the transaction's number: the question fails in a failed
/// transaction, and a number proves that the block still stands; only then PREPARE's success means "prepared".
/// </summary>
public sealed partial class PostgreSqlDialect : XaDialect
{
    private const string XidQuestion = "SELECT pg_current_xact_id_if_assigned()";
    private const string Undefined = "42704";
    private const string InvalidParameter = "22023"; // of a transaction number: it was never given

    /// <summary>The dialect; it has no state.</summary>
    public static PostgreSqlDialect Instance { get; } = new();

    /// <inheritdoc/>
    public override string Product => "PostgreSQL";

    /// <inheritdoc/>
    public override string NativeName(XaName name) => name.ToGid();

    /// <inheritdoc/>
    public override Task BeginAsync(
        DbConnection connection, string branch, IsolationLevel isolation = IsolationLevel.Unspecified,
        BranchMode mode = BranchMode.ReadWrite, CancellationToken cancel = default) => mode == BranchMode.ReadWrite
        ? connection.BeginTransactionAsync(isolation, cancel).AsTask() // Npgsql sends it with the first statement
        : Sql.ExecuteAsync(connection, $"BEGIN{WordsOf(isolation)} READ ONLY", cancel);

    /// <inheritdoc/>
    public override async Task<PrepareResult> PrepareAsync(
        DbConnection connection, string branch, BranchMode mode = BranchMode.ReadWrite,
        CancellationToken cancel = default)
    {
        Exchange exchange = new(connection, DriverTraits.BackendOf(connection));
        try
        {
            string end = mode == BranchMode.ReadOnly ? "COMMIT" : $"PREPARE TRANSACTION {Quoted(branch)}";
            await exchange.RunAsync(end, oneByOne: false, cancel).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Refusal why = Translate(e);
            return IsAnswer(e, connection) && await IsClearedAsync(connection).ConfigureAwait(false)
                ? PrepareResult.Refused(why, e)
                : PrepareResult.Unknown(exchange.Note, why, e);
        }

        return mode == BranchMode.ReadOnly ? PrepareResult.NoChange(exchange.Note)
            : exchange.Note.Xid != 0 ? PrepareResult.Ready(exchange.Note)
            : await DropOutAsync(connection, branch, exchange.Note, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> HasChangedAsync(
        DbConnection connection, CancellationToken cancel = default) =>
        await Sql.ScalarAsync(connection, XidQuestion, cancel).ConfigureAwait(false) is not null;

    /// <inheritdoc/>
    public override Task<EndResult> CommitPreparedAsync(
        DbConnection connection, string branch, CancellationToken cancel = default) =>
        EndAsync(connection, $"COMMIT PREPARED {Quoted(branch)}", cancel);

    /// <inheritdoc/>
    public override Task<EndResult> RollbackPreparedAsync(
        DbConnection connection, string branch, CancellationToken cancel = default) =>
        EndAsync(connection, $"ROLLBACK PREPARED {Quoted(branch)}", cancel);

    /// <inheritdoc/>
    public override async Task<OnePhaseResult> CommitOnePhaseAsync(
        DbConnection connection, string branch, BranchMode mode = BranchMode.ReadWrite, bool blocks = false,
        CancellationToken cancel = default)
    {
        Exchange exchange = new(connection, DriverTraits.BackendOf(connection)) { Blocks = blocks };
        try
        {
            await exchange.RunAsync("COMMIT", oneByOne: true, cancel).ConfigureAwait(false);
            return new OnePhaseResult(OnePhaseOutcome.Committed, exchange.Note, Refusal.None, null);
        }
        catch (Exception e)
        {
            // Without a number nothing was written, so that nothing can have been committed.
            bool over = (IsAnswer(e, connection) && await IsClearedAsync(connection).ConfigureAwait(false))
                || exchange is { IsNumberKnown: true, Note.Xid: 0 };
            return new OnePhaseResult(
                over ? OnePhaseOutcome.RolledBack : OnePhaseOutcome.Unknown, exchange.Note, Translate(e), e);
        }
    }

    /// <inheritdoc/>
    public override Task<EndResult> RollbackAsync(
        DbConnection connection, string branch, CancellationToken cancel = default) =>
        EndAsync(connection, "ROLLBACK", cancel);

    /// <summary>
    /// A branch that wrote nothing needs no decision. PREPARE gave it a number and made it durable all the same, so it
    /// is committed at once. That the name is there proves that the transaction was still open.
    /// </summary>
    private async Task<PrepareResult> DropOutAsync(
        DbConnection connection, string branch, BranchNote note, CancellationToken cancel)
    {
        EndResult end = await CommitPreparedAsync(connection, branch, cancel).ConfigureAwait(false);
        return end.End switch
        {
            BranchEnd.Done => PrepareResult.NoChange(note),
            BranchEnd.Absent => PrepareResult.Refused(
                new Refusal(
                    RefusalCode.WrongState,
                    "The branch's transaction was over before it was prepared: a statement of the application said "
                    + "COMMIT or ROLLBACK. Leave that to the atomic action."),
                end.Exception),
            _ => PrepareResult.Unknown(note, end.Refusal, end.Exception!),
        };
    }

    private async Task<EndResult> EndAsync(DbConnection connection, string order, CancellationToken cancel)
    {
        try
        {
            await Sql.ExecuteAsync(connection, order, cancel).ConfigureAwait(false);
            return EndResult.Done;
        }
        catch (DbException e) when (e.SqlState == Undefined)
        {
            return EndResult.Absent(Translate(e), e);
        }
        catch (Exception e)
        {
            return EndResult.Unknown(Translate(e), e);
        }
    }

    /// <summary>After an answer that the transaction failed: it may still stand open, and is ended.</summary>
    private static async Task<bool> IsClearedAsync(DbConnection connection)
    {
        try
        {
            await Sql.ExecuteAsync(connection, "ROLLBACK", CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (Exception)
        {
            // The transaction has failed and cannot commit any more; the connection's end ends it.
            return true;
        }
    }

    private static string Quoted(string gid) =>
        gid.Contains('\'') ? $"'{gid.Replace("'", "''", StringComparison.Ordinal)}'" : $"'{gid}'";

    private static string WordsOf(IsolationLevel isolation) => isolation switch
    {
        IsolationLevel.Unspecified => "",
        IsolationLevel.ReadUncommitted or IsolationLevel.ReadCommitted => " ISOLATION LEVEL READ COMMITTED",
        IsolationLevel.RepeatableRead or IsolationLevel.Snapshot => " ISOLATION LEVEL REPEATABLE READ",
        IsolationLevel.Serializable => " ISOLATION LEVEL SERIALIZABLE",
        _ => throw new ArgumentOutOfRangeException(
            nameof(isolation), isolation, "PostgreSQL has no such isolation level."),
    };

    /// <summary>The question for the number, and the order behind it, in one round trip.</summary>
    private sealed class Exchange(DbConnection connection, int backend)
    {
        private ulong _xid;

        internal BranchNote Note => new(backend, _xid);

        /// <summary>False until the question was answered; then 0 means that nothing was written.</summary>
        internal bool IsNumberKnown { get; private set; }

        /// <summary>True: the calling thread waits in the driver's synchronous calls.</summary>
        internal bool Blocks { get; init; }

        internal async Task RunAsync(string order, bool oneByOne, CancellationToken cancel)
        {
            if (!connection.CanCreateBatch)
            {
                object? value = await Sql.ScalarAsync(connection, XidQuestion, cancel, Blocks).ConfigureAwait(false);
                Answered(value);
                await Sql.ExecuteAsync(connection, order, cancel, Blocks).ConfigureAwait(false);
                return;
            }

            DbBatch batch = connection.CreateBatch();
            await using (batch.ConfigureAwait(false))
            {
                Add(batch, XidQuestion);
                Add(batch, order);
                if (oneByOne)
                {
                    DriverTraits.AnswerOneByOne(batch);
                }

                if (Blocks)
                {
                    Read(batch);
                }
                else
                {
                    await ReadAsync(batch, cancel).ConfigureAwait(false);
                }
            }
        }

        // Each result is waited for: an error of the order stands in the last.
        private async Task ReadAsync(DbBatch batch, CancellationToken cancel)
        {
            DbDataReader reader = await batch.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancel).ConfigureAwait(false);
                Answered(reader.IsDBNull(0) ? null : reader.GetValue(0));
                while (await reader.NextResultAsync(cancel).ConfigureAwait(false))
                {
                    // The next one.
                }
            }
        }

        private void Read(DbBatch batch)
        {
            using DbDataReader reader = batch.ExecuteReader();
            reader.Read();
            Answered(reader.IsDBNull(0) ? null : reader.GetValue(0));
            while (reader.NextResult())
            {
                // The next one.
            }
        }

        private static void Add(DbBatch batch, string text)
        {
            DbBatchCommand command = batch.CreateBatchCommand();
            command.CommandText = text;
            batch.BatchCommands.Add(command);
        }

        private void Answered(object? value)
        {
            IsNumberKnown = true;
            _xid = value is null ? 0 : Convert.ToUInt64(value, System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
