using System.Globalization;
using Ccr.CcrManager;
using Ccr.Client;
using Ccr.LocationServer;
using Ccr.Protocol.Messages;
using Ccr.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ccr.Bench.TwoNode;

/// <summary>
/// What the benchmark's own processes run: managers, Servers that do nothing, Clients, and the echo they are compared
/// with. Each says "ready" when it is, works, and ends when its standard input does.
/// </summary>
internal static class Child
{
    internal const string Verb = "child";

    internal static Task<int> RunAsync(string[] args)
    {
        // As ccr-manager does. The plain echo is what anybody would write, with the runtime's own settings.
        if (args is not [Echo.Serving or Echo.Asking, ..])
        {
            TransportProcess.CallSinksInline();
        }

        return PlayAsync(args);
    }

    private static Task<int> PlayAsync(string[] args) => args switch
    {
        ["manager", var node, var data, .. var peers] => ManagerAsync(node, data, peers),
        ["databases", var node, var data] => Db.DbNode.ServeAsync(node, data),
        ["server", var node, var data] => ServerAsync(node, data),
        ["clients", var data, var clients, var seconds] => ActionLoad.RunAsync(data, Number(clients), Number(seconds)),
        [Echo.Serving or Echo.ServingInline, var socket] => Echo.ServeAsync(socket),
        [Echo.Asking or Echo.AskingInline, var socket, var clients, var seconds] =>
            Echo.RunAsync(socket, Number(clients), Number(seconds)),
        _ => Task.FromResult(2),
    };

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static async Task<int> ManagerAsync(string node, string data, string[] peers)
    {
        HostApplicationBuilder builder = Quiet();
        builder.Services.AddCcrManager(options =>
        {
            options.Node = node;
            options.Data = data;
            options.ExitOnFailure = true;
            options.Lanes = 1;
            options.Trace = false;
            foreach (string peer in peers)
            {
                string[] parts = peer.Split('=');
                options.Peers[parts[0]] = parts[1];
            }
        });
        return await UntilInputEndsAsync(builder.Build()).ConfigureAwait(false);
    }

    private static async Task<int> ServerAsync(string node, string data)
    {
        var layout = new NodeLayout(data);
        HostApplicationBuilder builder = Quiet();
        builder.Services.AddCcrLocationServer(options =>
        {
            options.Node = node;
            options.Data = data;
        });
        using IHost host = builder.Build();
        await host.StartAsync().ConfigureAwait(false);
        await using CcrServer server = CcrServer.Start(
            new CcrServerOptions
            {
                Name = $"{node}.noop",
                Kind = "noop",
                Incarnation = 1,
                ManagerSocket = layout.ManagerSocket,
                LocationSocket = layout.LocationSocket,
                RunsInline = true,
            },
            new NoResource());
        await server.Registered.ConfigureAwait(false);
        await SayReadyAndWaitAsync().ConfigureAwait(false);
        return 0;
    }

    internal static HostApplicationBuilder Quiet()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .SetMinimumLevel(LogLevel.Warning);
        return builder;
    }

    internal static async Task<int> UntilInputEndsAsync(IHost host)
    {
        using (host)
        {
            await host.StartAsync().ConfigureAwait(false);
            await SayReadyAndWaitAsync().ConfigureAwait(false);
            await host.StopAsync().ConfigureAwait(false);
        }

        return 0;
    }

    internal static async Task SayReadyAndWaitAsync()
    {
        await Console.Out.WriteLineAsync("ready").ConfigureAwait(false);
        while (await Console.In.ReadLineAsync().ConfigureAwait(false) is not null)
        {
            // Only the end of the input counts.
        }
    }

    /// <summary>Ready to everything, and nothing to do.</summary>
    private sealed class NoResource : IBranchResource
    {
        public ValueTask<BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation) =>
            new(BranchVote.Ready);

        public ValueTask<BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation) =>
            new(BranchEnd.Committed);

        public ValueTask<BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation) =>
            new(BranchEnd.RolledBack);

        public ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation) =>
            new(BranchEnd.Committed);

        public IReadOnlyList<FoundBranch> Found() => [];
    }
}
