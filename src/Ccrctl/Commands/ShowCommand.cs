using System.CommandLine;
using System.Text.Json.Nodes;
using Ccr.Ccrctl.Nodes;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Ccrctl.Commands;

/// <summary>ccrctl show ID.</summary>
internal static class ShowCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> id = CommandContext.ActionArgument();
        Command command = new("show", "One atomic action with its branches and its outcome") { id };
        command.SetAction(async (parse, cancellation) =>
        {
            await using OperatorClient manager = await OperatorClient.ConnectAsync(context.Node(parse), cancellation);
            AtomicActionId action = CommandContext.ActionOf(parse, id, manager.Identity.Node);
            Actions found = await manager.ActionsAsync(action, false, 1000, cancellation);
            if (found.Items.Count == 0)
            {
                throw new CommandFailedException(
                    ExitCodes.Refused,
                    $"Node {manager.Identity.Node} has no record of {action}: it took no part, or has forgotten it.");
            }

            if (context.WantsJson(parse))
            {
                JsonArray items = JsonForms.Array(found.Items, JsonForms.Of);
                context.Terminal.Json(items.Count == 1 ? items[0]!.DeepClone() : items);
            }
            else
            {
                foreach (ActionStatus status in found.Items)
                {
                    Print(context.Terminal, status);
                }
            }

            return found.Items.Any(a => a.Damages.Count > 0) ? ExitCodes.Damage : ExitCodes.Done;
        });
        return command;
    }

    private static void Print(Terminal terminal, ActionStatus action)
    {
        terminal.Output.WriteLine($"action   {action.Action}");
        if (action.Superior is NodeName superior)
        {
            terminal.Output.WriteLine($"superior {superior}, branch {action.Branch}");
        }

        terminal.Output.WriteLine($"state    {action.State}, since {Words.Age(action.AgeMs)}");
        terminal.Output.WriteLine($"outcome  {Words.Of(action.Outcome)}");
        if (action.Note.Length > 0)
        {
            terminal.Output.WriteLine($"note     {action.Note}");
        }

        foreach (Damage damage in action.Damages)
        {
            terminal.Output.WriteLine($"DAMAGE   {Words.Of(damage)}");
        }

        terminal.Table(
            ["branch", "to", "state"],
            action.Branches.Select(b => new[] { b.Branch.ToString(), b.To, b.State }),
            "No branches below.");
    }
}
