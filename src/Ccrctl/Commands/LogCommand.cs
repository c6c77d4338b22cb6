using System.CommandLine;
using System.Text.Json.Nodes;
using Ccr.AtomicActionLog;
using Ccr.AtomicActions.Contract;
using Ccr.Ccrctl.Frames;

namespace Ccr.Ccrctl.Commands;

/// <summary>
/// ccrctl log dump and log verify: they read the files, so that they work beside a running manager and without one.
/// </summary>
internal static class LogCommand
{
    public static Command Create(CommandContext context) =>
        new("log", "The atomic-action log, read from its files, whether the manager runs or not")
        {
            Dump(context),
            Verify(context),
        };

    private static Command Dump(CommandContext context)
    {
        Argument<string?> folder = FolderArgument();
        Command command = new("dump", "Every record, in its order, and every place where one is missing") { folder };
        command.SetAction(parse => Reading(() =>
        {
            bool damaged = false;
            foreach (InspectedRecord record in LogInspector.Read(FolderOf(context, parse, folder)))
            {
                damaged |= record.Damage is not null;
                context.Terminal.Output.WriteLine(
                    context.WantsJson(parse) ? JsonOf(record).ToJsonString() : LineOf(record));
            }

            return damaged ? ExitCodes.Damage : ExitCodes.Done;
        }));
        return command;
    }

    private static Command Verify(CommandContext context)
    {
        Argument<string?> folder = FolderArgument();
        Command command =
            new("verify", "Whether a manager can start on the log, and if not, what is missing") { folder };
        command.SetAction(parse => Reading(() =>
        {
            LogReport report = LogInspector.Verify(FolderOf(context, parse, folder));
            if (context.WantsJson(parse))
            {
                context.Terminal.Json(JsonOf(report));
            }
            else
            {
                foreach (string line in report.Lines())
                {
                    context.Terminal.Output.WriteLine(line);
                }
            }

            return report.IsSound ? ExitCodes.Done : ExitCodes.Damage;
        }));
        return command;
    }

    private static Argument<string?> FolderArgument() => new("DIR")
    {
        Description = "the log's folder; without it, that of the node",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static string FolderOf(CommandContext context, ParseResult parse, Argument<string?> folder) =>
        parse.GetValue(folder) ?? context.Node(parse).LogDirectory;

    private static int Reading(Func<int> read)
    {
        try
        {
            return read();
        }
        catch (LogFailedException failed)
        {
            throw new CommandFailedException(ExitCodes.Refused, failed.Message, failed);
        }
    }

    private static string LineOf(InspectedRecord record) => record.Content is { } content
        ? $"{record.Sequence,9}  {LogWords.Of(content)}"
        : $"{record.Sequence,9}  DAMAGE at {record.File}, octet {record.Offset}: {record.Damage}";

    private static JsonObject JsonOf(InspectedRecord record) => new()
    {
        ["sequence"] = record.Sequence,
        ["file"] = record.File,
        ["offset"] = record.Offset,
        ["content"] = record.Content is null ? null : LogWords.ToJson(record.Content),
        ["damage"] = record.Damage,
    };

    private static JsonObject JsonOf(LogReport report) => new()
    {
        ["directory"] = report.Directory,
        ["node"] = report.Node.Value,
        ["log"] = report.Log.ToString(),
        ["epoch"] = report.Epoch,
        ["firstSequence"] = report.FirstSequence,
        ["lastSequence"] = report.LastSequence,
        ["live"] = report.Live,
        ["kinds"] = new JsonObject(report.Kinds.Select(k => KeyValuePair.Create<string, JsonNode?>(k.Key, k.Value))),
        ["notices"] = JsonForms.Array(report.Notices, n => n),
        ["sound"] = report.IsSound,
        ["damage"] = report.Damage,
    };
}
