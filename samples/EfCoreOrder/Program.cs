using System.Transactions;
using Ccr.Client;
using Ccr.Resources.Xa;
using Ccr.Samples.EfCoreOrder;
using Ccr.SystemTransactions;
using Microsoft.EntityFrameworkCore;
using Npgsql;

// ef-core-order: an order in one database, its goods in another, with Entity Framework Core as it is. Both change or
// neither does, whatever is killed meanwhile.
if (args is not [string managerSocket, string ordersText, string stockText, string number, string goods])
{
    Console.Error.WriteLine("usage: ef-core-order MANAGER-SOCKET ORDERS-CONNECTION STOCK-CONNECTION NUMBER GOODS");
    return 2;
}

await using CcrClient client = await CcrClient.ConnectAsync(managerSocket);
await using NpgsqlDataSource forOrders = NpgsqlDataSource.Create(ordersText + ";Enlist=false");
await using NpgsqlDataSource forStock = NpgsqlDataSource.Create(stockText + ";Enlist=false");
await using CcrTransactions ccr = new(client,
[
    new XaDatabase("orders", forOrders, PostgreSqlDialect.Instance),
    new XaDatabase("stock", forStock, PostgreSqlDialect.Instance),
], new CcrTransactionsOptions { Log = Console.Error.WriteLine });

try
{
    TransactionOptions options = new() { IsolationLevel = IsolationLevel.ReadCommitted };
    using (TransactionScope scope = new(
        TransactionScopeOption.Required, options, TransactionScopeAsyncFlowOption.Enabled))
    {
        ccr.Assist("orders", "stock"); // the one line

        await using OrdersContext orders = new(ordersText);
        orders.Orders.Add(new Order { Number = int.Parse(number), Goods = goods });
        await orders.SaveChangesAsync();

        await using StockContext stock = new(stockText);
        Goods some = await stock.Goods.SingleAsync(g => g.Name == goods);
        some.LeftOver--;
        await stock.SaveChangesAsync();

        scope.Complete();
    }

    Console.WriteLine($"order {number} stands");
    return 0;
}
catch (TransactionAbortedException e)
{
    Console.WriteLine($"nothing is changed: {e.InnerException?.Message ?? e.Message}");
    return 1;
}
