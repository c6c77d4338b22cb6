using Ccr.Client;
using Ccr.Databases.Testing;

namespace Ccr.Http.Tests;

/// <summary>
/// The same two applications on one node, then on two with a database cluster each; and killed at every step.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ShopTests(ShopTests.Parts parts) : IClassFixture<ShopTests.Parts>, IAsyncLifetime
{
    private static int s_names;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await using Shop any = NewShop(parts.Tokyo, parts.Osaka);
        await any.ForgetAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_same_applications_on_one_node_and_on_two(bool two)
    {
        await using Shop shop = NewShop(parts.Tokyo, two ? parts.Osaka : parts.Tokyo);
        await shop.StartAsync("never", "never");
        await UntilFoundAsync(shop, orders: 1);
        Assert.Equal(409, (await shop.OrderAsync("alice", 1_000)).Status); // more than she has
        (int status, string text) = await shop.OrderAsync("alice", 10);
        Assert.True(status == 200, text);
        Assert.Equal(2, await shop.SettledAsync(10));
    }

    [Theory]
    [InlineData("never", "before:UPDATE accounts", 0)]
    [InlineData("never", "before:PREPARE TRANSACTION", 0)]
    [InlineData("never", "after:PREPARE TRANSACTION", 0)]
    [InlineData("never", "before:COMMIT PREPARED", 1)]
    [InlineData("never", "after:COMMIT PREPARED", 1)]
    [InlineData("before:PREPARE TRANSACTION", "never", 0)]
    [InlineData("after:PREPARE TRANSACTION", "never", 0)]
    [InlineData("before:COMMIT PREPARED", "never", 1)]
    [InlineData("after:COMMIT PREPARED", "never", 1)]
    public async Task A_service_or_its_caller_killed_at_a_step_leaves_nothing_mixed(
        string ordersDies, string billingDies, int orders)
    {
        await using Shop shop = NewShop(parts.Tokyo, parts.Osaka);
        await shop.StartAsync(ordersDies, billingDies);
        Child dies = ordersDies == "never" ? shop.Billing : shop.Orders;
        while (!dies.HasExited)
        {
            (int status, string text) = await shop.OrderAsync("alice", 10);
            Assert.True(status != 200 || dies.HasExited || billingDies == "after:COMMIT PREPARED"
                || billingDies == "before:COMMIT PREPARED", text);
            if (status == 200)
            {
                break;
            }
        }

        await dies.ExitedAsync();
        Assert.Equal(orders, await shop.SettledAsync(10));
    }

    [Theory]
    [InlineData("after-send:C-READY-RI", 1)]
    [InlineData("after-force:log-ready", 0)]
    public async Task The_services_manager_killed_around_READY_leaves_nothing_mixed(string failpoint, int orders)
    {
        await using NodeProcess kobe = await NodeProcess.StartAsync(
            $"kobe{orders}", parts.Tokyo.Node.Address, failpoint);
        await using Shop shop = new(
            parts.Tokyo.Node.Layout.Root, kobe.Folder, NewName(), parts.Tokyo.Cluster, parts.Osaka.Cluster);
        await shop.StartAsync("never", "never");
        (int Status, string Text) last = default;
        bool killed = false;
        Task ordering = Until.TrueAsync(
            async () => (last = await shop.OrderAsync("alice", 10)).Status == 200 || Volatile.Read(ref killed),
            "the order ends", 60_000);
        await kobe.KilledAsync();
        Volatile.Write(ref killed, true);
        await kobe.StartAgainAsync();
        await ordering;
        Assert.True(orders == 0 || last.Status == 200, last.Text); // the decision stands, and is carried out
        Assert.Equal(orders, await shop.SettledAsync(10));
    }

    private static string NewName() => $"shop.billing{Interlocked.Increment(ref s_names)}";

    private static Shop NewShop(Part orders, Part billing) => new(
        orders.Node.Layout.Root, billing.Node.Layout.Root, NewName(), orders.Cluster, billing.Cluster);

    /// <summary>Billing becomes known to the Location Servers soon after it is started.</summary>
    private static async Task UntilFoundAsync(Shop shop, int orders)
    {
        await Until.TrueAsync(
            async () => (await shop.OrderAsync("alice", 10)).Status == 200, "billing is found, and the order taken");
        Assert.Equal(orders, await shop.SettledAsync(10));
    }

    /// <summary>A node and the cluster that belongs to it.</summary>
    internal sealed record Part(TestNode Node, PostgreSqlCluster Cluster);

    public sealed class Parts : IAsyncLifetime
    {
        internal Part Tokyo { get; private set; } = null!;

        internal Part Osaka { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            PostgreSqlCluster[] clusters = await Task.WhenAll(
                PostgreSqlCluster.StartNewAsync(), PostgreSqlCluster.StartNewAsync());
            await Task.WhenAll(clusters.Select(c => c.ExecuteAsync($"CREATE DATABASE {Shop.Database}")));
            TestNode osaka = await TestNode.StartAsync("osaka", []);
            Osaka = new Part(osaka, clusters[1]);
            Tokyo = new Part(await TestNode.StartAsync("tokyo", new() { ["osaka"] = osaka.Address }), clusters[0]);
        }

        public async Task DisposeAsync()
        {
            foreach (Part part in (Part[])[Tokyo, Osaka])
            {
                await part.Node.DisposeAsync();
                await part.Cluster.DisposeAsync();
            }
        }
    }
}
