using Ccr.Bench;
using Ccr.Bench.TwoNode;
using Spectre.Console;

if (args.Length > 0 && args[0] == Child.Verb)
{
    return await Child.RunAsync(args[1..]);
}

const string usage = """
    ./ccr bench NAME [--json] [--save]

      NAME    a benchmark or a group of them, from the list below
      --json  one object a line: {"name","value","unit","against","ratio","reach","holds"}
      --save  writes bench/results/NAME.json too, with the machine's description

    Exit code: 0 every figure reaches its aim, 1 one does not, 2 the command line is wrong.

    """;

string[] names = [.. args.Where(a => !a.StartsWith('-'))];
string[] wrong = [.. args.Where(a => a.StartsWith('-') && a is not ("--json" or "--save" or "--help" or "-h"))];
IReadOnlyList<IBenchmark> chosen = names.Length == 1 ? Registry.Find(names[0]) : [];
if (chosen.Count == 0 || wrong.Length > 0)
{
    bool asked = args.Contains("--help") || args.Contains("-h");
    TextWriter output = asked ? Console.Out : Console.Error;
    output.WriteLine(usage);
    foreach (IBenchmark benchmark in Registry.All)
    {
        output.WriteLine($"  {benchmark.Group,-8} {benchmark.Name,-12} {benchmark.Summary}");
    }

    return asked ? 0 : 2;
}

using CancellationTokenSource cancellation = new();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    cancellation.Cancel();
};

Machine machine = Machine.Describe();
List<Figure> figures = [];
try
{
    await (args.Contains("--json") ? RunAsync(new JsonReport(Console.Out)) : RunWithTableAsync());
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("Stopped.");
    return 2;
}

if (args.Contains("--save"))
{
    string? path = Results.Save(names[0], machine, figures);
    await Console.Error.WriteLineAsync(path is null
        ? "Not saved: there is no folder bench/results above the current one. Run this inside a checkout."
        : $"Saved to {path}");
}

return figures.TrueForAll(f => f.Holds) ? 0 : 1;

async Task RunWithTableAsync()
{
    TableReport? table = null;
    await AnsiConsole.Status().StartAsync("starting", async status =>
    {
        table = new TableReport(status);
        await RunAsync(table);
    });
    table!.Print();
}

async Task RunAsync(IReport report)
{
    KeepingReport keeping = new(report);
    foreach (IBenchmark benchmark in chosen)
    {
        report.Progress(benchmark.Summary);
        await benchmark.RunAsync(keeping, cancellation.Token);
    }

    figures.AddRange(keeping.Figures);
}
