using Ccr.HttpWorker;
using Ccr.Samples.Shop;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Npgsql;

// ccr-http-worker orders|billing "before:SQL"|"after:SQL"|never SETTINGS...: one of the sample's applications, which
// ends as by kill -9 at the first statement of that kind, before it is sent or after its answer has come.
Action<NpgsqlDataSourceBuilder> killer = source => source.UseLoggerFactory(new KillerLoggers(args[1]));
await using WebApplication app = args[0] == "orders"
    ? await OrdersApp.BuildAsync(args[2..], killer)
    : await BillingApp.BuildAsync(args[2..], killer);
await app.StartAsync();
Console.WriteLine(app.Urls.First());
await app.WaitForShutdownAsync();
