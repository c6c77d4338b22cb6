using System.Data.Common;
using System.Globalization;

namespace Ccr.Resources.Xa;

public sealed partial class MySqlDialect
{
    private const int NoSuchThread = 1094;

    // A prepared branch whose connection has ended belongs to thread 0. Which of them it is the server does not say.
    private const string DetachedQuery = """
        SELECT COALESCE(SUM(trx_rows_locked), 0),
               (SELECT COUNT(DISTINCT w.requesting_trx_id) FROM information_schema.innodb_lock_waits w
                JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id
                WHERE b.trx_mysql_thread_id = 0)
        FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = 0
        """;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<PreparedBranch>> ScanAsync(
        DbConnection connection, CancellationToken cancel = default)
    {
        string query = IsMariaDb(connection) ? "XA RECOVER FORMAT='SQL'" : "XA RECOVER CONVERT XID";
        List<PreparedBranch?> rows = await Sql.RowsAsync(connection, query, Read, cancel).ConfigureAwait(false);
        return rows.OfType<PreparedBranch>().ToList();
    }

    /// <summary>
    /// With one prepared branch its locks and those whom it blocks; with several the server does not tell them apart.
    /// </summary>
    public override async Task<IReadOnlyList<OrphanDetails>> OrphansAsync(
        DbConnection connection, CancellationToken cancel = default)
    {
        IReadOnlyList<PreparedBranch> branches = await ScanAsync(connection, cancel).ConfigureAwait(false);
        if (branches is not [PreparedBranch only] || !IsMariaDb(connection))
        {
            return branches.Select(b => new OrphanDetails(b.NativeName, null, null, null)).ToList();
        }

        return await Sql.RowsAsync(
            connection, DetachedQuery,
            r => new OrphanDetails(only.NativeName, (int)r.Number(0), (int)r.Number(1), null), cancel)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask<int> BackendOfAsync(DbConnection connection, CancellationToken cancel = default)
    {
        int backend = DriverTraits.BackendOf(connection);
        return backend != 0 ? ValueTask.FromResult(backend) : AskAsync();

        async ValueTask<int> AskAsync() => Convert.ToInt32(
            await Sql.ScalarAsync(connection, "SELECT CONNECTION_ID()", cancel).ConfigureAwait(false),
            CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public override async Task<BackendState> StateOfBackendAsync(
        DbConnection connection, int backend, CancellationToken cancel = default)
    {
        // Without the right PROCESS another user's connections are not shown at all, which is not "gone":
        // CheckAtRegistrationAsync refuses such a user. innodb_trx may be old while others ask for it often: a branch
        // that is taken for over by mistake, and prepared after all, is found by the next scan and ended by the log.
        List<bool> working = await Sql.RowsAsync(
            connection,
            "SELECT p.command <> 'Sleep' OR EXISTS (SELECT 1 FROM information_schema.innodb_trx t "
            + "WHERE t.trx_mysql_thread_id = p.id) FROM information_schema.processlist p "
            + string.Create(CultureInfo.InvariantCulture, $"WHERE p.id = {backend}"),
            static r => r.Number(0) != 0, cancel).ConfigureAwait(false);
        return working is not [bool isWorking] ? BackendState.Gone
            : isWorking ? BackendState.InTransaction
            : BackendState.Idle;
    }

    /// <inheritdoc/>
    public override async Task<bool> EndBackendAsync(
        DbConnection connection, int backend, CancellationToken cancel = default)
    {
        try
        {
            await Sql.ExecuteAsync(
                connection, string.Create(CultureInfo.InvariantCulture, $"KILL CONNECTION {backend}"), cancel)
                .ConfigureAwait(false);
            return true;
        }
        catch (DbException e) when (DriverTraits.NumberOf(e) == NoSuchThread)
        {
            return false;
        }
    }

    /// <summary>The server keeps no record of ended transactions: always unknown.</summary>
    public override Task<TransactionFate> SettleAsync(
        DbConnection connection, ulong xid, CancellationToken cancel = default) =>
        Task.FromResult(TransactionFate.Unknown);

    private static bool IsMariaDb(DbConnection connection) =>
        connection.ServerVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);

    private static PreparedBranch? Read(DbDataReader row)
    {
        if (!XidLiteral.TryRead(
            (int)row.Number(0), (int)row.Number(1), (int)row.Number(2), row.Text(3), out XidLiteral literal))
        {
            return null;
        }

        XaName? managed = literal.TryName(out XaName? ours) ? ours : null;
        return new PreparedBranch(literal.ToString(), managed, null, 0, "", "", true, null);
    }
}
