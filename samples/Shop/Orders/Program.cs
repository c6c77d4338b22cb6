using Ccr.Samples.Shop;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

await using WebApplication app = await OrdersApp.BuildAsync(args);
await app.StartAsync();
Console.WriteLine($"orders listens on {app.Urls.First()}");
await app.WaitForShutdownAsync();
