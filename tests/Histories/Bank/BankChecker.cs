namespace Ccr.Histories.Bank;

/// <summary>
/// Money is moved and never made: every read of all accounts has the first total, and at the end each account holds
/// what the acknowledged transfers left there, with some of those in doubt.
/// </summary>
public static class BankChecker
{
    private const int AnomaliesMax = 50;

    /// <summary>Checks the transfers and reads among the calls.</summary>
    /// <param name="calls">Operations of other kinds are left out.</param>
    /// <param name="first">What each account had before the first call.</param>
    /// <param name="last">What each had when every call was settled; null where nobody looked.</param>
    public static Verdict Check(IEnumerable<Call> calls, IReadOnlyList<long> first, IReadOnlyList<long>? last)
    {
        ArgumentNullException.ThrowIfNull(calls);
        ArgumentNullException.ThrowIfNull(first);
        List<Anomaly> anomalies = [];
        List<Transfer> inDoubt = [];
        long[] expected = [.. first];
        long total = first.Sum();
        long transfers = 0;
        long reads = 0;
        foreach (Call call in calls)
        {
            switch (call.Operation)
            {
                case Transfer transfer when call.Type == EventType.Ok:
                    transfers++;
                    expected[transfer.From] -= transfer.Amount;
                    expected[transfer.To] += transfer.Amount;
                    break;
                case Transfer transfer when call.Type == EventType.Info:
                    inDoubt.Add(transfer);
                    break;
                case ReadBalances { Balances: { } balances } when call.Type == EventType.Ok:
                    reads++;
                    CheckRead(call, balances, first.Count, total, anomalies);
                    break;
                default:
                    break; // a transfer that failed moves nothing, and is seen at the end where it did
            }
        }

        if (last is not null)
        {
            CheckEnd(expected, last, total, inDoubt, anomalies);
        }

        return new Verdict(anomalies, new Dictionary<string, long>
        {
            ["transfers"] = transfers,
            ["transfers in doubt"] = inDoubt.Count,
            ["reads of all accounts"] = reads,
        });
    }

    private static void CheckRead(Call call, long[] balances, int accounts, long total, List<Anomaly> anomalies)
    {
        if (anomalies.Count >= AnomaliesMax)
        {
            return;
        }

        if (balances.Length != accounts)
        {
            anomalies.Add(new Anomaly(
                "missing account", $"{call.Name} reads {balances.Length} accounts, and there are {accounts}."));
        }
        else if (balances.Sum() != total)
        {
            anomalies.Add(new Anomaly("wrong total", $"{call.Name} reads {balances.Sum()} in all accounts together, "
                + $"and there is {total}: [{string.Join(' ', balances)}]."));
        }
        else if (Array.FindIndex(balances, b => b < 0) is >= 0 and int account)
        {
            anomalies.Add(new Anomaly("negative balance", $"{call.Name} reads {balances[account]} in account "
                + $"{account}, and no transfer takes what is not there."));
        }
    }

    private static void CheckEnd(
        long[] expected, IReadOnlyList<long> last, long total, List<Transfer> inDoubt, List<Anomaly> anomalies)
    {
        if (last.Sum() != total)
        {
            anomalies.Add(new Anomaly("wrong total", $"At the end there is {last.Sum()}, and there was {total}."));
            return;
        }

        long[] missing = [.. expected.Select((e, i) => last[i] - e)];
        if (!Doubts.Explain(missing, inDoubt))
        {
            string wrong = string.Join(", ", missing.Select((m, i) => (m, i)).Where(d => d.m != 0)
                .Select(d => $"account {d.i} by {d.m}"));
            anomalies.Add(new Anomaly("wrong balances", "At the end accounts differ from what the acknowledged "
                + $"transfers left there ({wrong}), and no choice among {inDoubt.Count} in doubt explains it."));
        }
    }
}
