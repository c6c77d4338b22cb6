using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Ccr.Ccrctl.Commands;
using Ccr.Ccrctl.FileSteps;

namespace Ccr.Ccrctl;

/// <summary>ccrctl as a whole: its commands, its help, and how failures become exit codes.</summary>
public static class CommandLine
{
    /// <summary>What the user typed to get here; ./ccr sets it, so that examples can be pasted.</summary>
    internal static string InvokedAs => Environment.GetEnvironmentVariable("CCR_INVOKED_AS") ?? "ccrctl";

    /// <summary>Runs one command line; the exit code is one of <see cref="ExitCodes"/>.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellation)
    {
        RootCommand root = Create(terminal);
        ParseResult parse = root.Parse(args);
        if (parse.Errors.Count > 0 && parse.Action is not HelpWithExamples)
        {
            foreach (ParseError error in parse.Errors)
            {
                terminal.Error.WriteLine($"ccrctl: {error.Message}");
            }

            terminal.Error.WriteLine($"See {InvokedAs} {PathOf(parse.CommandResult.Command)}--help.");
            return ExitCodes.Usage;
        }

        try
        {
            InvocationConfiguration configuration = new()
            {
                EnableDefaultExceptionHandler = false,
                Output = terminal.Output,
                Error = terminal.Error,
            };
            if (IsLauncher(parse.CommandResult.Command))
            {
                configuration.ProcessTerminationTimeout = null; // its program decides what a signal means
            }

            return await parse.InvokeAsync(configuration, cancellation).ConfigureAwait(false);
        }
        catch (CommandFailedException failed)
        {
            terminal.Error.WriteLine($"ccrctl: {failed.Message}");
            return failed.ExitCode;
        }
        catch (OperationCanceledException)
        {
            terminal.Error.WriteLine("ccrctl: interrupted; what was asked for may have been done.");
            return ExitCodes.Unknown;
        }
    }

    internal static RootCommand Create(Terminal terminal)
    {
        CommandContext context = new(terminal);
        RootCommand root = new("Looks at a node of Ccr, and runs atomic actions from the shell.")
        {
            context.Data,
            context.Json,
            StatusCommand.Create(context),
            ListCommand.Create(context),
            ShowCommand.Create(context),
            TraceCommand.Create(context),
            LocateCommand.Create(context),
            LogCommand.Create(context),
            DatabaseCommands.Databases(context),
            DatabaseCommands.Orphans(context),
            HeuristicCommands.Resolve(context),
            HeuristicCommands.ResolveOrphan(context),
            HeuristicCommands.Forget(context),
            HeuristicCommands.Node(context),
            DecodeCommand.Create(context),
            EncodeCommand.Create(context),
            RunCommand.Create(context),
            ArtemisCommands.Create(context),
        };
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((SynchronousCommandLineAction)help.Action!);
        }

        return root;
    }

    private static bool IsLauncher(Command command) =>
        command.Name is "run" or "restart" && command.Parents.Any(parent => parent.Name == "artemis");

    private static string PathOf(Command command) => command is RootCommand ? ""
        : string.Concat(command.Parents.OfType<Command>().Select(PathOf)) + command.Name + " ";

    /// <summary>The usual help, then examples and exit codes as they stand, never wrapped.</summary>
    private sealed class HelpWithExamples(SynchronousCommandLineAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = help.Invoke(parseResult);
            TextWriter output = parseResult.InvocationConfiguration.Output;
            string command = parseResult.CommandResult.Command.Name;
            bool isLauncher = IsLauncher(parseResult.CommandResult.Command);
            output.Write(command == "run" && !isLauncher ? FileStep.Grammar : "");
            output.Write(isLauncher ? "" : Examples.Of(command, InvokedAs));
            output.Write(ExitCodes.Help);
            return code;
        }
    }
}
