using System.CommandLine;
using System.Text.Json.Nodes;
using Ccr.Ccrctl.Charts;
using Ccr.Ccrctl.Nodes;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Ccrctl.Commands;

/// <summary>ccrctl trace ID.</summary>
internal static class TraceCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> id = CommandContext.ActionArgument();
        Command command =
            new("trace", "The sequence chart of one atomic action, across all nodes that took part") { id };
        command.SetAction(async (parse, cancellation) =>
        {
            await using OperatorClient manager = await OperatorClient.ConnectAsync(context.Node(parse), cancellation);
            AtomicActionId action = CommandContext.ActionOf(parse, id, manager.Identity.Node);
            Trace trace = await manager.TraceAsync(action, cancellation);
            if (trace.Events.Count == 0)
            {
                throw new CommandFailedException(
                    ExitCodes.Refused,
                    $"Nothing is recorded of {action}: it is unknown, or its trace was overwritten.");
            }

            if (context.WantsJson(parse))
            {
                context.Terminal.Json(new JsonObject
                {
                    ["action"] = action.ToString(),
                    ["events"] = JsonForms.Array(TraceOrder.Of(trace.Events), JsonForms.Of),
                    ["missing"] = JsonForms.Array(trace.Missing, n => n.Value),
                });
            }
            else
            {
                context.Terminal.Output.Write(SequenceChart.Render(trace.Events));
            }

            if (trace.Missing.Count > 0)
            {
                context.Terminal.Error.WriteLine($"No answer from {string.Join(", ", trace.Missing)}.");
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
