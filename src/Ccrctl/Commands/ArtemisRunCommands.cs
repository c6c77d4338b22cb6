using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Ccr.Artemis;
using Ccr.Client;

namespace Ccr.Ccrctl.Commands;

/// <summary>ccrctl artemis run and restart: they serve a group for as long as its program runs.</summary>
internal static class ArtemisRunCommands
{
    private const int KeepDefault = 3;

    public static Command Run(ArtemisOptions options)
    {
        Option<string> group = new("--group")
        {
            Description = "the group's name: 1 to 24 characters of a-z, 0-9 and '-'",
            HelpName = "NAME",
            Required = true,
        };
        Option<string?> every = new("--every")
        {
            Description = "a checkpoint so often: 500ms, 2s; else only when asked for",
            HelpName = "TIME",
        };
        Option<int> keep = new("--keep")
        {
            Description = "so many committed checkpoints can be restarted from",
            HelpName = "N",
            DefaultValueFactory = _ => KeepDefault,
        };
        Option<string?> space = new("--space-limit")
        {
            Description = "the group's checkpoints may have so much of the disk: 4GiB",
            HelpName = "SIZE",
        };
        Option<bool> anew = new("--anew") { Description = "forget the checkpoints that the group has" };
        Argument<string[]> program = new("COMMAND")
        {
            Description = "the program and its arguments, behind --",
            Arity = ArgumentArity.OneOrMore,
        };
        Command command = new("run", "Runs a program under the jacket; its exit code is passed on")
        {
            group, every, keep, space, anew, program,
        };
        command.SetAction((parse, cancellation) =>
        {
            GroupFolder folder = options.FolderOf(parse, parse.GetRequiredValue(group));
            GroupSettings settings = new()
            {
                EveryMs = ArtemisOptions.MillisecondsOf(parse.GetValue(every)),
                Keep = Math.Max(1, parse.GetValue(keep)),
                SpaceLimitOctets = ArtemisOptions.OctetsOf(parse.GetValue(space)),
                Node = options.NodeOf(parse),
            };
            RefuseOccupied(folder, parse.GetValue(anew));
            string[] words = parse.GetRequiredValue(program);
            return ServeAsync(options, folder, settings, async (host, started) =>
            {
                await host.Server.Registered.WaitAsync(cancellation);
                Process process = JacketFiles.Run(folder, words);
                started(process);
                return await EndOfAsync(process);
            }, cancellation);
        });
        return command;
    }

    public static Command Restart(ArtemisOptions options)
    {
        Argument<string> name = ArtemisOptions.GroupArgument();
        Option<long?> at = new("--at") { Description = "this checkpoint, not the last committed one", HelpName = "N" };
        Option<string?> every = new("--every")
        {
            Description = "from now on, a checkpoint so often",
            HelpName = "TIME",
        };
        Command command = new("restart", "Lets a dead program go on from its last committed checkpoint")
        {
            name, at, every,
        };
        command.SetAction((parse, cancellation) =>
        {
            GroupFolder folder = options.ExistingOf(parse, parse.GetRequiredValue(name));
            GroupSettings settings = SettingsOf(folder);
            if (parse.GetValue(every) is { } often)
            {
                settings = settings with { EveryMs = ArtemisOptions.MillisecondsOf(often) };
            }

            return ServeAsync(options, folder, settings, async (host, started) =>
            {
                RestartReport report = await RestartAsync(options, parse, host, folder, parse.GetValue(at), started,
                    cancellation);
                Tell(options, parse, report);
                return await report.Ended;
            }, cancellation);
        });
        return command;
    }

