using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Ccr.Artemis;
using Ccr.Client;
using Spectre.Console;

namespace Ccr.Ccrctl.Commands;

/// <summary>ccrctl artemis: programs that survive their machine.</summary>
internal static class ArtemisCommands
{
    public static Command Create(CommandContext context)
    {
        ArtemisOptions options = new(context);
        Command command = new("artemis", "Unmodified programs that go on from their last checkpoint")
        {
            ArtemisRunCommands.Run(options), Checkpoint(options), ArtemisRunCommands.Restart(options), List(options),
            Verify(options), Remove(options),
        };
        foreach (Command one in command.Subcommands)
        {
            one.Options.Add(options.Directory);
        }

        return command;
    }

    private static Command Checkpoint(ArtemisOptions options)
    {
        Argument<string> name = ArtemisOptions.GroupArgument();
        Command command = new("checkpoint", "Takes a checkpoint now, as an atomic action of its own") { name };
        command.SetAction(async (parse, cancellation) =>
        {
            GroupFolder folder = options.ExistingOf(parse, parse.GetRequiredValue(name));
            if (folder.Server is null || folder.LastManagerSocket is not { } socket)
            {
                throw new CommandFailedException(
                    ExitCodes.Unreachable, $"Nobody serves the group '{folder.Name}': run or restart it first.");
            }

            return await CheckpointAsync(options, parse, folder, socket, cancellation);
        });
        return command;
    }

    private static async Task<int> CheckpointAsync(
        ArtemisOptions options, ParseResult parse, GroupFolder folder, string socket, CancellationToken cancellation)
    {
        try
        {
            await using CcrClient client = await CcrClient.ConnectAsync(
                socket, new CcrClientOptions { Program = "ccrctl artemis" }, cancellation);
            await using AtomicAction action = await client.TransOpenAsync(
                [folder.LastServerName!], null, cancellation);
            CcrOutcome outcome = await action.TransCloseAsync(cancellation: cancellation);
            if (!outcome.IsCommitted)
            {
                throw new CommandFailedException(ExitCodes.Refused, outcome.Refusal!.Text);
            }

            CheckpointReport? taken = GroupReport.Read(folder).Checkpoints.LastOrDefault(
                c => c.Status == CheckpointStatus.Committed);
            if (options.Context.WantsJson(parse))
            {
                options.Terminal.Json(new JsonObject
                {
                    ["action"] = action.Id.ToString(),
                    ["checkpoint"] = taken is null ? null : Json(taken),
                });
            }
            else
            {
                string line = taken is null ? "" : $", {Line(taken)}";
                options.Terminal.Output.WriteLine($"committed: {action.Id}{line}");
            }

            return ExitCodes.Done;
        }
        catch (CcrManagerLostException lost)
        {
            throw new CommandFailedException(ExitCodes.Unreachable, lost.Message, lost);
        }
        catch (CcrRefusedException refused)
        {
            throw new CommandFailedException(ExitCodes.Refused, refused.Message, refused);
        }
        catch (CcrOutcomeUnknownException unknown)
        {
            throw new CommandFailedException(ExitCodes.Unknown, unknown.Message, unknown);
        }
    }

