using System.CommandLine;
using System.Text.Json.Nodes;
using Ccr.Ccrctl.Nodes;
using Ccr.Protocol.Messages;

namespace Ccr.Ccrctl.Commands;

/// <summary>ccrctl list.</summary>
internal static class ListCommand
{
    private const int LimitDefault = 100;
    private const int LimitMax = 100_000;

    public static Command Create(CommandContext context)
    {
        Option<bool> held = new("--held") { Description = "only those in doubt, damaged, or set aside (SEM-16)" };
        Option<int> limit = new("--limit")
        {
            Description = "at most so many",
            HelpName = "N",
            DefaultValueFactory = _ => LimitDefault,
        };
        Command command = new("list", "The atomic actions that a node has open or keeps") { held, limit };
        command.SetAction(async (parse, cancellation) =>
        {
            int most = Math.Clamp(parse.GetValue(limit), 1, LimitMax);
            await using OperatorClient manager = await OperatorClient.ConnectAsync(context.Node(parse), cancellation);
            Actions actions = await manager.ActionsAsync(null, parse.GetValue(held), most, cancellation);
            if (context.WantsJson(parse))
            {
                context.Terminal.Json(new JsonObject
                {
                    ["total"] = actions.Total,
                    ["actions"] = JsonForms.Array(actions.Items, JsonForms.Of),
                });
            }
            else
            {
                Print(context.Terminal, actions, parse.GetValue(held));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static void Print(Terminal terminal, Actions actions, bool held)
    {
        terminal.Table(
            ["action", "superior", "state", "age", "outcome", "branches", "note"],
            actions.Items.Select(a => new[]
            {
                a.Action.ToString(), a.Superior?.Value ?? "", a.State, Words.Age(a.AgeMs), Words.Of(a.Outcome),
                string.Join(", ", a.Branches.Select(b => b.To)),
                a.Damages.Count == 0 ? a.Note : $"DAMAGE at {a.Damages[0].Node}. {a.Note}",
            }),
            held ? "Nothing is held." : "No atomic action is open.");
        if (actions.Total > actions.Items.Count)
        {
            terminal.Output.WriteLine($"{actions.Items.Count} of {actions.Total}; more with --limit N.");
        }
    }
}
