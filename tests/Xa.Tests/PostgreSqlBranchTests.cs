using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;
using Npgsql;

namespace Ccr.Xa.Tests;

[Collection("PostgreSQL")]
public sealed class PostgreSqlBranchTests(PostgreSqlFixture db)
{
    private static readonly PostgreSqlDialect Dialect = PostgreSqlDialect.Instance;

    [Fact]
    public async Task A_prepared_branch_is_committed_from_another_connection()
    {
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 11 WHERE id = 1");

        PrepareResult prepared = await Dialect.PrepareAsync(one, name);

        Assert.Equal(BranchVote.Ready, prepared.Vote);
        Assert.Equal(one.ProcessID, prepared.Note.Backend);
        Assert.True(await db.IsPreparedAsync(name));
        Assert.Equal(0, await db.ValueOfAsync(1));
        await using NpgsqlConnection two = await db.OpenAsync();
        PreparedBranch seen = Assert.Single(await Dialect.ScanAsync(two), b => b.NativeName == name);
        Assert.Equal(prepared.Note.Xid, seen.Xid);
        Assert.Equal(TransactionFate.InProgress, await Dialect.SettleAsync(two, seen.Xid));
        Assert.Equal(BranchEnd.Done, (await Dialect.CommitPreparedAsync(two, name)).End);
        Assert.Equal(11, await db.ValueOfAsync(1));
        Assert.Equal(TransactionFate.Committed, await Dialect.SettleAsync(two, prepared.Note.Xid));
        EndResult again = await Dialect.CommitPreparedAsync(two, name);
        Assert.Equal(BranchEnd.Absent, again.End);
        Assert.Contains("has no prepared transaction of this name", again.Refusal.Text);
    }

