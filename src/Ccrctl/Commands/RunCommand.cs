using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Ccr.Ccrctl.FileSteps;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files;

namespace Ccr.Ccrctl.Commands;

/// <summary>ccrctl run: one atomic action over files of several nodes, without writing code.</summary>
internal static class RunCommand
{
    private const int RetriesDefault = 5;

    public static Command Create(CommandContext context)
    {
        Argument<string[]> steps = new("STEP")
        {
            Description = "SERVER:PATH VERB [...], quoted; see below",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<int> retries = new("--retries")
        {
            Description = "how often a victim of a deadlock, or of a lost node, is tried again as a new action",
            HelpName = "N",
            DefaultValueFactory = _ => RetriesDefault,
        };
        Command command = new("run", "One atomic action over files of several nodes: all of it is done, or nothing")
        {
            steps, retries,
        };
        command.SetAction(async (parse, cancellation) =>
        {
            FileStep[] parsed = [.. parse.GetRequiredValue(steps).Select(Parse)];
            NodeLayout node = context.Node(parse);
            Run run = new(parsed, Math.Clamp(parse.GetValue(retries), 0, ClientLimits.RetriesMax));
            await run.ExecuteAsync(node, cancellation);
            return Report(context, parse, run);
        });
        return command;
    }

    private static FileStep Parse(string text) => FileStep.TryParse(text, out FileStep? step, out string? error)
        ? step
        : throw new CommandFailedException(ExitCodes.Usage, error);

    private static int Report(CommandContext context, ParseResult parse, Run run)
    {
        CcrOutcome outcome = run.Outcome!;
        if (context.WantsJson(parse))
        {
            context.Terminal.Json(JsonOf(run));
        }
        else if (outcome.IsCommitted)
        {
            foreach (StepResult result in run.Results)
            {
                context.Terminal.Output.WriteLine(LineOf(result));
            }

            context.Terminal.Output.WriteLine($"committed: {run.Action}");
        }
        else
        {
            context.Terminal.Error.WriteLine($"rolled back, nothing is changed: {outcome.Refusal!.Text}");
        }

        foreach (Damage damage in outcome.Damages)
        {
            context.Terminal.Error.WriteLine($"DAMAGE: {Words.Of(damage)}");
        }

        return outcome.Damages.Count > 0 ? ExitCodes.Damage : outcome.IsCommitted ? ExitCodes.Done : ExitCodes.Refused;
    }

    private static string LineOf(StepResult result) => result.Step.Verb switch
    {
        FileVerb.Read when result.Content is null => $"{result.Step.Name}  (there is no such file)",
        FileVerb.Read => $"{result.Step.Name}  {result.Content.TrimEnd('\n')}",
        FileVerb.Add => string.Create(
            CultureInfo.InvariantCulture, $"{result.Step.Name}  {result.Before} -> {result.After}"),
        FileVerb.Write => $"{result.Step.Name}  written",
        FileVerb.Append => $"{result.Step.Name}  appended to",
        FileVerb.Delete => $"{result.Step.Name}  deleted",
        _ => $"{result.Step.Name}  as expected",
    };

    private static JsonObject JsonOf(Run run) => new()
    {
        ["action"] = run.Action?.ToString(),
        ["outcome"] = run.Outcome!.IsCommitted ? "committed" : "rolled back",
        ["refusal"] = run.Outcome.Refusal is Refusal refusal
            ? new JsonObject { ["code"] = refusal.Code.ToString(), ["text"] = refusal.Text }
            : null,
        ["retries"] = run.Retries,
        ["steps"] = JsonForms.Array(run.Outcome.IsCommitted ? run.Results : [], r => new JsonObject
        {
            ["server"] = r.Step.Server,
            ["path"] = r.Step.Path,
            ["verb"] = r.Step.Verb.ToString().ToLowerInvariant(),
            ["content"] = r.Content,
            ["before"] = r.Before,
            ["after"] = r.After,
        }),
        ["damages"] = JsonForms.Array(run.Outcome.Damages, JsonForms.Of),
    };

    /// <summary>
    /// The steps on their way through one action, or several where one was refused for a passing reason.
    /// </summary>
    private sealed class Run(IReadOnlyList<FileStep> steps, int retriesMax)
    {
        public AtomicActionId? Action { get; private set; }

        public List<StepResult> Results { get; } = [];

        public CcrOutcome? Outcome { get; private set; }

        public int Retries { get; private set; }

        public async Task ExecuteAsync(NodeLayout node, CancellationToken cancellation)
        {
            try
            {
                CcrClientOptions options = new() { Program = "ccrctl run", ConnectAttempts = 1 };
                await using CcrClient client =
                    await CcrClient.ConnectAsync(node.ManagerSocket, options, cancellation);
                await using CcrFiles files = new();
                CcrRetryResult result = await CcrRetry.RunAsync(
                    client, [.. steps.Select(s => s.Server).Distinct()],
                    (action, stop) => WorkAsync(files, action, stop),
                    new CcrRetryOptions { RetriesMax = retriesMax }, cancellation);
                Outcome = result.Outcome;
                Retries = result.Retries;
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
            catch (IOException local)
            {
                throw new CommandFailedException(ExitCodes.Usage, local.Message, local);
            }
        }

        private async Task WorkAsync(CcrFiles files, AtomicAction action, CancellationToken cancellation)
        {
            Action = action.Id;
            Results.Clear();
            StepRunner runner = new(files, action);
            foreach (FileStep step in steps)
            {
                Results.Add(await runner.DoAsync(step, cancellation));
            }
        }
    }
}
