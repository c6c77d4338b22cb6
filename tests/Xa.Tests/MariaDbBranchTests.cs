using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;
using MySqlConnector;

namespace Ccr.Xa.Tests;

[Collection("MariaDB")]
public sealed class MariaDbBranchTests(MariaDbFixture db)
{
    private static readonly MySqlDialect Dialect = MySqlDialect.Instance;

    [Fact]
    public async Task A_prepared_branch_is_committed_by_its_owner()
    {
        string name = db.NewName();
        await using MySqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name, System.Data.IsolationLevel.ReadCommitted);
        await one.RunAsync("UPDATE t SET v = 11 WHERE id = 1");
        PrepareResult prepared = await Dialect.PrepareAsync(one, name);
        Assert.Equal(BranchVote.Ready, prepared.Vote);
        Assert.Equal(one.ServerThread, prepared.Note.Backend);
        Assert.Equal(0, await db.ValueOfAsync(1));
        Assert.Equal(BranchEnd.Done, (await Dialect.CommitPreparedAsync(one, name)).End);
        Assert.Equal(11, await db.ValueOfAsync(1));
        Assert.Equal(BranchEnd.Absent, (await Dialect.CommitPreparedAsync(one, name)).End);
    }

    [Fact]
    public async Task Another_session_commits_only_when_the_owner_is_gone()
    {
        string name = db.NewName();
        MySqlConnection one = await db.OpenAsync();
        await using MySqlConnection two = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 12 WHERE id = 2");
        PrepareResult prepared = await Dialect.PrepareAsync(one, name);

        EndResult early = await Dialect.CommitPreparedAsync(two, name);
        Assert.Equal(BranchEnd.Absent, early.End);
        Assert.Contains("end that one first", early.Refusal.Text);
        Assert.Equal(BackendState.InTransaction, await Dialect.StateOfBackendAsync(two, prepared.Note.Backend));

        Assert.True(await Dialect.EndBackendAsync(two, prepared.Note.Backend));
        await Until.TrueAsync(
            async () => await Dialect.StateOfBackendAsync(two, prepared.Note.Backend) == BackendState.Gone,
                "it is gone");
        Assert.False(await Dialect.EndBackendAsync(two, prepared.Note.Backend));
        PreparedBranch seen = Assert.Single(await Dialect.ScanAsync(two), b => b.NativeName == name);
        Assert.NotNull(seen.Managed);
        Assert.Equal(Names.Tokyo, seen.Managed.Manager);
        await Until.TrueAsync(
            async () => (await Dialect.CommitPreparedAsync(two, name)).End == BranchEnd.Done, "it is committed");
        Assert.Equal(12, await db.ValueOfAsync(2));
        await one.DisposeAsync();
    }

    [Fact]
    public async Task A_branch_is_rolled_back_before_and_after_it_is_prepared()
    {
        string name = db.NewName();
        await using MySqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 13 WHERE id = 3");
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackAsync(one, name)).End);
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 13 WHERE id = 3");
        Assert.Equal(BranchVote.Ready, (await Dialect.PrepareAsync(one, name)).Vote);
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackPreparedAsync(one, name)).End);
        Assert.Equal(0, await db.ValueOfAsync(3));
        Assert.DoesNotContain(await Dialect.ScanAsync(one), b => b.NativeName == name);
    }

    [Fact]
    public async Task One_phase_commits()
    {
        string name = db.NewName();
        await using MySqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 14 WHERE id = 4");
        Assert.Equal(OnePhaseOutcome.Committed, (await Dialect.CommitOnePhaseAsync(one, name)).Outcome);
        Assert.Equal(14, await db.ValueOfAsync(4));
    }

    [Fact]
    public async Task A_read_only_branch_cannot_write_and_drops_out()
    {
        string name = db.NewName();
        await using MySqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name, mode: BranchMode.ReadOnly);
        await one.RunAsync("SELECT * FROM t");
        Assert.Equal(BranchVote.NoChange, (await Dialect.PrepareAsync(one, name, BranchMode.ReadOnly)).Vote);
        await Dialect.BeginAsync(one, name, mode: BranchMode.ReadOnly);
        MySqlException e = await Assert.ThrowsAsync<MySqlException>(
            () => one.RunAsync("UPDATE t SET v = 1 WHERE id = 5"));
        Assert.Equal(1792, e.Number);
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackAsync(one, name)).End);
    }

    [Fact]
    public async Task The_victim_of_a_deadlock_is_refused_and_the_connection_is_usable()
    {
        string a = db.NewName(), b = db.NewName();
        await using MySqlConnection one = await db.OpenAsync(), two = await db.OpenAsync();
        await Dialect.BeginAsync(one, a);
        await Dialect.BeginAsync(two, b);
        await one.RunAsync("UPDATE t SET v = 1 WHERE id IN (30, 31, 32)"); // the lighter one is the victim
        await two.RunAsync("UPDATE t SET v = 1 WHERE id = 40");
        Task waits = one.RunAsync("UPDATE t SET v = 1 WHERE id = 40");
        await Until.TrueAsync(
            async () => await db.Server.ScalarAsync("SELECT COUNT(*) FROM information_schema.innodb_lock_waits") != "0",
            "one waits");
        MySqlException e = await Assert.ThrowsAsync<MySqlException>(
            () => two.RunAsync("UPDATE t SET v = 1 WHERE id = 30"));
        await waits;
        Assert.Equal(RefusalCode.Deadlock, Dialect.Translate(e).Code);
        PrepareResult prepared = await Dialect.PrepareAsync(two, b);
        Assert.Equal(BranchVote.Refused, prepared.Vote);
        Assert.Equal(RefusalCode.Deadlock, prepared.Refusal.Code);
        await Dialect.BeginAsync(two, b);
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackAsync(two, b)).End);
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackAsync(one, a)).End);
    }

    [Fact]
    public async Task Statements_that_end_transactions_are_refused_in_a_branch()
    {
        string name = db.NewName();
        await using MySqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        MySqlException e = await Assert.ThrowsAsync<MySqlException>(() => one.RunAsync("COMMIT"));
        Assert.Equal(1399, e.Number);
        Assert.Equal(RefusalCode.WrongState, Dialect.Translate(e).Code);
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackAsync(one, name)).End);
    }

    [Fact]
    public async Task Foreign_names_are_shown_as_they_are()
    {
        await using MySqlConnection one = await db.OpenAsync();
        foreach ((string given, string shown) in (IEnumerable<(string, string)>)
            [("X'00ff27','b',7", "X'00ff27','b',7"), ("'plain'", "'plain','',1"), ("'it''s','',2", "X'69742773','',2")])
        {
            await one.RunAsync($"XA START {given}");
            await one.RunAsync("UPDATE t SET v = 1 WHERE id = 50");
            await one.RunAsync($"XA END {given};XA PREPARE {given}");
            PreparedBranch seen = Assert.Single(await Dialect.ScanAsync(one), b => b.IsForeign);
            Assert.Equal(shown, seen.NativeName);
            Assert.Equal(BranchEnd.Done, (await Dialect.RollbackPreparedAsync(one, seen.NativeName)).End);
        }
    }

    [Fact]
    public async Task Branches_survive_kill_9_of_the_server()
    {
        await using MariaDbInstance server = await MariaDbInstance.StartNewAsync();
        await server.ExecuteAsync(
            "CREATE TABLE t (id INT PRIMARY KEY, v INT) ENGINE=InnoDB; INSERT INTO t VALUES (1, 0)");
        string name = db.NewName();
        await using (MySqlConnection one = new(server.ConnectionString()))
        {
            await one.OpenAsync(CancellationToken.None);
            await Dialect.BeginAsync(one, name);
            await one.RunAsync("UPDATE t SET v = 1 WHERE id = 1");
            Assert.Equal(BranchVote.Ready, (await Dialect.PrepareAsync(one, name)).Vote);
            await server.KillAsync();
            Assert.Equal(BranchEnd.Unknown, (await Dialect.CommitPreparedAsync(one, name)).End);
        }

        await server.StartAsync();
        await using MySqlConnection two = new(server.ConnectionString());
        await two.OpenAsync(CancellationToken.None);
        Assert.Equal(name, Assert.Single(await Dialect.ScanAsync(two)).NativeName);
        OrphanDetails orphan = Assert.Single(await Dialect.OrphansAsync(two));
        Assert.Equal(name, orphan.NativeName);
        Assert.Equal(0, orphan.SessionsBlocked);
        Assert.Equal(BranchEnd.Done, (await Dialect.CommitPreparedAsync(two, name)).End);
        Assert.Equal("1", await server.ScalarAsync("SELECT v FROM t"));
    }

    [Fact]
    public async Task A_server_as_the_tests_start_it_is_fit_and_a_poor_user_is_told_what_it_lacks()
    {
        await using MySqlConnection root = await db.OpenAsync();
        Assert.Empty(await Dialect.CheckAtRegistrationAsync(root, 100));
        await db.Server.ExecuteAsync("CREATE USER 'poor'@'localhost'; GRANT ALL ON test.* TO 'poor'@'localhost'");
        await using MySqlConnection poor = await db.OpenAsync(user: "poor");
        IReadOnlyList<RegistrationFinding> findings = await Dialect.CheckAtRegistrationAsync(poor, 100);
        Assert.Contains(findings, f => f.Blocks && f.Sentence.Contains("GRANT PROCESS"));
        Assert.Contains(findings, f => !f.Blocks && f.Sentence.Contains("CONNECTION ADMIN"));
        await db.Server.ExecuteAsync("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
        findings = await Dialect.CheckAtRegistrationAsync(root, 100);
        await db.Server.ExecuteAsync("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
        Assert.Contains("innodb_flush_log_at_trx_commit", Assert.Single(findings).Sentence);
    }
}