    private static async Task<RestartReport> RestartAsync(
        ArtemisOptions options, ParseResult parse, GroupHost host, GroupFolder folder, long? at,
        Action<Process> started, CancellationToken cancellation)
    {
        TaskCompletionSource isChecked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource barHasEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<RestartReport> restarting = await ArtemisProgress.ShowAsync(
            options, parse, "checking", () => GroupReport.Read(folder).Octets,
            async told =>
            {
                Task<RestartReport> all = host.Server.RestartAsync(
                    new RestartRequest
                    {
                        At = at,
                        Tell = options.Terminal.Error.WriteLine,
                        Progress = told is null ? null : (done, _) => told(done),
                        Launch = async launch =>
                        {
                            isChecked.TrySetResult();
                            await barHasEnded.Task; // from here on the terminal is the program's
                            await host.Server.Registered.WaitAsync(cancellation); // meanwhile its pages were checked
                            Process process = JacketFiles.Restart(folder, launch);
                            started(process);
                            return await EndOfAsync(process);
                        },
                    },
                    cancellation);
                await Task.WhenAny(all, isChecked.Task);
                return all;
            });
        barHasEnded.SetResult();
        return await restarting;
    }

    private static void Tell(ArtemisOptions options, ParseResult parse, RestartReport report)
    {
        if (options.Context.WantsJson(parse))
        {
            // The standard output belongs to the program.
            options.Terminal.Error.WriteLine(new JsonObject
            {
                ["restartedFrom"] = report.Number,
                ["pages"] = report.Pages,
                ["files"] = report.Files,
            }.ToJsonString());
        }
        else if (options.Terminal.IsInteractive)
        {
            options.Terminal.Error.WriteLine($"ccrctl: goes on from checkpoint {report.Number}.");
        }
    }

    /// <summary>Serves a group while something runs in it; the result is the program's exit code.</summary>
    private static async Task<int> ServeAsync(
        ArtemisOptions options, GroupFolder folder, GroupSettings settings,
        Func<GroupHost, Action<Process>, Task<int>> run, CancellationToken cancellation)
    {
        if (JacketFiles.Complaint() is { } complaint)
        {
            throw new CommandFailedException(ExitCodes.Refused, complaint);
        }

        Process? program = null;
        using ProgramSignals signals = new(() => program);
        try
        {
            await using GroupHost host = await GroupHost.StartAsync(
                folder, settings, line => Note(folder, line), cancellation);
            return await run(host, process => program = process);
        }
        catch (Exception failed) when (failed is IOException or InvalidDataException or CheckpointFailedException
            or CcrManagerLostException or CcrRefusedException)
        {
            throw new CommandFailedException(
                failed is CcrManagerLostException ? ExitCodes.Unreachable : ExitCodes.Refused, failed.Message, failed);
        }
        finally
        {
            program?.Dispose();
        }
    }

    /// <summary>
    /// The terminal belongs to the program: what the server has to say goes into a file of the group.
    /// </summary>
    private static void Note(GroupFolder folder, string line)
    {
        lock (folder)
        {
            File.AppendAllText(
                Path.Combine(folder.Root, "server.log"),
                $"{DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm:ss.fff} {line}\n");
        }
    }

    private static async Task<int> EndOfAsync(Process process)
    {
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static GroupSettings SettingsOf(GroupFolder folder)
    {
        try
        {
            return GroupSettings.Read(folder) ?? new GroupSettings();
        }
        catch (InvalidDataException wrong)
        {
            throw new CommandFailedException(ExitCodes.Usage, wrong.Message, wrong);
        }
    }

    private static void RefuseOccupied(GroupFolder folder, bool anew)
    {
        if (!folder.Exists)
        {
            return;
        }

        if (folder.Member is { } pid)
        {
            throw new CommandFailedException(
                ExitCodes.Refused, $"The group '{folder.Name}' has a program already, process {pid}: end it first.");
        }

        if (anew)
        {
            folder.ForgetCheckpoints();
        }
        else if (GroupReport.Read(folder).Checkpoints.Count > 0)
        {
            throw new CommandFailedException(
                ExitCodes.Refused,
                $"The group '{folder.Name}' has checkpoints of an earlier run: go on with 'artemis restart "
                + $"{folder.Name}', or forget them with --anew.");
        }
    }
}
