using System.Globalization;
using Ccr.Databases.Testing;

namespace Ccr.Http.Tests;

/// <summary>The applications of samples/Shop as processes, each with its own database, on one node or on two.</summary>
internal sealed class Shop : IAsyncDisposable
{
    /// <summary>Billing's; on one node both databases are in one cluster.</summary>
    public const string Database = "billing";

    private readonly string _ordersNode;
    private readonly string _billingNode;
    private readonly string _billingServer;
    private readonly PostgreSqlCluster _ordersCluster;
    private readonly PostgreSqlCluster _billingCluster;
    private readonly HttpClient _http = new();
    private Child _orders = null!;
    private Child _billing = null!;
    private Uri _address = null!;

    public Shop(
        string ordersNode, string billingNode, string billingServer, PostgreSqlCluster orders,
        PostgreSqlCluster billing)
    {
        _ordersNode = ordersNode;
        _billingNode = billingNode;
        _billingServer = billingServer;
        _ordersCluster = orders;
        _billingCluster = billing;
    }

    public Child Orders => _orders;

    public Child Billing => _billing;

    /// <summary>Starts both; each dies at a statement: "before:COMMIT PREPARED", "never".</summary>
    public async Task StartAsync(string ordersDies, string billingDies)
    {
        _billing = Worker(
            "billing", billingDies, "--Database", _billingCluster.ConnectionString(Database), "--CcrService:Name",
            _billingServer, "--CcrService:NodeData", _billingNode);
        string billingUrl = await _billing.LineAsync();
        _orders = Worker(
            "orders", ordersDies, "--Database", _ordersCluster.ConnectionString(), "--Node", _ordersNode,
            "--Billing:Url", billingUrl, "--Billing:Server", _billingServer);
        _address = new Uri(await _orders.LineAsync());
    }

    /// <summary>What the shop says, with the status; "" when it died.</summary>
    public async Task<(int Status, string Text)> OrderAsync(string customer, int amount)
    {
        try
        {
            using HttpResponseMessage answer = await _http.PostAsync(
                new Uri(_address, $"/order/{customer}/{amount}"), null);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            return (0, "");
        }
    }

    /// <summary>Nothing is prepared any more, and each order is paid; the number of orders.</summary>
    public async Task<int> SettledAsync(int paidEach)
    {
        const string Prepared = "SELECT count(*) FROM pg_prepared_xacts";
        const string Active = "SELECT count(*) FROM pg_locks WHERE mode = 'RowExclusiveLock'";
        foreach (PostgreSqlCluster cluster in (PostgreSqlCluster[])[_ordersCluster, _billingCluster])
        {
            await Until.TrueAsync(
                async () => await cluster.ScalarAsync(Prepared) == "0" && await cluster.ScalarAsync(Active) == "0",
                "nothing is prepared, and no work is open");
        }

        int orders = Number(await _ordersCluster.ScalarAsync("SELECT count(*) FROM orders"));
        int balance = Number(
            await _billingCluster.ScalarAsync("SELECT balance FROM accounts WHERE customer = 'alice'", Database));
        Assert.Equal(100 - (orders * paidEach), balance);
        return orders;
    }

    public async Task ForgetAsync()
    {
        await _ordersCluster.ExecuteAsync("DROP TABLE IF EXISTS orders");
        await _billingCluster.ExecuteAsync("DROP TABLE IF EXISTS accounts", Database);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (Child? child in (Child?[])[_orders, _billing])
        {
            if (child is not null)
            {
                await child.DisposeAsync();
            }
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static Child Worker(string app, string dies, params string[] settings) => Child.Start(
        "Ccr.HttpWorker", "Ccr.HttpWorker", Path.GetTempPath(), null,
        [app, dies, "--urls", "http://127.0.0.1:0", .. settings]);
}
