using Ccr.Databases.Testing;
using Ccr.Resources.Xa;
using Npgsql;

namespace Ccr.Xa.Tests;

/// <summary>
/// SEM-5: the answer to a plain COMMIT is lost, and the transaction's number settles what became of it.
/// </summary>
public sealed class LostAnswerTests
{
    private static readonly PostgreSqlDialect Dialect = PostgreSqlDialect.Instance;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_answer_to_COMMIT_is_settled_by_the_number(bool doesCommit)
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartNewAsync();
        await cluster.ExecuteAsync("CREATE TABLE t (i int)");
        // A deferred trigger keeps COMMIT waiting for an advisory lock that the test holds.
        await cluster.ExecuteAsync("""
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION wait();
            """);
        await using NpgsqlConnection gate = new(cluster.ConnectionString(more: "Pooling=false"));
        await gate.OpenAsync();
        await gate.RunAsync("SELECT pg_advisory_lock(7)");
        await using Wire wire = new(cluster.SocketFolder, cluster.Port);
        await using NpgsqlConnection one = new(
            $"Host=127.0.0.1;Port={wire.Port};Username=ccr;Database=postgres;Pooling=false;SSL Mode=Disable");
        await one.OpenAsync();
        await Dialect.BeginAsync(one, "x");
        await one.RunAsync("INSERT INTO t VALUES (1)");
        int backend = one.ProcessID;
        long before = wire.AnswerOctets;

        Task<OnePhaseResult> commit = Dialect.CommitOnePhaseAsync(one, "x");
        await Until.TrueAsync(
            async () => await cluster.ScalarAsync("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1",
                "it waits");
        await Until.TrueAsync(() => wire.AnswerOctets > before, "the number has arrived");
        wire.Cut();
        OnePhaseResult result = await commit;

        Assert.Equal(OnePhaseOutcome.Unknown, result.Outcome);
        Assert.NotEqual(0UL, result.Note.Xid);
        Assert.Equal(TransactionFate.InProgress, await Dialect.SettleAsync(gate, result.Note.Xid));
        if (!doesCommit)
        {
            Assert.True(await Dialect.EndBackendAsync(gate, backend));
        }
        else
        {
            await gate.RunAsync("SELECT pg_advisory_unlock(7)");
        }

        await Until.TrueAsync(
            async () => await Dialect.StateOfBackendAsync(gate, backend) == BackendState.Gone, "the backend is gone");
        Assert.Equal(
            doesCommit ? TransactionFate.Committed : TransactionFate.RolledBack,
            await Dialect.SettleAsync(gate, result.Note.Xid));
        Assert.Equal(doesCommit ? "1" : "0", await cluster.ScalarAsync("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_lost_answer_to_PREPARE_is_unknown_and_a_scan_finds_the_branch()
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartNewAsync();
        await cluster.ExecuteAsync("CREATE TABLE t (i int)");
        await using Wire wire = new(cluster.SocketFolder, cluster.Port);
        await using NpgsqlConnection one = new(
            $"Host=127.0.0.1;Port={wire.Port};Username=ccr;Database=postgres;Pooling=false;SSL Mode=Disable");
        await one.OpenAsync();
        await Dialect.BeginAsync(one, "x");
        await one.RunAsync("INSERT INTO t VALUES (1)");
        wire.SwallowAnswers();
        Task<PrepareResult> prepare = Dialect.PrepareAsync(one, "x");
        await using NpgsqlConnection watcher = new(cluster.ConnectionString(more: "Pooling=false"));
        await watcher.OpenAsync();
        await Until.TrueAsync(async () => (await Dialect.ScanAsync(watcher)).Count == 1, "it is prepared");
        wire.Cut();
        Assert.Equal(BranchVote.Unknown, (await prepare).Vote);
        Assert.Equal("x", Assert.Single(await Dialect.ScanAsync(watcher)).NativeName);
    }
}