    private static Command List(ArtemisOptions options)
    {
        Command command = new("list", "Groups, their programs and checkpoints");
        command.SetAction(parse =>
        {
            GroupReport[] groups = [.. GroupFolder.All(options.DirectoryOf(parse)).Select(ReadGroup)];
            if (options.Context.WantsJson(parse))
            {
                options.Terminal.Json(new JsonObject { ["groups"] = JsonForms.Array(groups, Json) });
                return ExitCodes.Done;
            }

            options.Terminal.Table(
                ["group", "program", "checkpoint", "state", "taken", "pause", "pages", "size", "threads", "restart"],
                groups.SelectMany(Rows), $"There are no groups in {options.DirectoryOf(parse)}.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static IEnumerable<string[]> Rows(GroupReport group)
    {
        string program = group.Program is { } pid
            ? pid.ToString(CultureInfo.InvariantCulture) + (group.Server is null ? " (not served)" : "")
            : "not running";
        if (group.Checkpoints.Count == 0)
        {
            yield return [group.Name, program, "none", "", "", "", "", ArtemisOptions.Size(group.Octets), "", ""];
        }

        foreach (CheckpointReport one in group.Checkpoints)
        {
            yield return
            [
                group.Name, program, one.Number.ToString(CultureInfo.InvariantCulture), Words(one.Status),
                DateTimeOffset.FromUnixTimeMilliseconds(one.Figures.TakenAtMs).ToString(
                    "yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture),
                ArtemisOptions.Pause(one.Figures.PauseNs),
                one.Figures.DirtyPages.ToString(CultureInfo.InvariantCulture) + (one.Figures.IsFull ? " (all)" : ""),
                ArtemisOptions.Size(one.Figures.StoredOctets),
                one.Figures.Threads.ToString(CultureInfo.InvariantCulture), one.IsNext ? "here" : "",
            ];
        }
    }

    private static Command Verify(ArtemisOptions options)
    {
        Argument<string> name = ArtemisOptions.GroupArgument();
        Command command = new("verify", "Checks every hash of a group's checkpoints, end to end") { name };
        command.SetAction(async (parse, cancellation) =>
        {
            GroupFolder folder = options.ExistingOf(parse, parse.GetRequiredValue(name));
            long all = ReadGroup(folder).Octets;
            VerifyReport report = await ArtemisProgress.ShowAsync(
                options, parse, "checking", () => all,
                told => Task.Run(() => VerifyReport.Run(folder, told, cancellation), cancellation));
            if (options.Context.WantsJson(parse))
            {
                options.Terminal.Json(Json(report));
            }
            else
            {
                Print(options.Terminal, folder, report);
            }

            return report.IsWhole ? ExitCodes.Done : ExitCodes.Damage;
        });
        return command;
    }

    private static void Print(Terminal terminal, GroupFolder folder, VerifyReport report)
    {
        report.Segments.ToList().ForEach(terminal.Output.WriteLine);
        foreach (DamagedPage page in report.Damaged)
        {
            terminal.Output.WriteLine($"damaged: page {page.Address:x} (segment {page.Segment}, octet {page.Offset})");
        }

        terminal.Output.WriteLine(report.IsWhole
            ? $"Every page of '{folder.Name}' is what it was ({ArtemisOptions.Size(report.Octets)} read)."
            : $"Not to be restarted from: {string.Join(", ", report.Lost)}. Choose another with restart --at.");
    }

    private static Command Remove(ArtemisOptions options)
    {
        Argument<string> name = ArtemisOptions.GroupArgument();
        Command command = new("remove", "Removes a group with all its checkpoints") { name };
        command.SetAction(parse =>
        {
            GroupFolder folder = options.ExistingOf(parse, parse.GetRequiredValue(name));
            if (folder.Server is { } server)
            {
                throw new CommandFailedException(
                    ExitCodes.Refused, $"The group '{folder.Name}' is served by process {server}: end that one first.");
            }

            if (folder.Member is { } program)
            {
                throw new CommandFailedException(
                    ExitCodes.Refused, $"The program of '{folder.Name}' is alive as process {program}: end it first.");
            }

            System.IO.Directory.Delete(folder.Root, recursive: true);
            if (options.Context.WantsJson(parse))
            {
                options.Terminal.Json(new JsonObject { ["removed"] = folder.Name });
            }
            else
            {
                options.Terminal.Output.WriteLine($"'{folder.Name}' is removed.");
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static GroupReport ReadGroup(GroupFolder folder)
    {
        try
        {
            return GroupReport.Read(folder);
        }
        catch (InvalidDataException damage)
        {
            throw new CommandFailedException(ExitCodes.Damage, damage.Message, damage);
        }
    }

    private static string Words(CheckpointStatus status) => status switch
    {
        CheckpointStatus.Committed => "committed",
        CheckpointStatus.Ready => "in doubt",
        CheckpointStatus.RolledBack => "rolled back",
        _ => "taken",
    };

    private static string Line(CheckpointReport one) =>
        $"checkpoint {one.Number}: paused {ArtemisOptions.Pause(one.Figures.PauseNs)}, {one.Figures.DirtyPages} pages, "
        + $"{ArtemisOptions.Size(one.Figures.StoredOctets)}";

    private static JsonObject Json(CheckpointReport one) => new()
    {
        ["number"] = one.Number,
        ["state"] = Words(one.Status),
        ["action"] = one.Action,
        ["takenAtMs"] = one.Figures.TakenAtMs,
        ["pauseNs"] = one.Figures.PauseNs,
        ["dirtyPages"] = one.Figures.DirtyPages,
        ["storedOctets"] = one.Figures.StoredOctets,
        ["threads"] = one.Figures.Threads,
        ["full"] = one.Figures.IsFull,
        ["next"] = one.IsNext,
    };

    private static JsonObject Json(GroupReport group) => new()
    {
        ["group"] = group.Name,
        ["program"] = group.Program,
        ["server"] = group.Server,
        ["octets"] = group.Octets,
        ["checkpoints"] = JsonForms.Array(group.Checkpoints, Json),
    };

    private static JsonObject Json(VerifyReport report) => new()
    {
        ["octets"] = report.Octets,
        ["whole"] = report.IsWhole,
        ["damaged"] = JsonForms.Array(report.Damaged, d => new JsonObject
        {
            ["segment"] = d.Segment,
            ["offset"] = d.Offset,
            ["address"] = d.Address,
        }),
        ["segments"] = JsonForms.Array(report.Segments, s => JsonValue.Create(s)),
        ["lost"] = JsonForms.Array(report.Lost, n => JsonValue.Create(n)),
    };
}
