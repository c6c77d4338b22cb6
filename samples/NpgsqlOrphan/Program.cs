using System.Diagnostics;
using System.Globalization;
using Ccr.CcrManager;
using Ccr.Client;
using Ccr.Resources.Databases;
using Ccr.Samples.NpgsqlOrphan;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

// npgsql-orphan: what a TransactionScope over two databases leaves behind when its process dies between the commits;
// first with Npgsql alone, then with one line more and a CCR Manager. Everything runs in scratch folders.
if (args is ["application", string orders, string stock, string socket, .. string[] more])
{
    return await Application.RunAsync(orders, stock, socket, inPrepare: more is ["prepare"]);
}

using Cluster first = new("orders"), second = new("stock");
Console.WriteLine("Two PostgreSQL clusters are being started.");
await first.StartAsync("CREATE TABLE orders (number int PRIMARY KEY, goods text)");
await second.StartAsync(
    "CREATE TABLE stock (goods text PRIMARY KEY, left_over int); INSERT INTO stock VALUES ('a bicycle', 10)");

Console.WriteLine();
Console.WriteLine("1. Npgsql alone. The application kills itself between the two COMMIT PREPAREDs.");
await KilledAsync("");
await ShowAsync();
int left = await PreparedAsync();
Console.WriteLine("   Ten seconds later, and a new process does nothing about it:");
await Task.Delay(TimeSpan.FromSeconds(10));
await ShowAsync();
try
{
    await second.ExecuteAsync("SET lock_timeout = '2s'; UPDATE stock SET left_over = 100 WHERE goods = 'a bicycle'");
    Console.WriteLine("   Somebody else writes the same row: done.");
}
catch (PostgresException e)
{
    Console.WriteLine($"   Somebody else writes the same row: {e.MessageText}");
}

foreach (string gid in await second.RowsAsync("SELECT gid FROM pg_prepared_xacts"))
{
    await second.ExecuteAsync($"ROLLBACK PREPARED '{gid}'");
    Console.WriteLine($"   An administrator guesses: ROLLBACK PREPARED '{gid}'. The order stands, the goods do not.");
}

await first.ExecuteAsync("DELETE FROM orders");

Console.WriteLine();
Console.WriteLine("2. The same, with ccr.Assist(\"orders\", \"stock\") after the scope is made, and a CCR Manager.");
string data = Directory.CreateTempSubdirectory("ccr-n").FullName;
using IHost manager = Manager(data);
await manager.StartAsync();
await KilledAsync(new NodeLayout(data).ManagerSocket);
Stopwatch watch = Stopwatch.StartNew();
await ShowAsync();
while (await PreparedAsync() > 0 && watch.Elapsed < TimeSpan.FromSeconds(60))
{
    await Task.Delay(10);
}

string took = watch.Elapsed.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture);
Console.WriteLine($"   The manager has finished what it decided, {took} s after the first look:");
await ShowAsync();
int remaining = await PreparedAsync();
bool isWhole = (await first.RowsAsync("SELECT 1 FROM orders")).Count == 1
    && (await second.RowsAsync("SELECT left_over FROM stock")) is ["9"];
await manager.StopAsync();
Directory.Delete(data, recursive: true);
Console.WriteLine();
Console.WriteLine($"Orphans: {left} with Npgsql alone, {remaining} with Ccr; "
    + (isWhole ? "order and goods agree." : "order and goods do NOT agree."));
return left > 0 && remaining == 0 && isWhole ? 0 : 1;

async Task KilledAsync(string managerSocket)
{
    string program = Environment.ProcessPath ?? "dotnet";
    string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(Cluster).Assembly.Location] : [];
    using Process application = Process.Start(
        program, [.. self, "application", first.ConnectionString, second.ConnectionString, managerSocket]);
    await application.WaitForExitAsync();
    Console.WriteLine($"   The application ended with code {application.ExitCode} (137 is SIGKILL).");
}

async Task ShowAsync()
{
    foreach (Cluster cluster in new[] { first, second })
    {
        List<string> prepared = await cluster.RowsAsync("SELECT gid FROM pg_prepared_xacts");
        List<string> rows = await cluster.RowsAsync($"SELECT * FROM {cluster.Name}");
        Console.WriteLine($"   {cluster.Name,-6}  rows: {(rows.Count == 0 ? "none" : string.Join(", ", rows)),-16}  "
            + $"prepared: {(prepared.Count == 0 ? "none" : string.Join(", ", prepared))}");
    }
}

async Task<int> PreparedAsync() => (await first.RowsAsync("SELECT gid FROM pg_prepared_xacts")).Count
    + (await second.RowsAsync("SELECT gid FROM pg_prepared_xacts")).Count;

IHost Manager(string folder)
{
    HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
    builder.Logging.ClearProviders();
    builder.Services.AddCcrManager(options =>
    {
        options.Node = "tokyo";
        options.Data = folder;
        options.AllowVolatileDirectory = true; // a sample's scratch folder
    });
    builder.Services.AddCcrDatabases(options =>
    {
        options.Drivers["postgresql"] = NpgsqlFactory.Instance;
        options.Databases["orders"] = new DatabaseOptions { Connection = first.ConnectionString };
        options.Databases["stock"] = new DatabaseOptions { Connection = second.ConnectionString };
    });
    return builder.Build();
}
