using System.Diagnostics;
using System.Globalization;
using Ccr.Histories.Generation;
using Ccr.Histories.ListAppend;
using Xunit.Abstractions;

namespace Ccr.Histories.Tests;

/// <summary>The checker's time and memory grow with the history, not with its square.</summary>
public sealed class LongHistoryTests(ITestOutputHelper output)
{
    private const int OperationsDefault = 100_000;

    private static readonly SerialStoreOptions Options = new()
    {
        Processes = 32,
        Lists = 64,
        AppendsPerList = 64,
        MicrosMax = 8,
    };

    /// <summary>Appends and reads that are checked; CCR_HISTORY_CHECKED sets another number.</summary>
    private static int Operations =>
        int.TryParse(
            Environment.GetEnvironmentVariable("CCR_HISTORY_CHECKED"), CultureInfo.InvariantCulture, out int set)
            ? set
            : OperationsDefault;

    [Fact]
    public void A_long_history_is_accepted_and_its_one_stale_read_is_found()
    {
        int transactions = (int)(Operations / ((1 + Options.MicrosMax) / 2.0));
        SerialStore store = new(7, Options with { Transactions = transactions });
        List<Anomaly> found = [];
        List<Call> calls = Calls.Of(store.Run(), found);
        long started = Stopwatch.GetTimestamp();
        Verdict verdict = ListAppendChecker.Check(calls);
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        Assert.Empty(found);
        Assert.True(verdict.IsGood, verdict.ToString());
        long operations = verdict.Counts["appends"] + verdict.Counts["reads"];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{operations} operations in {calls.Count} "
            + $"transactions: {took.TotalSeconds:0.00} s, {Environment.WorkingSet >> 20} MiB; ")
            + string.Join(", ", verdict.Counts.Select(c => $"{c.Key} {c.Value}")));

        Call reader = calls.Last(c => c.Type == EventType.Ok && FirstRead(c) >= 0);
        Micro[] micros = ((ListTransaction)reader.Operation).Micros;
        micros[FirstRead(reader)] = Micro.Read(micros[FirstRead(reader)].Key);
        Assert.False(ListAppendChecker.Check(calls).IsGood);
        new Evidence.Evidence("histories", "long generated history").Count("operations checked", operations)
            .Count("seconds of the checker", Math.Round(took.TotalSeconds, 2)).Write();
    }

    /// <summary>A read of ten or more that is its call's only one of that list; -1 where there is none.</summary>
    private static int FirstRead(Call call)
    {
        Micro[] micros = ((ListTransaction)call.Operation).Micros;
        return Array.FindIndex(
            micros, m => !m.IsAppend && m.List!.Length >= 10 && micros.Count(o => o.Key == m.Key) == 1);
    }
}
