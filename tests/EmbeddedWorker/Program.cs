using Ccr.CcrManager;
using Ccr.Client;
using Ccr.EmbeddedWorker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// ROOT DATABASES CLIENTS: one process of an application whose manager is embedded. It says its node and then each
// action that it was told is committed, and works until its input ends.
HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole(
    console => console.LogToStandardErrorThreshold = LogLevel.Trace);
builder.Services.AddEmbeddedCcrManager(options =>
{
    options.Root = args[0];
    options.Application = "shop";
    options.ConfigureManager = manager =>
    {
        manager.Lanes = 2;
        manager.Trace = false;
        manager.AllowVolatileDirectory = true;
        manager.LogLimitBytes = 16 << 20;
    };
});
builder.Services.AddManagerCompanion(_ => new DatabaseCompanion(args[1]));
using IHost host = builder.Build();
await host.StartAsync();
EmbeddedCcrManager manager = host.Services.GetRequiredService<EmbeddedCcrManager>();
string node = manager.Identity!.Node.Value;
Console.WriteLine($"node {node}");
using CancellationTokenSource ended = new();
Task[] clients = [.. Enumerable.Range(0, int.Parse(args[2], null)).Select(_ => Task.Run(WorkAsync))];
while (await Console.In.ReadLineAsync() is not null)
{
}

await ended.CancelAsync();
await Task.WhenAll(clients);
await host.StopAsync();

async Task WorkAsync()
{
    await using CcrClient client = await CcrClient.ConnectAsync(manager.SocketPath);
    while (!ended.IsCancellationRequested)
    {
        try
        {
            await using AtomicAction action = await client.TransOpenAsync([node + ".east", node + ".west"]);
            if ((await action.TransCloseAsync()).IsCommitted)
            {
                Console.WriteLine($"committed {action.Id}");
            }
        }
        catch (CcrRefusedException)
        {
            // The Servers of a manager that just started are not registered yet: the next action is.
            await Task.Yield();
        }
    }
}
