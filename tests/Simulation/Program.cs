using System.Globalization;
using Ccr.Simulation;

string[] range = args.Length == 0 ? ["1"] : args[0].Split("..");
ulong first = ulong.Parse(range[0], CultureInfo.InvariantCulture);
ulong last = ulong.Parse(range[^1], CultureInfo.InvariantCulture);
SimulationCounters counters = new();
int failed = 0;
for (ulong seed = first; seed <= last; seed++)
{
    SimulationResult result = SimulationRun.Run(seed, new SimulationOptions { Transcript = first == last });
    counters.Add(result.Counters);
    Console.Write(result.Transcript);
    if (result.Failed)
    {
        failed++;
        Console.WriteLine($"seed {seed}: {result.Sentence}");
    }
}

foreach ((string name, long value) in counters.Values())
{
    Console.WriteLine($"{name,-18} {value,12}");
}

return failed == 0 ? 0 : 1;
