using Ccr.Histories.Bank;
using Ccr.Histories.ListAppend;

namespace Ccr.Histories.Tests;

/// <summary>The checkers find every hand-made anomaly, by its name, and nothing in what only looks like one.</summary>
public sealed class CheckerTests
{
    public static TheoryData<string> BadLists => [.. BadHistories.Lists.Select(h => h.Title)];

    public static TheoryData<string> BadBanks => [.. BadHistories.Banks.Select(h => h.Title)];

    public static TheoryData<string> BadEndings => [.. BadHistories.Endings.Select(h => h.Title)];

    public static TheoryData<string> BadOutcomes => [.. BadHistories.Outcomes.Select(h => h.Item1)];

    public static TheoryData<string> GoodLists => [.. GoodHistories.Lists.Select(h => h.Title)];

    public static TheoryData<string> GoodBanks => [.. GoodHistories.Banks.Select(h => h.Title)];

    [Theory]
    [MemberData(nameof(BadLists))]
    public void A_bad_history_of_lists_is_rejected(string title)
    {
        (_, string anomaly, string history) = BadHistories.Lists.Single(h => h.Title == title);
        List<Anomaly> found = [];
        found.AddRange(ListAppendChecker.Check(CallsOf(history, found)).Anomalies);
        Assert.True(found.Any(a => a.Name == anomaly), string.Join('\n', found));
    }

    [Theory]
    [MemberData(nameof(BadBanks))]
    public void A_bad_history_of_a_bank_is_rejected(string title)
    {
        (_, string anomaly, string history, long[] end) = BadHistories.Banks.Single(h => h.Title == title);
        Verdict verdict = BankChecker.Check(CallsOf(history, []), [100, 100], end);
        Assert.True(verdict.Anomalies.Any(a => a.Name == anomaly), verdict.ToString());
    }

    [Theory]
    [MemberData(nameof(BadEndings))]
    public void A_bad_end_is_rejected(string title)
    {
        (_, string anomaly, string history, int[] one, int[] two) =
            BadHistories.Endings.Single(h => h.Title == title);
        Verdict verdict = DurabilityChecker.Check(
            CallsOf(history, []), new Dictionary<int, int[]> { [1] = one, [2] = two });
        Assert.True(verdict.Anomalies.Any(a => a.Name == anomaly), verdict.ToString());
    }

    [Theory]
    [MemberData(nameof(BadOutcomes))]
    public void A_contradicted_outcome_is_rejected(string title)
    {
        (_, string anomaly, string history, SettledOutcome outcome, int[] one) =
            BadHistories.Outcomes.Single(h => h.Item1 == title);
        Verdict verdict = OutcomeChecker.Check(
            CallsOf(history, []),
            new Dictionary<string, SettledOutcome> { ["a0"] = outcome },
            new Dictionary<int, int[]> { [1] = one });
        Assert.True(verdict.Anomalies.Any(a => a.Name == anomaly), verdict.ToString());
    }

    [Theory]
    [MemberData(nameof(GoodLists))]
    public void A_good_history_of_lists_is_accepted(string title)
    {
        (_, bool strict, string history) = GoodHistories.Lists.Single(h => h.Title == title);
        List<Anomaly> found = [];
        found.AddRange(ListAppendChecker.Check(CallsOf(history, found), strict).Anomalies);
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Theory]
    [MemberData(nameof(GoodBanks))]
    public void A_good_history_of_a_bank_is_accepted(string title)
    {
        (_, string history, long[] end) = GoodHistories.Banks.Single(h => h.Title == title);
        Verdict verdict = BankChecker.Check(CallsOf(history, []), [100, 100], end);
        Assert.True(verdict.IsGood, verdict.ToString());
    }

    [Fact]
    public void Outcomes_and_ends_that_agree_are_accepted()
    {
        List<Call> calls = CallsOf("0 a1=1\n1! a1=2\n2? a1=3 a2=3\n3? a1=4 a2=4", []);
        Dictionary<int, int[]> end = new() { [1] = [1, 3], [2] = [3] };
        Dictionary<string, SettledOutcome> outcomes = new()
        {
            ["a0"] = SettledOutcome.Forgotten,
            ["a1"] = SettledOutcome.RolledBack,
            ["a2"] = SettledOutcome.Committed,
            ["a3"] = SettledOutcome.RolledBack,
        };
        Assert.Empty(DurabilityChecker.Check(calls, end).Anomalies);
        Verdict verdict = OutcomeChecker.Check(calls, outcomes, end);
        Assert.True(verdict.IsGood, verdict.ToString());
        Assert.Equal(3, verdict.Counts["outcomes compared"]);
    }

    [Fact]
    public void A_cycle_is_told_as_a_sentence_and_drawn()
    {
        string history = BadHistories.Lists
            .Single(h => h.Title.StartsWith("lost update", StringComparison.Ordinal)).History;
        Anomaly anomaly = Assert.Single(ListAppendChecker.Check(CallsOf(history, [])).Anomalies);
        Assert.Equal("""
            G-single: each of 2 transactions stands before the next, by one anti-dependency:
              T1 (process 1, ok) [r 1 [], append 1 2]
                | rw: it read list 1 without an append of T0
                v
              T0 (process 0, ok) [r 1 [], append 1 1]
                | ww: its append stands before one of T1 in list 1: [1 2]
                v
              T1 (process 1, ok), where it began
            """.ReplaceLineEndings("\n"), anomaly.ToString());
    }

    private static List<Call> CallsOf(string history, List<Anomaly> malformed) =>
        Calls.Of(Written.Events(history), malformed);
}
