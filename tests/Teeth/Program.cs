using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Ccr.Teeth;
using Spectre.Console;

Option<bool> json = new("--json") { Description = "One object a line; the last is {\"seeded\",\"found\",\"seconds\"}" };
Option<string?> only = new("--only") { Description = "One seeded fault alone, by name" };
Option<int> seeds = new("--seeds")
{
    Description = "Seeds of the simulator for each fault, at most",
    DefaultValueFactory = _ => 2_000,
};
Option<int> jobs = new("--jobs") { Description = "Hunts side by side", DefaultValueFactory = _ => 2 };
Option<FileInfo?> page = new("--page") { Description = "Writes the table to this file too, as docs/TEETH.md has it" };
RootCommand root = new("Puts known faults into a copy of the source, one at a time, and sees who finds them")
{
    json, only, seeds, jobs, page,
};
root.SetAction(async (parse, cancellation) =>
{
    string repository = Repository.Root;
    string artifacts = Environment.GetEnvironmentVariable("CCR_ARTIFACTS") is { Length: > 0 } set
        ? set
        : Path.Combine(repository, "artifacts");
    CampaignOptions options = new(
        Path.Combine(artifacts, "teeth"), parse.GetValue(only), parse.GetValue(seeds),
        Math.Min(300, parse.GetValue(seeds)), parse.GetValue(jobs), 180);
    bool wantsJson = parse.GetValue(json);
    Campaign campaign = new(repository, options)
    {
        Doing = what => Console.Error.WriteLine($"teeth: {what}"),
        Caught = one => Show(one, wantsJson),
    };
    try
    {
        CampaignResult result = await campaign.RunAsync(cancellation);
        Close(result, wantsJson);
        Proof.Of(result).Write();
        if (parse.GetValue(page) is { } file)
        {
            await File.WriteAllTextAsync(file.FullName, Page.Of(result), cancellation);
        }

        return result.Found == result.Catches.Count ? 0 : 1;
    }
    catch (Exception wrong) when (wrong is FormatException or InvalidOperationException)
    {
        await Console.Error.WriteLineAsync(wrong.Message);
        return 2;
    }
});
return await root.Parse(args).InvokeAsync();

static void Show(Catch one, bool json)
{
    if (json)
    {
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            fault = one.Fault.Name,
            found = one.Found,
            seconds = Math.Round(one.Seconds, 1),
            by = one.By,
        }));
    }
}

static void Close(CampaignResult result, bool json)
{
    if (json)
    {
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            seeded = result.Catches.Count,
            found = result.Found,
            seconds = Math.Round(result.Seconds, 1),
        }));
        return;
    }

    Table table = new Table().AddColumns("seeded fault", "seconds", "found by");
    foreach (Catch one in result.Catches)
    {
        table.AddRow(
            Markup.Escape(one.Fault.Name),
            one.Seconds.ToString("0.0", CultureInfo.InvariantCulture),
            one.Found ? Markup.Escape(one.By) : "[red]not found[/]");
    }

    AnsiConsole.Write(table);
    AnsiConsole.WriteLine(
        $"{result.Found} of {result.Catches.Count} seeded faults found in {result.Seconds:0} s, build included.");
}
