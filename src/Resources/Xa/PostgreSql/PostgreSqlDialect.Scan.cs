using System.Data.Common;
using System.Globalization;

namespace Ccr.Resources.Xa;

public sealed partial class PostgreSqlDialect
{
    // pg_prepared_xacts shows the lower 32 bits of the number; the snapshot's end, 64 bits, is near it.
    private const string ScanQuery = """
        SELECT gid, transaction::text, owner::text, database::text, database = current_database(),
               (extract(epoch FROM clock_timestamp() - prepared) * 1000)::bigint,
               pg_snapshot_xmax(pg_current_snapshot())::text
        FROM pg_prepared_xacts ORDER BY prepared
        """;

    // A prepared transaction stands in pg_locks without a process, under the virtual transaction that holds the lock on
    // its number. Who waits for one of its locks waits for the same object; who waits behind such a session says so in
    // pg_blocking_pids.
    private const string OrphanQuery = """
        WITH RECURSIVE held AS MATERIALIZED (
            SELECT p.gid, p.transaction, l.* FROM pg_prepared_xacts p
            LEFT JOIN pg_locks x ON x.locktype = 'transactionid' AND x.transactionid = p.transaction AND x.granted
            LEFT JOIN pg_locks l ON l.virtualtransaction = x.virtualtransaction AND l.pid IS NULL),
        waits AS MATERIALIZED (SELECT * FROM pg_locks WHERE NOT granted),
        blocked(gid, pid) AS (
            SELECT h.gid, w.pid FROM held h JOIN waits w ON w.locktype = h.locktype
                AND (w.database, w.relation, w.page, w.tuple, w.transactionid, w.classid, w.objid, w.objsubid)
                    IS NOT DISTINCT FROM
                    (h.database, h.relation, h.page, h.tuple, h.transactionid, h.classid, h.objid, h.objsubid)
            UNION
            SELECT b.gid, w.pid FROM blocked b JOIN waits w ON b.pid = ANY (pg_blocking_pids(w.pid)))
        SELECT h.gid, count(h.locktype), (SELECT count(DISTINCT b.pid) FROM blocked b WHERE b.gid = h.gid),
               age(h.transaction)::bigint
        FROM held h GROUP BY h.gid, h.transaction ORDER BY age(h.transaction) DESC
        """;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<PreparedBranch>> ScanAsync(
        DbConnection connection, CancellationToken cancel = default) =>
        await Sql.RowsAsync(connection, ScanQuery, Read, cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<OrphanDetails>> OrphansAsync(
        DbConnection connection, CancellationToken cancel = default) => await Sql.RowsAsync(
            connection, OrphanQuery,
            static r => new OrphanDetails(r.Text(0), (int)r.Number(1), (int)r.Number(2), r.Number(3)), cancel)
        .ConfigureAwait(false);

    /// <inheritdoc/>
    public override ValueTask<int> BackendOfAsync(DbConnection connection, CancellationToken cancel = default)
    {
        int backend = DriverTraits.BackendOf(connection);
        return backend != 0 ? ValueTask.FromResult(backend) : AskAsync();

        async ValueTask<int> AskAsync() => Convert.ToInt32(
            await Sql.ScalarAsync(connection, "SELECT pg_backend_pid()", cancel).ConfigureAwait(false),
            CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public override async Task<BackendState> StateOfBackendAsync(
        DbConnection connection, int backend, CancellationToken cancel = default)
    {
        // A backend that ended and whose number another one took is "in transaction" only while that one is.
        List<string> states = await Sql.RowsAsync(
            connection,
            $"SELECT CASE WHEN query IS NULL OR query LIKE '<insufficient%' THEN 'hidden' ELSE state END"
            + $" FROM pg_stat_activity WHERE pid = {backend}",
            static r => r.Text(0), cancel).ConfigureAwait(false);
        return states is not [string state] ? BackendState.Gone : state switch
        {
            "idle" => BackendState.Idle,
            "hidden" or "disabled" => BackendState.Hidden,
            _ => BackendState.InTransaction,
        };
    }

    /// <inheritdoc/>
    public override async Task<bool> EndBackendAsync(
        DbConnection connection, int backend, CancellationToken cancel = default) =>
        await Sql.ScalarAsync(connection, $"SELECT pg_terminate_backend({backend})", cancel).ConfigureAwait(false)
            is true;

    /// <inheritdoc/>
    public override async Task<TransactionFate> SettleAsync(
        DbConnection connection, ulong xid, CancellationToken cancel = default)
    {
        if (xid == 0)
        {
            return TransactionFate.Unknown;
        }

        try
        {
            object? status = await Sql.ScalarAsync(
                connection, $"SELECT pg_xact_status('{xid.ToString(CultureInfo.InvariantCulture)}'::xid8)", cancel)
                .ConfigureAwait(false);
            return FateOf(status as string);
        }
        catch (DbException e) when (e.SqlState == InvalidParameter)
        {
            return TransactionFate.NeverGiven;
        }
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<TransactionFate>> SettleAllAsync(
        DbConnection connection, IReadOnlyList<ulong> xids, CancellationToken cancel = default)
    {
        if (xids.Count > 1)
        {
            try
            {
                string numbers = string.Join(',', xids.Select(x => x.ToString(CultureInfo.InvariantCulture)));
                return await Sql.RowsAsync(
                    connection,
                    "SELECT CASE WHEN x <> '0' THEN pg_xact_status(x) END "
                    + $"FROM unnest('{{{numbers}}}'::xid8[]) WITH ORDINALITY AS one(x, n) ORDER BY n",
                    static row => FateOf(row.IsDBNull(0) ? null : row.GetString(0)), cancel).ConfigureAwait(false);
            }
            catch (DbException e) when (e.SqlState == InvalidParameter)
            {
                // One of them was never given, and nothing is said of the others: each is asked for by itself.
            }
        }

        return await base.SettleAllAsync(connection, xids, cancel).ConfigureAwait(false);
    }

    private static TransactionFate FateOf(string? status) => status switch
    {
        "committed" => TransactionFate.Committed,
        "aborted" => TransactionFate.RolledBack,
        "in progress" => TransactionFate.InProgress,
        _ => TransactionFate.Unknown,
    };

    /// <summary>The 64-bit number near <paramref name="next"/> whose lower half is given.</summary>
    internal static ulong Widen(uint lower, ulong next)
    {
        long distance = unchecked((int)(lower - (uint)next));
        return unchecked(next + (ulong)distance);
    }

    private static PreparedBranch Read(DbDataReader row)
    {
        string gid = row.Text(0);
        XaName? managed = XaName.TryParseGid(gid, out XaName? ours) ? ours : null;
        AssistedName? assisted = managed is null && AssistedName.TryParse(gid, out AssistedName name) ? name : null;
        ulong xid = Widen(
            uint.Parse(row.Text(1), CultureInfo.InvariantCulture),
            ulong.Parse(row.Text(6), CultureInfo.InvariantCulture));
        return new PreparedBranch(
            gid, managed, assisted, xid, row.Text(2), row.Text(3), row.GetBoolean(4),
            TimeSpan.FromMilliseconds(row.Number(5)));
    }
}
