using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;
using Npgsql;

namespace Ccr.Resources.Databases.Tests;

/// <summary>Databases that stand in the manager's configuration, drivers that come from a file, small pools.</summary>
[Collection("Clusters")]
public sealed class ConfigurationTests(Clusters clusters)
{
    [Fact]
    public async Task ADatabaseOfTheConfigurationIsServedWithoutAnybodyRegisteringIt()
    {
        int row = clusters.NewRow();
        await using TestNode node = await TestNode.StartNewAsync(options =>
        {
            options.Databases["tokyo.orders"] = Of("orders");
            options.Databases["tokyo.stock"] = Of("stock");
        });
        await using Owner owner = await Owner.ConnectAsync(node);
        (Work orders, Work stock, _) = await owner.PrepareBothAsync(clusters.Cluster, row);
        await using (orders)
        await using (stock)
        {
            await owner.DieAsync();
            await Until.TrueAsync(
                async () => (await node.AskAsync<Orphans>(new AskOrphans(1, null))).Items.Count == 0,
                "both branches are rolled back");
        }

        Assert.Equal(0, await clusters.ValueOfAsync("orders", row));
        Assert.Equal(0, await clusters.ValueOfAsync("stock", row));
    }

    [Fact]
    public async Task ADriverIsLoadedFromItsFile()
    {
        await using TestNode node = await TestNode.StartNewAsync(options => options.Drivers.Clear());
        RegisterDatabase without = new(
            1, "tokyo.orders", "postgresql", clusters.Cluster.ConnectionString("orders"), "", "");
        RequestRefused refused = Assert.IsType<RequestRefused>(await node.TryAskAsync(without));
        Assert.Contains("no driver of its own", refused.Refusal.Text, StringComparison.Ordinal);

        using TemporaryFolder folder = new();
        string file = typeof(NpgsqlFactory).Assembly.Location;
        string copy = Path.Combine(folder.Path, Path.GetFileName(file));
        File.Copy(file, copy);
        await node.AskAsync<Accomplished>(
            without with { Driver = "Npgsql.NpgsqlFactory, Npgsql", Path = copy });
        Assert.StartsWith("tokyo.orders: 0 prepared", (await node.ScanAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APoolOfOneConnectionServesOneActionAfterTheOther()
    {
        int row = clusters.NewRow();
        await using TestNode node = await TestNode.StartNewAsync();
        await node.RegisterAsync("tokyo.orders", clusters.Cluster, "orders");
        await node.RegisterAsync("tokyo.stock", clusters.Cluster, "stock");
        await using NpgsqlDataSource orders = Small("orders"), stock = Small("stock");
        await using CcrClient client = await CcrClient.ConnectAsync(node.Layout.ManagerSocket);
        XaDatabase[] databases =
        [
            new("tokyo.orders", orders, PostgreSqlDialect.Instance),
            new("tokyo.stock", stock, PostgreSqlDialect.Instance),
        ];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using AtomicAction action = await client.OpenAsync();
            foreach (XaDatabase database in databases)
            {
                XaConnection connection = await action.OpenAsync(database);
                await using System.Data.Common.DbCommand command = connection.CreateCommand();
                command.CommandText = $"UPDATE t SET v = v + 1 WHERE id = {row}";
                await command.ExecuteNonQueryAsync();
            }

            Assert.True((await action.TransCloseAsync()).IsCommitted);
        }));
        Assert.Equal(8, await clusters.ValueOfAsync("orders", row));
        Assert.Equal(8, await clusters.ValueOfAsync("stock", row));
    }

    private NpgsqlDataSource Small(string database) => NpgsqlDataSource.Create(
        clusters.Cluster.ConnectionString(database) + ";Maximum Pool Size=1;Enlist=false");

    private DatabaseOptions Of(string database) => new()
    {
        Kind = "postgresql",
        Connection = clusters.Cluster.ConnectionString(database),
    };

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("ccr-d").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
