using System.Globalization;
using System.Text;

namespace Ccr.DatabaseAttack;

/// <summary>How long locks stayed held after kills, for people: docs/LOCKS-HELD.md.</summary>
internal static class LocksHeld
{
    private const string Introduction = """
        # How long locks stay held after a kill

        Written by `tests/DatabaseAttack`, from a run that it made:

        ```
        PUBLISHexport CCR_DB_KILLS=COUNT CCR_DB_SEED=DRAWN CCR_LOCKS_HELD=$PWD/docs/LOCKS-HELD.md
        ./ccr test --group DatabaseAttack
        ```

        Each run is one atomic action of one node over two databases, or over two databases and a file. One process is
        ended by kill -9 at the step named. Manager and database server are started again at once; the application is
        not, for recovery is nobody's job. From the kill on, somebody else's session tries to change the rows that the
        action had changed, and to lock the file. The time is that of the last one to succeed, so it holds the time that
        the killed program takes to start. Settings are those that are delivered.

        The services are SERVICES. COUNT kills on CORES cores, three nodes side by side, at a load
        average of LOAD: 0 mixed outcomes, 0 orphans.

        ## By victim

        | killed | databases | runs | p50 s | p90 s | max s |
        |---|---|---|---|---|---|

        """;

    private const string Publish = "./ccr native /tmp/ccr && export CCR_NATIVE=/tmp/ccr\n";

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
        bool native = Environment.GetEnvironmentVariable("CCR_NATIVE") is { Length: > 0 };
        StringBuilder page = new(Introduction
            .Replace("PUBLISH", native ? Publish : "", StringComparison.Ordinal)
            .Replace("SERVICES", native ? "in native code, as deploy/README.md has them" : "those that .NET runs",
                StringComparison.Ordinal)
            .Replace("COUNT", Number($"{times.Samples.Count}"), StringComparison.Ordinal)
            .Replace("DRAWN", Number($"{seed}"), StringComparison.Ordinal)
            .Replace("CORES", Number($"{Environment.ProcessorCount}"), StringComparison.Ordinal)
            .Replace("LOAD", File.ReadAllText("/proc/loadavg").Split(' ')[0], StringComparison.Ordinal));
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
