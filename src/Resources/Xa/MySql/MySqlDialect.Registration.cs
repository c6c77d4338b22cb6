using System.Buffers;
using System.Data.Common;

namespace Ccr.Resources.Xa;

public sealed partial class MySqlDialect
{
    private static readonly Version MariaDbMin = new(10, 5);
    private static readonly SearchValues<char> VersionLetters = SearchValues.Create("0123456789.");
    private static readonly Version MySqlMin = new(8, 0, 29);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<RegistrationFinding>> CheckAtRegistrationAsync(
        DbConnection connection, int branches, CancellationToken cancel = default)
    {
        bool isMariaDb = IsMariaDb(connection);
        List<RegistrationFinding> findings = [];
        if (!IsRecentEnough(connection.ServerVersion, isMariaDb ? MariaDbMin : MySqlMin))
        {
            findings.Add(new(true, $"The server's version is {connection.ServerVersion}: before MariaDB 10.5 and MySQL "
                + "8.0.29 a prepared branch can be lost when its connection ends. Use a later one."));
        }

        Dictionary<string, string> settings = (await Sql.RowsAsync(
            connection,
            "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit', 'sync_binlog', 'log_bin', "
            + "'wsrep_on', 'read_only')",
            static r => (Name: r.Text(0), Value: r.Text(1)), cancel).ConfigureAwait(false))
            .ToDictionary(s => s.Name, s => s.Value, StringComparer.OrdinalIgnoreCase);
        findings.AddRange(Findings(settings));
        findings.AddRange(await RightsAsync(connection, isMariaDb, cancel).ConfigureAwait(false));
        return findings;
    }

    private static IEnumerable<RegistrationFinding> Findings(Dictionary<string, string> settings)
    {
        string Of(string name) => settings.GetValueOrDefault(name, "");
        if (Of("wsrep_on") == "ON")
        {
            yield return new(true, "The server is a node of a Galera cluster, which does not support XA. Use a server "
                + "without it.");
        }

        if (Of("read_only") is "ON" or "1")
        {
            yield return new(true, "The server is read-only. Register the primary.");
        }

        if (Of("innodb_flush_log_at_trx_commit") is not ("1" or "3"))
        {
            yield return new(false, "innodb_flush_log_at_trx_commit is not 1: a crash may lose prepared and committed "
                + "branches, and with them the atomicity of every action. Set it to 1.");
        }

        if (Of("log_bin") == "ON" && Of("sync_binlog") != "1")
        {
            yield return new(false, "The binary log is on and sync_binlog is not 1: a crash may lose prepared "
                + "branches. Set it to 1.");
        }
    }

    private static async Task<IReadOnlyList<RegistrationFinding>> RightsAsync(
        DbConnection connection, bool isMariaDb, CancellationToken cancel)
    {
        List<string> rights = await Sql.RowsAsync(
            connection,
            "SELECT privilege_type FROM information_schema.user_privileges WHERE grantee = CONCAT('''', "
            + "SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')",
            static r => r.Text(0), cancel).ConfigureAwait(false);
        List<RegistrationFinding> findings = [];
        if (!rights.Contains("PROCESS"))
        {
            findings.Add(new(true, "The user has not the right PROCESS, so that it cannot be seen whether a connection "
                + "still works for a branch. GRANT PROCESS ON *.* TO it."));
        }

        string[] ends = isMariaDb ? ["CONNECTION ADMIN", "SUPER"] : ["CONNECTION_ADMIN", "SUPER"];
        if (!ends.Any(rights.Contains))
        {
            findings.Add(new(false, $"The user has not the right {ends[0]}, so that only connections of the same user "
                + $"can be ended, and a branch of another's is only finished when that one goes. GRANT {ends[0]} ON "
                + "*.* TO it."));
        }

        if (!isMariaDb && !rights.Contains("XA_RECOVER_ADMIN"))
        {
            findings.Add(new(true, "The user has not the right XA_RECOVER_ADMIN, so that it sees no prepared branches. "
                + "GRANT XA_RECOVER_ADMIN ON *.* TO it."));
        }

        return findings;
    }

    private static bool IsRecentEnough(string text, Version min)
    {
        // MariaDB may say "5.5.5-10.11.6-MariaDB".
        string number = text.StartsWith("5.5.5-", StringComparison.Ordinal) ? text[6..] : text;
        int end = number.AsSpan().IndexOfAnyExcept(VersionLetters);
        return Version.TryParse(end < 0 ? number : number[..end], out Version? version) && version >= min;
    }
}
