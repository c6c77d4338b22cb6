using System.Globalization;
using System.Text;

namespace Ccr.DatabaseAttack;

/// <summary>How long locks stayed held after kills, for people: docs/LOCKS-HELD.md.</summary>
internal static class LocksHeld
{
    /// <summary>The distribution, by victim, to the test's output and to the evidence.</summary>
    public static void Report(LockTimes times, Action<string> say, Evidence.Evidence evidence)
    {
        foreach (Victim victim in Enum.GetValues<Victim>())
        {
            (int count, double p50, double p90, double max) =
                LockTimes.Of(times.Samples.Where(s => s.Kill.Victim == victim).Select(s => s.Seconds));
            say($"locks held after a kill of {victim}: {Numbers(count, p50, p90, max)}");
            evidence.Count($"locks held, {victim}, p50 s", Math.Round(p50, 3))
                .Count($"locks held, {victim}, p90 s", Math.Round(p90, 3))
                .Count($"locks held, {victim}, max s", Math.Round(max, 3));
        }
    }

    /// <summary>The page.</summary>
    public static string Page(LockTimes times, int seed)
    {
        StringBuilder page = new();
        page.AppendLine("# How long locks stay held after a kill")
            .AppendLine()
            .AppendLine("Written by `tests/DatabaseAttack`, from a run that it made:")
            .AppendLine()
            .AppendLine("```")
            .AppendLine(Number($"CCR_DB_KILLS={times.Samples.Count} CCR_DB_SEED={seed} CCR_LOCKS_HELD=docs/LOCKS-HELD.md \\"))
            .AppendLine("  ./ccr test --group DatabaseAttack")
            .AppendLine("```")
            .AppendLine()
            .AppendLine("Each run is one atomic action over two databases, or over two databases and a file, of one node.")
            .AppendLine("One process is ended by kill -9 at the step named. Manager and database server are started again at")
            .AppendLine("once, the application is not. From the kill on, a session of somebody else tries to change the rows")
            .AppendLine("that the action had changed (and to lock the file); the time is that of the last one to succeed. It")
            .AppendLine("contains the time that the killed program takes to start. Settings are those that are delivered.")
            .AppendLine(Number($"Machine: {Environment.ProcessorCount} cores, {times.Samples.Count} kills, three nodes side by side."))
            .AppendLine()
            .AppendLine("## By victim")
            .AppendLine()
            .AppendLine("| killed | databases | runs | p50 s | p90 s | max s |")
            .AppendLine("|---|---|---|---|---|---|");
        foreach (var rows in times.Samples.GroupBy(s => (s.Kill.Victim, s.Parties))
            .OrderBy(g => g.Key.Victim).ThenBy(g => g.Key.Parties, StringComparer.Ordinal))
        {
            page.AppendLine($"| {rows.Key.Victim} | {rows.Key.Parties} | {Cells(rows.Select(s => s.Seconds))} |");
        }

        page.AppendLine().AppendLine("## By step").AppendLine()
            .AppendLine("| killed | at | runs | p50 s | p90 s | max s |")
            .AppendLine("|---|---|---|---|---|---|");
        string[] order = [.. Kill.Steps, .. Kill.Points.Keys, Kill.AnyTime];
        foreach (var rows in times.Samples.GroupBy(s => (s.Kill.Victim, s.Kill.Step))
            .OrderBy(g => g.Key.Victim).ThenBy(g => Array.IndexOf(order, g.Key.Step)))
        {
            page.AppendLine($"| {rows.Key.Victim} | {rows.Key.Step} | {Cells(rows.Select(s => s.Seconds))} |");
        }

        return page.ToString();
    }

    private static string Numbers(int count, double p50, double p90, double max) =>
        Number($"{count} runs, p50 {p50:0.000} s, p90 {p90:0.000} s, max {max:0.000} s");

    private static string Cells(IEnumerable<double> seconds)
    {
        (int count, double p50, double p90, double max) = LockTimes.Of(seconds);
        return Number($"{count} | {p50:0.000} | {p90:0.000} | {max:0.000}");
    }

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
