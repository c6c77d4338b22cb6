using Ccr.Databases.Testing;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;
using Npgsql;

namespace Ccr.Xa.Tests;

/// <summary>Scans, backends, orphans, settings.</summary>
[Collection("PostgreSQL")]
public sealed class PostgreSqlServerTests(PostgreSqlFixture db)
{
    private static readonly PostgreSqlDialect Dialect = PostgreSqlDialect.Instance;

    [Fact]
    public async Task A_scan_tells_ours_assisted_and_foreign_apart()
    {
        await using NpgsqlConnection one = await db.OpenAsync();
        AtomicActionId action = new(AeTitle.Of(Names.Tokyo.Node), Suffix.OfCounter(3, 77));
        string managed = db.NewName(), assisted = $"{AssistedName.For(Names.Tokyo, action)}/{one.ProcessID}";
        string zero = $"{Guid.Empty}/{one.ProcessID}", quoted = "it's \\ foreign";
        int id = 100;
        foreach (string name in (IEnumerable<string>)[managed, assisted, zero, quoted])
        {
            await Dialect.BeginAsync(one, name);
            await one.RunAsync($"UPDATE t SET v = 1 WHERE id = {id++}");
            Assert.Equal(BranchVote.Ready, (await Dialect.PrepareAsync(one, name)).Vote);
        }

        Dictionary<string, PreparedBranch> seen = (await Dialect.ScanAsync(one)).ToDictionary(b => b.NativeName);
        Assert.Equal(Names.Tokyo, seen[managed].Managed!.Manager);
        Assert.True(seen[assisted].Assisted!.Value.IsOf(Names.Tokyo));
        Assert.Equal(action, seen[assisted].Assisted!.Value.ActionAt(Names.Tokyo.Node));
        Assert.True(seen[zero].IsForeign && seen[quoted].IsForeign);
        Assert.Equal(("ccr", "postgres", true), (seen[managed].Owner, seen[managed].Database, seen[managed].IsHere));
        Assert.InRange(seen[managed].Age!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        foreach (string name in seen.Keys)
        {
            Assert.Equal(BranchEnd.Done, (await Dialect.RollbackPreparedAsync(one, name)).End);
        }
    }

    [Fact]
    public async Task A_branch_of_another_database_is_shown_and_not_finished_from_here()
    {
        await db.Cluster.ExecuteAsync("CREATE DATABASE other");
        await db.Cluster.ExecuteAsync("CREATE TABLE o (i int)", "other");
        string name = db.NewName();
        await using NpgsqlConnection there = await db.OpenAsync(database: "other"), here = await db.OpenAsync();
        await Dialect.BeginAsync(there, name);
        await there.RunAsync("INSERT INTO o VALUES (1)");
        Assert.Equal(BranchVote.Ready, (await Dialect.PrepareAsync(there, name)).Vote);
        Assert.False(Assert.Single(await Dialect.ScanAsync(here), b => b.NativeName == name).IsHere);
        EndResult end = await Dialect.CommitPreparedAsync(here, name);
        Assert.Equal(BranchEnd.Unknown, end.End);
        Assert.Contains("another database", end.Refusal.Text);
        Assert.Equal(BranchEnd.Done, (await Dialect.CommitPreparedAsync(there, name)).End);
    }

    [Fact]
    public async Task The_state_of_a_backend_is_seen_until_it_is_ended()
    {
        await using NpgsqlConnection watcher = await db.OpenAsync();
        await using NpgsqlConnection one = await db.OpenAsync("Pooling=false");
        int backend = await Dialect.BackendOfAsync(one);
        Assert.Equal(one.ProcessID, backend);
        Assert.Equal(BackendState.Idle, await Dialect.StateOfBackendAsync(watcher, backend));
        await Dialect.BeginAsync(one, "x");
        await one.RunAsync("SELECT 1");
        Assert.Equal(BackendState.InTransaction, await Dialect.StateOfBackendAsync(watcher, backend));
        Assert.True(await Dialect.EndBackendAsync(watcher, backend));
        await Until.TrueAsync(
            async () => await Dialect.StateOfBackendAsync(watcher, backend) == BackendState.Gone, "it is gone");
        Assert.False(await Dialect.EndBackendAsync(watcher, backend));
    }

    [Fact]
    public async Task A_poor_role_sees_that_it_does_not_see_and_may_not_finish_anothers_branch()
    {
        await db.Cluster.ExecuteAsync("CREATE ROLE poor LOGIN");
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 1 WHERE id = 110");
        await using NpgsqlConnection poor = new(db.Cluster.ConnectionString("postgres", "Username=poor"));
        await poor.OpenAsync();
        Assert.Equal(BackendState.Hidden, await Dialect.StateOfBackendAsync(poor, one.ProcessID));
        RegistrationFinding finding = Assert.Single(await Dialect.CheckAtRegistrationAsync(poor, 10));
        Assert.Contains("GRANT pg_read_all_stats", finding.Sentence);
        Assert.Equal(BranchVote.Ready, (await Dialect.PrepareAsync(one, name)).Vote);
        EndResult end = await Dialect.RollbackPreparedAsync(poor, name);
        Assert.Equal(BranchEnd.Unknown, end.End);
        Assert.Contains("the role that prepared", end.Refusal.Text);
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackPreparedAsync(one, name)).End);
    }

    [Fact]
    public async Task An_orphans_locks_and_those_whom_it_blocks_are_counted()
    {
        string name = db.NewName();
        await using NpgsqlConnection one = await db.OpenAsync(), two = await db.OpenAsync(),
            three = await db.OpenAsync();
        await Dialect.BeginAsync(one, name);
        await one.RunAsync("UPDATE t SET v = 1 WHERE id = 120");
        Assert.Equal(BranchVote.Ready, (await Dialect.PrepareAsync(one, name)).Vote);
        Task second = two.RunAsync("UPDATE t SET v = 2 WHERE id = 120");
        Task third = three.RunAsync("UPDATE t SET v = 3 WHERE id = 120"); // waits behind the second
        OrphanDetails? orphan = null;
        await Until.TrueAsync(
            async () =>
            {
                orphan = Assert.Single(await Dialect.OrphansAsync(one), o => o.NativeName == name);
                return orphan.SessionsBlocked == 2;
            },
            "two are blocked");
        Assert.InRange(orphan!.LocksHeld!.Value, 2, 10);
        Assert.InRange(orphan.XidAge!.Value, 1, 1_000);
        Assert.Equal(BranchEnd.Done, (await Dialect.RollbackPreparedAsync(one, name)).End);
        await Task.WhenAll(second, third);
    }

    [Fact]
    public async Task A_cluster_as_the_tests_start_it_is_fit()
    {
        await using NpgsqlConnection one = await db.OpenAsync();
        Assert.Empty(await Dialect.CheckAtRegistrationAsync(one, 100));
        Assert.Contains(
            "max_prepared_transactions is 300", Assert.Single(await Dialect.CheckAtRegistrationAsync(one,
                1000)).Sentence);
        Assert.Equal(TransactionFate.Unknown, await Dialect.SettleAsync(one, 0));
    }

    [Fact]
    public async Task A_cluster_without_prepared_transactions_is_told_what_to_do()
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartNewAsync(
            "max_prepared_transactions=0", "synchronous_commit=off", "track_activities=off");
        await using NpgsqlConnection one = new(cluster.ConnectionString(more: "Pooling=false"));
        await one.OpenAsync();
        IReadOnlyList<RegistrationFinding> findings = await Dialect.CheckAtRegistrationAsync(one, 100);
        Assert.Contains("is 0", Assert.Single(findings, f => f.Blocks).Sentence);
        Assert.Equal(3, findings.Count);
        await one.RunAsync("CREATE TABLE t (i int)");
        await Dialect.BeginAsync(one, "x");
        await one.RunAsync("INSERT INTO t VALUES (1)");
        PrepareResult prepared = await Dialect.PrepareAsync(one, "x");
        Assert.Equal(BranchVote.Refused, prepared.Vote);
        Assert.Contains("switched off", prepared.Refusal.Text);
        Assert.Equal("0", await cluster.ScalarAsync("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task No_room_for_another_prepared_branch_is_told()
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartNewAsync("max_prepared_transactions=1");
        await using NpgsqlConnection one = new(cluster.ConnectionString(more: "Pooling=false"));
        await one.OpenAsync();
        await one.RunAsync("CREATE TABLE t (i int)");
        foreach (string name in (IEnumerable<string>)["a", "b"])
        {
            await Dialect.BeginAsync(one, name);
            await one.RunAsync("INSERT INTO t VALUES (1)");
            PrepareResult prepared = await Dialect.PrepareAsync(one, name);
            Assert.Equal(name == "a" ? BranchVote.Ready : BranchVote.Refused, prepared.Vote);
            Assert.True(name == "a" || prepared.Refusal.Text.Contains("no room for another"), prepared.Refusal.Text);
        }
    }

    [Fact]
    public async Task Branches_survive_kill_9_of_the_server_and_lost_answers_are_unknown()
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartNewAsync();
        await cluster.ExecuteAsync("CREATE TABLE t (i int)");
        await using NpgsqlConnection one = new(cluster.ConnectionString(more: "Pooling=false"));
        await using NpgsqlConnection two = new(cluster.ConnectionString(more: "Pooling=false"));
        await one.OpenAsync();
        await two.OpenAsync();
        await Dialect.BeginAsync(one, "a");
        await one.RunAsync("INSERT INTO t VALUES (1)");
        Assert.Equal(BranchVote.Ready, (await Dialect.PrepareAsync(one, "a")).Vote);
        await Dialect.BeginAsync(two, "b");
        await two.RunAsync("INSERT INTO t VALUES (2)");

        await cluster.KillAsync();

        Assert.Equal(BranchEnd.Unknown, (await Dialect.CommitPreparedAsync(one, "a")).End);
        Assert.Equal(BranchVote.Unknown, (await Dialect.PrepareAsync(two, "b")).Vote);
        await cluster.StartAsync();
        await using NpgsqlConnection three = new(cluster.ConnectionString(more: "Pooling=false"));
        await three.OpenAsync();
        Assert.Equal("a", Assert.Single(await Dialect.ScanAsync(three)).NativeName);
        Assert.Equal(BranchEnd.Done, (await Dialect.CommitPreparedAsync(three, "a")).End);
        Assert.Equal("1", await cluster.ScalarAsync("SELECT string_agg(i::text, ',') FROM t"));
        await cluster.StopAsync();
        await cluster.StartAsync();
        Assert.Equal("1", await cluster.ScalarAsync("SELECT count(*) FROM t"));
    }
}
