using Ccr.Samples.Shop;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

await using WebApplication app = await BillingApp.BuildAsync(args);
await app.StartAsync();
Console.WriteLine($"billing listens on {app.Urls.First()}");
await app.WaitForShutdownAsync();
