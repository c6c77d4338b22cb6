using System.CommandLine;
using System.Text.Json.Nodes;
using Ccr.Ccrctl.Nodes;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Ccrctl.Commands;

/// <summary>
/// The commands that break or bury a promise: resolve, resolve-orphan, forget, node reset. Each asks
/// twice, each is recorded.
/// </summary>
internal static class HeuristicCommands
{
    public static Command Resolve(CommandContext context)
    {
        Argument<string> id = CommandContext.ActionArgument();
        Option<bool> commit = new("--commit") { Description = "commit here, whatever the superior decides" };
        Option<bool> rollback = new("--rollback") { Description = "roll back here, whatever the superior decides" };
        Option<string?> branch = new("--branch") { Description = "this branch alone", HelpName = "ID" };
        Confirmation confirmation = new();
        Command command =
            new("resolve", "A heuristic decision: ends an action in doubt by your word alone (asked twice)")
        {
            id, commit, rollback, branch,
        };
        confirmation.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(commit) == result.GetValue(rollback))
            {
                result.AddError("Say either --commit or --rollback.");
            }
        });
        command.SetAction(async (parse, cancellation) =>
        {
            await using OperatorClient manager = await OperatorClient.ConnectAsync(context.Node(parse), cancellation);
            AtomicActionId action = CommandContext.ActionOf(parse, id, manager.Identity.Node);
            bool commits = parse.GetValue(commit);
            string word = commits ? "commit" : "rollback";
            confirmation.Require(
                parse, context.Terminal,
                $"Node {manager.Identity.Node} has promised the superior of {action} to do what it decides. You are"
                + $" about to {(commits ? "commit" : "roll back")} its part now. If the superior decides, or has"
                + " decided, the other way, the nodes no longer agree: that is recorded and reported as heuristic"
                + " damage, and nothing repairs it by itself.",
                action.ToString(), word);
            string text = await manager.ResolveAsync(
                action, BranchOf(parse.GetValue(branch)), commits ? Decision.Commit : Decision.Rollback, cancellation);
            return Report(context, parse, text);
        });
        return command;
    }

    public static Command ResolveOrphan(CommandContext context)
    {
        Argument<string> database = new("DATABASE") { Description = "as orphans prints it" };
        Argument<string> name = new("NAME") { Description = "the branch's name, as orphans prints it" };
        Option<bool> commit = new("--commit") { Description = "commit it by hand, whatever the log says" };
        Option<bool> rollback = new("--rollback") { Description = "roll it back by hand, whatever the log says" };
        Confirmation confirmation = new();
        Command command = new(
            "resolve-orphan", "Ends a prepared branch of a database: as the log says, or by hand (asked twice)")
        {
            database, name, commit, rollback,
        };
        confirmation.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(commit) && result.GetValue(rollback))
            {
                result.AddError("Say either --commit or --rollback, or neither: then the log decides.");
            }
        });
        command.SetAction(async (parse, cancellation) =>
        {
            await using OperatorClient manager = await OperatorClient.ConnectAsync(context.Node(parse), cancellation);
            string orphan = parse.GetRequiredValue(name);
            bool commits = parse.GetValue(commit);
            bool byHand = commits || parse.GetValue(rollback);
            if (byHand)
            {
                string word = commits ? "commit" : "rollback";
                confirmation.Require(
                    parse, context.Terminal,
                    $"You are about to {(commits ? "commit" : "roll back")} {orphan} by your word alone. If the log"
                    + " says, or will say, otherwise, the databases of its action no longer agree: that is recorded as"
                    + " heuristic damage, and nothing repairs it by itself. Without --commit and --rollback the log"
                    + " decides.",
                    orphan, word);
            }

            string text = await manager.ResolveOrphanAsync(
                parse.GetRequiredValue(database), orphan,
                !byHand ? OrphanDecision.AsLogged : commits ? OrphanDecision.Commit : OrphanDecision.Rollback,
                cancellation);
            return Report(context, parse, text);
        });
        return command;
    }

    public static Command Forget(CommandContext context)
    {
        Argument<string> id = CommandContext.ActionArgument();
        Confirmation confirmation = new();
        Command command = new("forget", "Forgets the recorded heuristic damage of an action (asked twice)") { id };
        confirmation.AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            await using OperatorClient manager = await OperatorClient.ConnectAsync(context.Node(parse), cancellation);
            AtomicActionId action = CommandContext.ActionOf(parse, id, manager.Identity.Node);
            confirmation.Require(
                parse, context.Terminal,
                $"The damage of {action} is recorded at node {manager.Identity.Node} until somebody has dealt with it."
                + " You are about to say that it has been: the record goes, and no superior will be told of it again.",
                action.ToString(), "forget");
            return Report(context, parse, await manager.ForgetAsync(action, cancellation));
        });
        return command;
    }

    public static Command Node(CommandContext context)
    {
        Argument<string> name = new("NAME") { Description = "the node that starts again on another log" };
        Confirmation confirmation = new();
        Command reset = new("reset", "Accepts a known node's name on another log (SEM-6; asked twice)") { name };
        confirmation.AddTo(reset);
        reset.SetAction(async (parse, cancellation) =>
        {
            string text = parse.GetRequiredValue(name);
            if (!NodeName.TryParse(text, out NodeName node))
            {
                throw new CommandFailedException(
                    ExitCodes.Usage, $"'{text}' is not a node name: use 1 to 24 characters of a-z, 0-9 and '-'.");
            }

            await using OperatorClient manager = await OperatorClient.ConnectAsync(context.Node(parse), cancellation);
            confirmation.Require(
                parse, context.Terminal,
                $"Node {manager.Identity.Node} knows {node} by another log. You are about to accept the name on a new"
                + " one: what the old log promised can no longer be asked for, and every branch with it stays in doubt"
                + " until somebody resolves it.",
                node.Value, "reset");
            return Report(context, parse, await manager.ResetNodeAsync(node, cancellation));
        });
        return new Command("node", "What concerns a node as a whole") { reset };
    }

    private static BranchId? BranchOf(string? text) => text is null ? null
        : BranchId.TryParse(text, out BranchId? branch) ? branch
        : throw new CommandFailedException(ExitCodes.Usage, $"'{text}' is no branch: write it as show does.");

    private static int Report(CommandContext context, ParseResult parse, string text)
    {
        if (context.WantsJson(parse))
        {
            context.Terminal.Json(new JsonObject { ["accomplished"] = text });
        }
        else
        {
            context.Terminal.Output.WriteLine(text);
        }

        return ExitCodes.Done;
    }
}
