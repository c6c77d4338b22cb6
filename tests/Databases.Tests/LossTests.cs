using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;
using MySqlConnector;
using Xunit.Abstractions;

namespace Ccr.Resources.Databases.Tests;

/// <summary>A database dies, or a whole load of branches is in doubt.</summary>
[Trait("Category", "Slow")]
public sealed class LossTests(ITestOutputHelper output)
{
    [Fact]
    public async Task ADatabaseThatDiesWithDecidedBranchesIsFinishedWhenItIsBack()
    {
        await using PostgreSqlCluster cluster = await Clusters.NewAsync();
        await using TestNode node = await TestNode.StartNewAsync();
        await node.RegisterAsync("tokyo.orders", cluster, "orders");
        await node.RegisterAsync("tokyo.stock", cluster, "stock");
        await using Owner owner = await Owner.ConnectAsync(node);
        (Work orders, Work stock, AtomicActionId action) = await owner.PrepareBothAsync(cluster, 1);
        Assert.IsType<DoneCommit>(await owner.CloseAsync(action));
        await cluster.KillAsync();
        await owner.DieAsync();
        await orders.DisposeAsync();
        await stock.DisposeAsync();
        await Until.TrueAsync(
            async () => (await node.AskAsync<Orphans>(new AskOrphans(1, null))).Notes.Count == 2, "both are missed");
        await node.StopAsync();
        await node.StartAsync(); // with both databases down
        await cluster.StartAsync();
        await Until.TrueAsync(async () => await Clusters.PreparedAsync(cluster) == 0, "all is finished");
        Assert.Equal("1", await cluster.ScalarAsync("SELECT v FROM t WHERE id = 1", "orders"));
        Assert.Equal("1", await cluster.ScalarAsync("SELECT v FROM t WHERE id = 1", "stock"));
    }

    [Fact]
    public async Task MariaDbsBranchIsCommittedAfterItsOwnersConnectionIsEnded()
    {
        await using MariaDbInstance server = await MariaDbInstance.StartNewAsync();
        await server.ExecuteAsync("CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL) ENGINE=InnoDB");
        await server.ExecuteAsync("INSERT INTO t VALUES (1, 0), (2, 0)");
        await using TestNode node = await TestNode.StartNewAsync();
        await node.AskAsync<Accomplished>(
            new RegisterDatabase(1, "tokyo.shop", "mariadb", server.ConnectionString(), "", ""));
        await using Owner owner = await Owner.ConnectAsync(node);
        AtomicActionId decided = owner.NewAction(), open = owner.NewAction();
        await using MySqlConnection first = await PrepareAsync(owner, server, decided, 1);
        await using MySqlConnection second = await PrepareAsync(owner, server, open, 2);
        Assert.IsType<DoneCommit>(await owner.CloseAsync(decided));
        await owner.DieAsync(); // and its connections stay, as those of a stopped process do
        await Until.TrueAsync(
            async () => (await node.AskAsync<Orphans>(new AskOrphans(1, null))).Items.Count == 0, "both are finished");
        Assert.Equal("1", await server.ScalarAsync("SELECT v FROM t WHERE id = 1"));
        Assert.Equal("0", await server.ScalarAsync("SELECT v FROM t WHERE id = 2"));
    }

    [Fact]
    public async Task TenThousandBranchesInDoubtAreAllFinishedAfterARestart()
    {
        const int Actions = 5_000;
        await using PostgreSqlCluster orders = await Clusters.NewAsync("max_prepared_transactions=5100");
        await using PostgreSqlCluster stock = await Clusters.NewAsync("max_prepared_transactions=5100");
        await using TestNode node = await TestNode.StartNewAsync();
        await node.RegisterAsync("tokyo.orders", orders, "orders");
        await node.RegisterAsync("tokyo.stock", stock, "stock");
        Owner owner = await Owner.ConnectAsync(node);
        List<XaName> names = [];
        for (int i = 0; i < Actions; i++)
        {
            if (i % 1_000 == 999)
            {
                await owner.LeaseAsync();
            }

            names.Add(owner.Name(owner.NewAction(), 1));
        }

        await Task.WhenAll(PrepareAllAsync(orders, "orders", names), PrepareAllAsync(stock, "stock", names));
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (name, _) =>
        {
            ApplicationBranch[] branches =
            [
                new("tokyo.orders", name.Branch, "pid=1"), new("tokyo.stock", Second(name).Branch, "pid=1"),
            ];
            owner.Enlist(name.Action, branches);
            owner.Prepared(name.Action, branches);
            Assert.IsType<DoneCommit>(await owner.CloseAsync(name.Action));
        });
        await node.StopAsync();
        await owner.DisposeAsync();
        Assert.Equal((Actions, Actions), (await Clusters.PreparedAsync(orders), await Clusters.PreparedAsync(stock)));

        long start = TimeProvider.System.GetTimestamp();
        double First() => TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        await node.StartAsync();
        await Until.TrueAsync(async () => await Clusters.PreparedAsync(orders) < Actions, "the first is finished");
        double first = First();
        await Until.TrueAsync(
            async () => await Clusters.PreparedAsync(orders) + await Clusters.PreparedAsync(stock) == 0, "all are",
            120_000);
        double last = First();
        output.WriteLine(
            $"{2 * Actions} branches in doubt: the first finished after {first:0.00} s, the last {last:0.00} s");
        Assert.Equal($"{Actions}", await orders.ScalarAsync("SELECT sum(v) FROM t", "orders"));
        Assert.Equal($"{Actions}", await stock.ScalarAsync("SELECT sum(v) FROM t", "stock"));
    }

    private static XaName Second(XaName name) =>
        name with { Branch = new BranchId(name.Branch.Initiator, Suffix.OfInteger(2)) };

    private static Task PrepareAllAsync(PostgreSqlCluster cluster, string database, List<XaName> names) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, 4), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (part, cancel) =>
            {
                await using Npgsql.NpgsqlConnection connection =
                    new(cluster.ConnectionString(database, "Pooling=false;Enlist=false"));
                await connection.OpenAsync(cancel);
                for (int i = part; i < names.Count; i += 4)
                {
                    string gid = (database == "orders" ? names[i] : Second(names[i])).ToGid();
                    await using Npgsql.NpgsqlCommand command = new(
                        $"BEGIN; UPDATE t SET v = v + 1 WHERE id = {i + 1}; PREPARE TRANSACTION '{gid}'", connection);
                    await command.ExecuteNonQueryAsync(cancel);
                }
            });

    private static async Task<MySqlConnection> PrepareAsync(
        Owner owner, MariaDbInstance server, AtomicActionId action, int row)
    {
        MySqlConnection connection = new(server.ConnectionString());
        await connection.OpenAsync(CancellationToken.None);
        XaName name = owner.Name(action, 1);
        ApplicationBranch branch = new("tokyo.shop", name.Branch, $"pid={connection.ServerThread};xid=0");
        owner.Enlist(action, branch);
        string native = MySqlDialect.Instance.NativeName(name);
        foreach (string sql in new[]
        {
            $"XA START {native}", $"UPDATE t SET v = v + 1 WHERE id = {row}", $"XA END {native}",
            $"XA PREPARE {native}",
        })
        {
            await using MySqlCommand command = new() { Connection = connection, CommandText = sql };
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }

        owner.Prepared(action, branch);
        await owner.SyncAsync();
        return connection;
    }
}
