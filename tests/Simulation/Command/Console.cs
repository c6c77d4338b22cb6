using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Ccr.Simulation.Command;

/// <summary>Runs seeds for somebody who reads.</summary>
internal sealed class Console(TextWriter output, bool json, bool coverage)
{
    internal int RunOne(ulong seed)
    {
        SimulationResult result = SimulationRun.Run(seed, new SimulationOptions { Transcript = !json });
        output.Write(result.Transcript);
        SimulationTotals totals = new();
        totals.Add(result);
        Summary(totals, 0);
        return result.Failed ? 1 : 0;
    }

    internal int RunRange(ulong first, ulong last, int jobs)
    {
        Stopwatch watch = Stopwatch.StartNew();
        long told = 0;
        SimulationTotals totals = SimulationRange.Run(first, last, jobs, new SimulationOptions(), result =>
        {
            if (result.Failed && !json)
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"seed {result.Seed} FAILED: {result.Sentence}"));
            }

            if (!json && watch.Elapsed.TotalSeconds >= told + 10)
            {
                told = (long)watch.Elapsed.TotalSeconds;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"... at seed {result.Seed}, {told} s"));
            }
        });
        Summary(totals, watch.Elapsed.TotalSeconds);
        return totals.Failures.Count == 0 ? 0 : 1;
    }

    /// <summary>Runs until a seed fails, and prints that one: the lowest, whoever finished first.</summary>
    internal int RunUntilFailure(ulong first, ulong last, int jobs)
    {
        bool failed = false;
        SimulationTotals totals = SimulationRange.Run(
            first, last, jobs, new SimulationOptions(), result => failed |= result.Failed, () => failed);
        if (json)
        {
            Json(totals, 0);
        }
        else if (failed)
        {
            (ulong seed, string sentence) = totals.Failures.First();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {sentence}"));
        }
        else
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"no failure in {totals.Counters.Seeds} seeds"));
        }

        return failed ? 1 : 0;
    }

    internal int Minimise(ulong seed)
    {
        SimPlan plan = PlanDrawer.Draw(seed, new SimulationOptions());
        SimulationResult result = SimulationRun.Run(plan, new SimulationOptions());
        if (!result.Failed)
        {
            output.WriteLine($"Seed {seed} does not fail: there is nothing to minimise.");
            return 0;
        }

        Minimiser minimiser = new(new SimulationOptions());
        SimPlan least = minimiser.Minimise(plan);
        SimulationResult shown = SimulationRun.Run(least, new SimulationOptions { Transcript = true });
        output.Write(shown.Transcript);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Seed {seed}, minimised in {minimiser.Runs} runs: {least.Faults.Count} of {plan.Faults.Count} faults, "
            + $"{least.Work.Count} of {plan.Work.Count} actions."));
        output.WriteLine($"FAILED: {shown.Sentence}");
        return 1;
    }

    private void Summary(SimulationTotals totals, double seconds)
    {
        if (json)
        {
            Json(totals, seconds);
            return;
        }

        output.WriteLine();
        foreach ((string name, long value) in totals.Counters.Values())
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Words(name),-24} {value,14:N0}"));
        }

        if (seconds > 0)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{"seconds",-24} {seconds,14:F1}\n{"seeds a second",-24} {totals.Counters.Seeds / seconds,14:F1}"));
        }

        if (coverage)
        {
            foreach ((string what, long count) in totals.Coverage.Items())
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what,-44} {count,14:N0}"));
            }
        }

        foreach ((ulong seed, string sentence) in totals.Failures)
        {
            output.WriteLine($"FAILED: seed {seed}: {sentence}");
        }
    }

    private void Json(SimulationTotals totals, double seconds)
    {
        using MemoryStream octets = new();
        using (Utf8JsonWriter writer = new(octets))
        {
            writer.WriteStartObject();
            foreach ((string name, long value) in totals.Counters.Values())
            {
                writer.WriteNumber(JsonNamingPolicy.CamelCase.ConvertName(name), value);
            }

            writer.WriteNumber("seconds", Math.Round(seconds, 1));
            writer.WriteStartArray("failures");
            foreach ((ulong seed, string sentence) in totals.Failures)
            {
                writer.WriteStartObject();
                writer.WriteNumber("seed", seed);
                writer.WriteString("sentence", sentence);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if (coverage)
            {
                writer.WriteStartObject("coverage");
                totals.Coverage.Items().ToList().ForEach(item => writer.WriteNumber(item.What, item.Count));
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(octets.ToArray()));
    }

    private static string Words(string name) =>
        string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? " " + char.ToLowerInvariant(c) : $"{c}"))
            .ToLowerInvariant();
}
