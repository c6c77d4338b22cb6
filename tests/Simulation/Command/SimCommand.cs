using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Ccr.Simulation.Command;

/// <summary>The command line of ./ccr sim.</summary>
internal static class SimCommand
{
    internal static int Run(string[] args, TextWriter output, TextWriter error)
    {
        Argument<string> seeds = new("SEED|FROM..TO") { Description = "one seed, or a range of seeds" };
        Option<int> jobs = new("--jobs")
        {
            Description = "how many seeds to run side by side",
            DefaultValueFactory = _ => Math.Min(2, Environment.ProcessorCount),
        };
        Option<bool> minimise = new("--minimise") { Description = "shrink the plan of a failing seed, and print it" };
        Option<bool> untilFailure = new("--until-failure")
        {
            Description = "stop at the first seed that fails, and print it in one line",
        };
        Option<bool> coverage = new("--coverage") { Description = "print what occurred, by kind" };
        Option<bool> json = new("--json") { Description = "print one JSON object" };
        RootCommand root = new("Runs simulated nodes under the faults that a seed draws.")
        {
            seeds, jobs, minimise, untilFailure, coverage, json,
        };
        seeds.Validators.Add(Check);
        jobs.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.GetValueOrDefault<int>() is < 1 or > 64)
            {
                result.AddError("--jobs is 1 to 64.");
            }
        });
        root.SetAction(parsed =>
        {
            (ulong first, ulong last) = RangeOf(parsed.GetValue(seeds)!)!.Value;
            Console ui = new(output, parsed.GetValue(json), parsed.GetValue(coverage));
            return parsed.GetValue(minimise) ? ui.Minimise(first)
                : parsed.GetValue(untilFailure) ? ui.RunUntilFailure(first, last, parsed.GetValue(jobs))
                : first == last ? ui.RunOne(first)
                : ui.RunRange(first, last, parsed.GetValue(jobs));
        });
        ParseResult parse = root.Parse(args);
        foreach (ParseError wrong in parse.Errors)
        {
            error.WriteLine($"ccr sim: {wrong.Message}");
        }

        return parse.Errors.Count > 0
            ? 2
            : parse.Invoke(new InvocationConfiguration { Output = output, Error = error });
    }

    internal static (ulong First, ulong Last)? RangeOf(string text)
    {
        string[] parts = text.Split("..");
        bool one = ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong first);
        bool other = ulong.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong last);
        return one && other && parts.Length <= 2 && first <= last && last - first < 100_000_000 ? (first, last) : null;
    }

    private static void Check(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (RangeOf(text) is null)
        {
            result.AddError($"'{text}' is neither a seed nor a range: write 17, or 1..1000.");
        }
    }
}
