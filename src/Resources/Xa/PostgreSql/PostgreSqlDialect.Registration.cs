using System.Data.Common;
using System.Globalization;

namespace Ccr.Resources.Xa;

public sealed partial class PostgreSqlDialect
{
    private const int VersionMin = 130000;

    private const string SettingsQuery = """
        SELECT current_setting('server_version_num')::int, current_setting('max_prepared_transactions')::int,
               current_setting('synchronous_commit'), current_setting('fsync'), pg_is_in_recovery(),
               current_setting('is_superuser') = 'on' OR pg_has_role(current_user, 'pg_read_all_stats', 'MEMBER'),
               current_setting('track_activities'), current_setting('full_page_writes'),
               current_user::text, current_database()::text
        """;

    private sealed record Settings(
        int Version, int Prepared, string SynchronousCommit, string Fsync, bool IsStandby, bool SeesBackends,
        string TrackActivities, string FullPageWrites, string Role, string Database);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<RegistrationFinding>> CheckAtRegistrationAsync(
        DbConnection connection, int branches, CancellationToken cancel = default)
    {
        int version = await VersionOfAsync(connection, cancel).ConfigureAwait(false);
        if (version < VersionMin)
        {
            return
            [
                new(true, $"PostgreSQL {version / 10000} cannot tell what became of a transaction in the way that is "
                    + "needed. Use version 13 or later."),
            ];
        }

        List<Settings> rows = await Sql.RowsAsync(connection, SettingsQuery, ReadSettings, cancel)
            .ConfigureAwait(false);
        return Findings(rows[0], branches).ToList();
    }

    private static IEnumerable<RegistrationFinding> Findings(Settings s, int branches)
    {
        if (s.IsStandby)
        {
            yield return new(true, "This server is a standby, where nothing can be prepared or finished. Register the "
                + "primary.");
        }

        if (s.Prepared == 0)
        {
            yield return new(true, "max_prepared_transactions is 0, so that PostgreSQL prepares nothing. Set it to at "
                + $"least {branches} in postgresql.conf, then restart the server.");
        }
        else if (s.Prepared < branches)
        {
            yield return new(false,
                $"max_prepared_transactions is {s.Prepared} and {branches} branches may be prepared "
                + "at a time: the rest will be refused. Raise it in postgresql.conf, then restart the server.");
        }

        if (!s.SeesBackends)
        {
            yield return new(false, $"The role {s.Role} sees only its own sessions in pg_stat_activity. Branches of "
                + "other roles cannot be watched: GRANT pg_read_all_stats TO it.");
        }

        if (s.TrackActivities != "on")
        {
            yield return new(false, "track_activities is off, so that it cannot be seen whether a session is still "
                + "working for a branch. Switch it on.");
        }

        if (s.SynchronousCommit == "off")
        {
            yield return new(false, "synchronous_commit is off: a confirmed one-phase commit may be lost in a crash "
                + "of the machine. (Prepared branches are safe.) Switch it on for the roles that use atomic actions.");
        }

        if (s.Fsync != "on" || s.FullPageWrites != "on")
        {
            yield return new(false, "fsync or full_page_writes is off: a crash of the machine may lose prepared "
                + "branches, and with them the atomicity of every action. Switch both on.");
        }
    }

    private static async Task<int> VersionOfAsync(DbConnection connection, CancellationToken cancel) =>
        Convert.ToInt32(
            await Sql.ScalarAsync(connection, "SELECT current_setting('server_version_num')::int", cancel)
                .ConfigureAwait(false),
            CultureInfo.InvariantCulture);

    private static Settings ReadSettings(DbDataReader r) => new(
        (int)r.Number(0), (int)r.Number(1), r.Text(2), r.Text(3), r.GetBoolean(4), r.GetBoolean(5), r.Text(6),
        r.Text(7),
        r.Text(8), r.Text(9));
}
