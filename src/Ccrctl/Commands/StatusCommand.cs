using System.CommandLine;
using System.Globalization;
using Ccr.Ccrctl.Nodes;
using Ccr.Protocol.Messages;

namespace Ccr.Ccrctl.Commands;

/// <summary>ccrctl status.</summary>
internal static class StatusCommand
{
    public static Command Create(CommandContext context)
    {
        Command command = new("status", "How a node's CCR Manager is: its identity, counts, Servers and peers");
        command.SetAction(async (parse, cancellation) =>
        {
            await using OperatorClient manager = await OperatorClient.ConnectAsync(context.Node(parse), cancellation);
            Status status = await manager.StatusAsync(cancellation);
            if (context.WantsJson(parse))
            {
                context.Terminal.Json(JsonForms.Of(status));
            }
            else
            {
                Print(context.Terminal, status);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static void Print(Terminal terminal, Status status)
    {
        terminal.Output.WriteLine(
            $"node {status.Identity.Node}, epoch {status.Identity.Epoch}, log {status.Identity.Log}, "
            + $"version {status.Version}");
        terminal.Output.WriteLine(
            $"up {Words.Age(status.UpMs)}, {status.Lanes} lanes, listens for its peers at {status.Address}");
        terminal.Table(
            ["count", ""],
            status.Counters.Select(c => new[] { c.Name, c.Value.ToString(CultureInfo.InvariantCulture) }),
            "No counts.");
        terminal.Table(
            ["Server", "kind", "start", "state"],
            status.Servers.Select(s => new[]
            {
                s.Server, s.Kind, s.Incarnation.ToString(CultureInfo.InvariantCulture),
                s.Connected ? "connected" : "not connected",
            }),
            "No Servers.");
        terminal.Table(
            ["peer", "epoch", "address", "state"],
            status.Peers.Select(p => new[]
            {
                p.Identity.Node.Value, p.Identity.Epoch.ToString(CultureInfo.InvariantCulture), p.Address, p.State,
            }),
            "No peers.");
    }
}
