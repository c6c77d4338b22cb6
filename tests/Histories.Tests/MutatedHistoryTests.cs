using Ccr.Histories.Bank;
using Ccr.Histories.Generation;
using Ccr.Histories.ListAppend;

namespace Ccr.Histories.Tests;

/// <summary>Histories of a serial store are accepted; with one change that breaks them, all are rejected.</summary>
public sealed class MutatedHistoryTests
{
    private const int MutantsMin = 1_000;
    private const int BankMutants = 200;

    private static readonly SerialStoreOptions OfLists = new() { Transactions = 120, Processes = 6 };
    private static readonly SerialStoreOptions OfBanks = new() { Transactions = 120, Processes = 6, Accounts = 5 };

    [Fact]
    [Trait("Category", "Slow")]
    public void Every_mutant_of_a_history_of_lists_is_rejected()
    {
        SortedDictionary<string, int> rejected = [];
        List<string> accepted = [];
        for (int seed = 0; rejected.Values.Sum() < MutantsMin; seed++)
        {
            foreach ((string name, Func<Mutations.Subject, Random, bool> apply) in Mutations.OfLists)
            {
                Mutations.Subject subject = new(new SerialStore(seed, OfLists).Run());
                if (!apply(subject, new Random(seed)))
                {
                    continue;
                }

                if (ListAppendChecker.Check(subject.Calls).IsGood)
                {
                    accepted.Add($"seed {seed}: {name}");
                }

                rejected[name] = rejected.GetValueOrDefault(name) + 1;
            }
        }

        Assert.Empty(accepted);
        Assert.Equal(Mutations.OfLists.Length, rejected.Count);
        Assert.All(rejected.Values, count => Assert.True(count >= 20));
        int mutants = rejected.Values.Sum();
        new Evidence.Evidence("histories", "checker mutants").Count("mutants made", mutants)
            .Count("mutants rejected", mutants).Count("kinds of mutants", rejected.Count).Write();
    }

    [Fact]
    public void Every_mutant_of_a_history_of_a_bank_is_rejected()
    {
        for (int seed = 0; seed < BankMutants; seed++)
        {
            SerialStore store = new(seed, OfBanks);
            List<Call> calls = Calls.Of(store.Run(), []);
            long[] first = [.. Enumerable.Repeat(SerialStore.FirstBalance, OfBanks.Accounts)];
            long[] last = [.. store.Balances];
            Random random = new(seed);
            Assert.True(BankChecker.Check(calls, first, last).IsGood, $"seed {seed}");
            switch (seed % 3)
            {
                case 0:
                    Call read = calls.First(c => c is { Type: EventType.Ok, Operation: ReadBalances });
                    ((ReadBalances)read.Operation).Balances![random.Next(OfBanks.Accounts)]++;
                    break;
                case 1:
                    last[random.Next(OfBanks.Accounts)]--;
                    break;
                default:
                    // More than all doubts together can explain.
                    last[0] -= 1_000;
                    last[1] += 1_000;
                    break;
            }

            Assert.False(BankChecker.Check(calls, first, last).IsGood, $"seed {seed}");
        }
    }

    [Fact]
    public void Histories_of_a_serial_store_are_accepted()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            SerialStore store = new(seed, OfLists with { Processes = 1 + (seed % 20) });
            List<Anomaly> found = [];
            List<Call> calls = Calls.Of(store.Run(), found);
            found.AddRange(ListAppendChecker.Check(calls).Anomalies);
            found.AddRange(DurabilityChecker.Check(calls, store.Lists).Anomalies);
            Assert.True(found.Count == 0, $"seed {seed}: {string.Join('\n', found)}");
        }
    }
}
