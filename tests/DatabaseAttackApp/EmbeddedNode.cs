using Ccr.CcrManager;
using Ccr.Resources.Databases;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ccr.DatabaseAttackApp;

/// <summary>A manager in the application's own process, which adopts logs of neighbours that died.</summary>
internal static class EmbeddedNode
{
    private const string Prefix = "embedded:";

    /// <summary>Starts one for "embedded:ROOT"; null for the socket of a manager that runs elsewhere.</summary>
    internal static async Task<IHost?> StartAsync(string place)
    {
        if (!place.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddCcrDatabases(options =>
        {
            options.Drivers["postgresql"] = NpgsqlFactory.Instance;
            options.ScanIntervalMs = 500;
        });
        builder.Services.AddEmbeddedCcrManager(options =>
        {
            options.Root = place[Prefix.Length..];
            options.Application = "shop";
            options.LookIntervalMs = 200;
            options.QuietMs = 300;
            options.ConfigureManager = manager =>
            {
                manager.Lanes = 1;
                manager.AllowVolatileDirectory = true;
            };
        });
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }
}
