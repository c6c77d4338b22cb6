using Ccr.CcrManager;
using Ccr.Client;
using Ccr.LocationServer;
using Ccr.Protocol.Names;
using Ccr.Resources.Databases;
using Ccr.Resources.Files;
using Ccr.Services.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MySqlConnector;
using Npgsql;

namespace Ccr.Node;

/// <summary>One node in one process: its three services on one generic host.</summary>
internal static class NodeRun
{
    private static readonly string[] Services = ["manager", "location", "files"];

    public static async Task RunAsync(NodeOptions options)
    {
        _ = NodeName.Parse(options.Node); // before anything is made under a name that is none
        NodeLayout layout = new(options.Data);
        layout.Prepare();
        List<IDisposable> claims = [];
        try
        {
            claims.AddRange(Services.Select(layout.Claim));
            string? note = null;
            string listen = options.Listen ?? ListenAddress.Choose(layout, out note);
            if (note is not null)
            {
                await Console.Error.WriteLineAsync($"ccr up: {note}").ConfigureAwait(false);
            }

            IHost host = Build(options, layout, listen);
            await ServiceProgram.RunHostAsync(host, services => Banner.PrintAsync(services, options, layout))
                .ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"Node {options.Node} has stopped.").ConfigureAwait(false);
        }
        finally
        {
            claims.ForEach(claim => claim.Dispose());
        }
    }

    /// <summary>
    /// The manager starts last and so stops first: it lets the actions under way end while its Servers still answer.
    /// </summary>
    private static IHost Build(NodeOptions options, NodeLayout layout, string listen)
    {
        HostApplicationBuilder builder = ServiceProgram.NewBuilder(LogLevel.Warning);
        builder.Services.AddCcrLocationServer(location =>
        {
            location.Node = options.Node;
            location.Data = layout.Root;
        });
        builder.Services.AddCcrFiles(files =>
        {
            files.Node = options.Node;
            files.Data = layout.Root;
        });
        builder.Services.AddCcrDatabases(databases =>
        {
            databases.Drivers["postgresql"] = NpgsqlFactory.Instance;
            databases.Drivers["mysql"] = MySqlConnectorFactory.Instance;
        });
        builder.Services.AddCcrManager(manager =>
        {
            manager.Node = options.Node;
            manager.Data = layout.Root;
            manager.Listen = listen;
            manager.ExitOnFailure = true;
            foreach (string peer in options.Peers)
            {
                (string node, string address) = PeerArgument.Parse(peer);
                manager.Peers[node] = address;
            }
        });
        return builder.Build();
    }
}
