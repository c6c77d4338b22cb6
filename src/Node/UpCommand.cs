using System.CommandLine;
using Ccr.Services.Hosting;

namespace Ccr.Node;

/// <summary><c>up</c>: runs one node in the foreground until Ctrl-C or SIGTERM.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        Option<string> node = new("--node")
        {
            Description = "the node's name, 1 to 24 characters of a-z, 0-9 and '-'; it stays with the data",
            HelpName = "NAME",
            Required = true,
        };
        Option<string> data = new("--data")
        {
            Description = "the node's folder: log, sockets, and the files it serves; made when missing",
            HelpName = "DIR",
            Required = true,
        };
        Option<string?> listen = new("--listen")
        {
            Description = "where peers reach the manager, loopback only; else the port of last time, or 7400 to 7499",
            HelpName = "HOST:PORT",
        };
        Option<string[]> peers = new("--peer")
        {
            Description = "a node to begin with; nodes learn of each other's peers; may be repeated",
            HelpName = "NAME=HOST:PORT",
        };
        Command up = new("up", "Runs one node in the foreground until Ctrl-C or SIGTERM.")
        {
            node, data, listen, peers,
        };
        up.SetAction((parsed, _) => ServiceProgram.ReportAsync("ccr up", () => NodeRun.RunAsync(new NodeOptions(
            parsed.GetRequiredValue(node),
            parsed.GetRequiredValue(data),
            parsed.GetValue(listen),
            parsed.GetValue(peers) ?? []))));
        return up;
    }
}

/// <summary>What <c>up</c> was asked for.</summary>
internal sealed record NodeOptions(string Node, string Data, string? Listen, IReadOnlyList<string> Peers);