    [Fact]
    public async Task A_prepared_branch_is_rolled_back()
    {
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 12 WHERE id = 2");
        PrepareResult prepared = await Dialect.PrepareAsync(one, name);
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackPreparedAsync(one, name)).End);
        Assert.Equal(0, await db.ValueOfAsync(2));
        Assert.Equal(TransactionFate.RolledBack, await Dialect.SettleAsync(one, prepared.Note.Xid));
        Assert.Equal(BranchEnd.Absent, (await Dialect.RollbackPreparedAsync(one, name)).End);
    }

    [Fact]
    public async Task The_fates_of_several_transactions_come_in_their_order()
    {
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync();
        await using NpgsqlConnection two = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 21 WHERE id = 1");
        ulong open = (await Dialect.PrepareAsync(one, name)).Note.Xid;
        ulong undone = await NumberAsync("ROLLBACK"), done = await NumberAsync("COMMIT");
        Assert.Equal(
            [
                TransactionFate.InProgress, TransactionFate.RolledBack, TransactionFate.Unknown,
                TransactionFate.Committed,
            ],
            await Dialect.SettleAllAsync(two, [open, undone, 0, done]));
        Assert.Equal(
            [TransactionFate.Committed, TransactionFate.NeverGiven, TransactionFate.InProgress],
            await Dialect.SettleAllAsync(two, [done, done + 1_000_000, open]));
        Assert.Equal(TransactionFate.NeverGiven, await Dialect.SettleAsync(two, done + 1_000_000));
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackPreparedAsync(one, name)).End);

        async Task<ulong> NumberAsync(string end)
        {
            await two.RunAsync("BEGIN");
            await using NpgsqlCommand question = new("SELECT pg_current_xact_id()::text", two);
            string text = (string)(await question.ExecuteScalarAsync())!;
            await two.RunAsync(end);
            return ulong.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task Plain_Npgsql_takes_a_failed_branch_for_a_prepared_one()
    {
        // npgsql#6641: PostgreSQL answers PREPARE TRANSACTION with the tag ROLLBACK and no error.
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync();
        await using NpgsqlTransaction transaction = await one.BeginTransactionAsync();
        await one.RunAsync("UPDATE t SET v = 13 WHERE id = 3");
        await Assert.ThrowsAsync<PostgresException>(() => one.RunAsync("SELECT 1 / 0"));

        await one.RunAsync($"PREPARE TRANSACTION '{name}'");

        Assert.False(await db.IsPreparedAsync(name));
    }

    [Fact]
    public async Task A_failed_branch_is_refused_and_the_connection_is_usable()
    {
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 13 WHERE id = 3");
        await Assert.ThrowsAsync<PostgresException>(() => one.RunAsync("SELECT 1 / 0"));

        PrepareResult prepared = await Dialect.PrepareAsync(one, name);

        Assert.Equal(BranchVote.Refused, prepared.Vote);
        Assert.Contains("A statement of the branch failed before", prepared.Refusal.Text);
        Assert.False(await db.IsPreparedAsync(name));
        await one.RunAsync("SELECT 1");
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 14 WHERE id = 3");
        Assert.Equal(OnePhaseOutcome.Committed, (await Dialect.CommitOnePhaseAsync(one, name)).Outcome);
        Assert.Equal(14, await db.ValueOfAsync(3));
    }

    [Theory]
    [InlineData("ROLLBACK")]
    [InlineData("COMMIT")]
    [InlineData("ROLLBACK; UPDATE t SET v = v WHERE id = 4")]
    public async Task A_branch_that_the_application_ended_is_refused(string end)
    {
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = v WHERE id = 4");
        await one.RunAsync(end);

        PrepareResult prepared = await Dialect.PrepareAsync(one, name);

        Assert.Equal(BranchVote.Refused, prepared.Vote);
        Assert.Equal(RefusalCode.WrongState, prepared.Refusal.Code);
        Assert.False(await db.IsPreparedAsync(name));
    }

    [Fact]
    public async Task A_branch_that_only_read_drops_out()
    {
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("SELECT * FROM t");
        Assert.Equal(BranchVote.NoChange, (await Dialect.PrepareAsync(one, name)).Vote);
        Assert.False(await db.IsPreparedAsync(name));
    }

    [Fact]
    public async Task A_read_only_branch_cannot_write_and_drops_out()
    {
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name, System.Data.IsolationLevel.RepeatableRead, BranchMode.ReadOnly);
        await one.RunAsync("SELECT * FROM t");
        Assert.Equal(BranchVote.NoChange, (await Dialect.PrepareAsync(one, name, BranchMode.ReadOnly)).Vote);
        await Dialect.BeginAsync(one, name, mode: BranchMode.ReadOnly);
        PostgresException e = await Assert.ThrowsAsync<PostgresException>(
            () => one.RunAsync("UPDATE t SET v = 1 WHERE id = 5"));
        Assert.Equal("25006", e.SqlState);
        Assert.Equal(BranchVote.Refused, (await Dialect.PrepareAsync(one, name, BranchMode.ReadOnly)).Vote);
    }

    [Fact]
    public async Task A_branch_with_a_savepoint_rolled_back_is_prepared()
    {
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name, System.Data.IsolationLevel.Serializable);
        await one.RunAsync("UPDATE t SET v = 16 WHERE id = 6; SAVEPOINT s");
        await Assert.ThrowsAsync<PostgresException>(() => one.RunAsync("SELECT 1 / 0"));
        await one.RunAsync("ROLLBACK TO s");
        Assert.Equal(BranchVote.Ready, (await Dialect.PrepareAsync(one, name)).Vote);
        Assert.Equal(BranchEnd.Done, (await Dialect.CommitPreparedAsync(one, name)).End);
        Assert.Equal(16, await db.ValueOfAsync(6));
    }

    [Theory]
    [InlineData("CREATE TEMP TABLE x (i int)", "temporary table")]
    [InlineData("NOTIFY x", "NOTIFY")]
    [InlineData("DECLARE c CURSOR WITH HOLD FOR SELECT 1", "WITH HOLD")]
    [InlineData("SELECT pg_export_snapshot()", "exported a snapshot")]
    [InlineData("SELECT pg_advisory_lock(1), pg_advisory_xact_lock(1)", "advisory lock")]
    public async Task What_PostgreSQL_does_not_prepare_is_refused_in_words(string statement, string words)
    {
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync("Pooling=false");
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 17 WHERE id = 7");
        await one.RunAsync(statement);
        PrepareResult prepared = await Dialect.PrepareAsync(one, name);
        Assert.Equal(BranchVote.Refused, prepared.Vote);
        Assert.Contains(words, prepared.Refusal.Text);
        Assert.Equal(0, await db.ValueOfAsync(7));
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 18 WHERE id = 8");
        Assert.Equal(BranchVote.Ready, (await Dialect.PrepareAsync(one, name)).Vote);
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 18 WHERE id = 9");
        PrepareResult second = await Dialect.PrepareAsync(one, name);
        Assert.Equal(BranchVote.Refused, second.Vote);
        Assert.Contains("already", second.Refusal.Text);
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackPreparedAsync(one, name)).End);
    }

    [Fact]
    public async Task A_deadlock_is_told_as_one()
    {
        await using NpgsqlConnection one = await db.OpenAsync(), two = await db.OpenAsync();
        await Dialect.BeginAsync(one, "a");
        await Dialect.BeginAsync(two, "b");
        await one.RunAsync("SET LOCAL deadlock_timeout = '50ms'; UPDATE t SET v = 1 WHERE id = 20");
        await two.RunAsync("UPDATE t SET v = 1 WHERE id = 21");
        Task blocked = two.RunAsync("UPDATE t SET v = 2 WHERE id = 20");
        PostgresException e = await Assert.ThrowsAsync<PostgresException>(
            async () => { await one.RunAsync("UPDATE t SET v = 2 WHERE id = 21"); await blocked; });
        Assert.Equal(RefusalCode.Deadlock, Dialect.Translate(e).Code);
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackAsync(one, "a")).End);
        await blocked;
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackAsync(two, "b")).End);
    }

    [Fact]
    public async Task One_phase_commits_and_tells_the_number()
    {
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 30 WHERE id = 30");
        OnePhaseResult result = await Dialect.CommitOnePhaseAsync(one, name);
        Assert.Equal(OnePhaseOutcome.Committed, result.Outcome);
        Assert.NotEqual(0UL, result.Note.Xid);
        Assert.Equal(TransactionFate.Committed, await Dialect.SettleAsync(one, result.Note.Xid));
        Assert.Equal(30, await db.ValueOfAsync(30));
    }

    [Fact]
    public async Task One_phase_of_a_failed_branch_is_rolled_back_and_says_so()
    {
        await using NpgsqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, "x");
        await one.RunAsync("UPDATE t SET v = 31 WHERE id = 31");
        await Assert.ThrowsAsync<PostgresException>(() => one.RunAsync("SELECT 1 / 0"));
        OnePhaseResult result = await Dialect.CommitOnePhaseAsync(one, "x");
        Assert.Equal(OnePhaseOutcome.RolledBack, result.Outcome);
        Assert.Equal(0, await db.ValueOfAsync(31));
    }

    [Fact]
    public async Task A_constraint_that_fails_at_the_end_refuses_both_ways()
    {
        await db.Cluster.ExecuteAsync(
            "CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO late VALUES (1)");
        await using NpgsqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, "x");
        await one.RunAsync("INSERT INTO late VALUES (1)");
        Assert.Equal(OnePhaseOutcome.RolledBack, (await Dialect.CommitOnePhaseAsync(one, "x")).Outcome);
        await Dialect.BeginAsync(one, "x");
        await one.RunAsync("INSERT INTO late VALUES (1)");
        Assert.Equal(BranchVote.Refused, (await Dialect.PrepareAsync(one, "x")).Vote);
        Assert.Equal("1", await db.Cluster.ScalarAsync("SELECT count(*) FROM late"));
    }
}
