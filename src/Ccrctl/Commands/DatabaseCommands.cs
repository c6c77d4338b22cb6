using System.CommandLine;
using System.Text.Json.Nodes;
using Ccr.Ccrctl.Nodes;
using Ccr.Protocol.Messages;

namespace Ccr.Ccrctl.Commands;

/// <summary>ccrctl databases and ccrctl orphans: what a node's manager knows of its databases.</summary>
internal static class DatabaseCommands
{
    private const string KindHead = "database/";

    public static Command Databases(CommandContext context)
    {
        Command list = new("list", "The databases that the node's manager knows");
        list.SetAction((parse, cancellation) => ListAsync(context, parse, cancellation));
        Command command = new("databases", "The databases whose branches the node's manager finishes")
        {
            list, Add(context), Scan(context),
        };
        command.SetAction((parse, cancellation) => ListAsync(context, parse, cancellation));
        return command;
    }

    public static Command Orphans(CommandContext context)
    {
        Option<string?> database = new("--database") { Description = "this one alone", HelpName = "NAME" };
        Command command = new("orphans", "Every prepared branch on the node's databases, and what the log says of it")
        {
            database,
        };
        command.SetAction(async (parse, cancellation) =>
        {
            await using OperatorClient manager = await OperatorClient.ConnectAsync(context.Node(parse), cancellation);
            Orphans orphans = await manager.OrphansAsync(parse.GetValue(database), cancellation);
            if (context.WantsJson(parse))
            {
                context.Terminal.Json(new JsonObject
                {
                    ["orphans"] = JsonForms.Array(orphans.Items, JsonForms.Of),
                    ["notes"] = JsonForms.Array(orphans.Notes, note => JsonValue.Create(note)),
                });
            }
            else
            {
                Print(context.Terminal, orphans);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Add(CommandContext context)
    {
        Argument<string> name = new("NAME") { Description = "what Clients call it: unique on the node" };
        Option<string> kind = new("--kind")
        {
            Description = "postgresql or mysql (MariaDB too)",
            HelpName = "KIND",
            DefaultValueFactory = _ => "postgresql",
        };
        Option<string> connection = new("--connection")
        {
            Description = "the driver's connection string; '-' reads it from the standard input",
            HelpName = "STRING",
            Required = true,
        };
        Option<string?> driver = new("--driver")
        {
            Description = "'TYPE, ASSEMBLY' of the driver's factory; else the manager's own",
            HelpName = "DRIVER",
        };
        Option<string?> path = new("--path") { Description = "the file of that assembly", HelpName = "FILE" };
        Command command = new("add", "Makes a database known to the node's manager")
        {
            name, kind, connection, driver, path,
        };
        command.SetAction(async (parse, cancellation) =>
        {
            string text = parse.GetRequiredValue(connection);
            await using OperatorClient manager = await OperatorClient.ConnectAsync(context.Node(parse), cancellation);
            string added = parse.GetRequiredValue(name);
            string doubts = await manager.RegisterDatabaseAsync(
                added, parse.GetRequiredValue(kind), text == "-" ? context.Terminal.Input.ReadToEnd().Trim() : text,
                parse.GetValue(driver) ?? "", parse.GetValue(path) is { } file ? Path.GetFullPath(file) : "",
                cancellation);
            return Report(context, parse, $"{added} is registered. {doubts}".TrimEnd());
        });
        return command;
    }

    private static Command Scan(CommandContext context)
    {
        Command command = new("scan", "Scans all of them now; what is found is finished as the log says");
        command.SetAction(async (parse, cancellation) =>
        {
            await using OperatorClient manager = await OperatorClient.ConnectAsync(context.Node(parse), cancellation);
            return Report(context, parse, await manager.ScanDatabasesAsync(cancellation));
        });
        return command;
    }

    private static async Task<int> ListAsync(
        CommandContext context, ParseResult parse, CancellationToken cancellation)
    {
        await using OperatorClient manager = await OperatorClient.ConnectAsync(context.Node(parse), cancellation);
        Status status = await manager.StatusAsync(cancellation);
        ServerStatus[] all =
            [.. status.Servers.Where(s => s.Kind.StartsWith(KindHead, StringComparison.Ordinal))];
        if (context.WantsJson(parse))
        {
            context.Terminal.Json(new JsonObject
            {
                ["databases"] = JsonForms.Array(all, s => new JsonObject
                {
                    ["database"] = s.Server,
                    ["kind"] = s.Kind[KindHead.Length..],
                    ["served"] = s.Connected,
                }),
            });
        }
        else
        {
            context.Terminal.Table(
                ["database", "kind", "served"],
                all.Select(s => new[] { s.Server, s.Kind[KindHead.Length..], s.Connected ? "yes" : "no" }),
                "This node has no databases: register one with 'databases add'.");
        }

        return ExitCodes.Done;
    }

    private static void Print(Terminal terminal, Orphans orphans)
    {
        terminal.Table(
            ["database", "name", "owner", "action", "age", "locks", "blocked", "the log says"],
            orphans.Items.Select(o => new[]
            {
                o.Database, o.Name, o.Owner, o.Action?.ToString() ?? "", o.AgeMs < 0 ? "" : Words.Age(o.AgeMs),
                Number(o.Locks), Number(o.Blocked), o.Verdict,
            }),
            "No branch is prepared.");
        foreach (string note in orphans.Notes)
        {
            terminal.Output.WriteLine(note);
        }
    }

    private static string Number(long value) =>
        value < 0 ? "" : value.ToString(System.Globalization.CultureInfo.InvariantCulture);

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
