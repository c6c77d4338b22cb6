using System.Diagnostics;
using System.Globalization;
using Ccr.Client;
using Ccr.Histories.Bank;
using Ccr.Histories.ListAppend;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files;
using Xunit.Abstractions;

namespace Ccr.Histories.Tests.RealNodes;

/// <summary>
/// Clients of two real nodes, whose managers are killed meanwhile, record what they ask and are told; the history is
/// strictly serializable, money is conserved, and nothing that was acknowledged is lost.
/// </summary>
public sealed class RealNodesTests(ITestOutputHelper output)
{
    private const int OperationsDefault = 100_000;
    private const int OperationsPerKill = 20_000;
    private const int ListsPerRead = 64;

    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, long> _counts = [];

    /// <summary>Reads and changes of files to make; CCR_HISTORY_OPERATIONS sets another number.</summary>
    private static long Operations =>
        long.TryParse(
            Environment.GetEnvironmentVariable("CCR_HISTORY_OPERATIONS"), CultureInfo.InvariantCulture, out long set)
            ? set
            : OperationsDefault;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_history_of_two_nodes_with_kills_is_strictly_serializable()
    {
        DirectoryInfo folder = Processes.TestFolder.Create();
        try
        {
            string history = Path.Combine(folder.FullName, "history.jsonl");
            await using NodeOfTest tokyo = new("tokyo", folder.FullName);
            await using NodeOfTest osaka = new("osaka", folder.FullName);
            tokyo.KnowPeer(osaka);
            osaka.KnowPeer(tokyo);
            Workload workload = new(seed: 3, [tokyo, osaka]);
            workload.Prepare();
            await Task.WhenAll(tokyo.StartAsync(), osaka.StartAsync());
            List<Anomaly> found = await RunAsync(history, [tokyo, osaka], workload);
            Report(found);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<List<Anomaly>> RunAsync(string path, NodeOfTest[] nodes, Workload workload)
    {
        Dictionary<int, int[]> lists;
        long[] balances;
        Dictionary<string, SettledOutcome> outcomes = [];
        long started = Stopwatch.GetTimestamp();
        using (HistoryRecorder recorder = new(path))
        {
            await using Crowd crowd = new(nodes, workload, recorder, Operations);
            await crowd.ConnectAsync();
            using CancellationTokenSource either = new();
            Task<int> killer = KillAsync(crowd, nodes);
            await Task.WhenAll(crowd.RunAsync(either.Token), killer);
            _counts["operations"] = crowd.Operations;
            _counts["kills"] = await killer;
            _counts["actions in doubt"] = crowd.InDoubt.Count;
            foreach ((EventType type, int count) in crowd.Ends)
            {
                _counts[$"actions told {type.ToString().ToLowerInvariant()}"] = count;
            }

            foreach ((string reason, int count) in crowd.Reasons.OrderByDescending(r => r.Value))
            {
                output.WriteLine($"{count} failed: {reason}");
            }

            _counts["milliseconds of load"] = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            using CancellationTokenSource settling = new(SettleLimit);
            foreach ((AtomicActionId action, CcrClient client) in crowd.InDoubt)
            {
                outcomes[action.ToString()] = await OutcomeOfAsync(client, action, settling.Token);
            }

            (CcrClient reader, CcrFiles files) = crowd.Connected[1];
            lists = await FinalListsAsync(reader, files, workload, settling.Token);
            balances = await FinalBalancesAsync(reader, files, workload, settling.Token);
        }

        started = Stopwatch.GetTimestamp();
        List<Anomaly> found = [];
        List<Call> calls = Calls.Of(HistoryReader.Read(path), found);
        Take(found, ListAppendChecker.Check(calls));
        Take(found, BankChecker.Check(
            calls, [.. Enumerable.Repeat(Workload.FirstBalance, Workload.Accounts)], balances));
        Take(found, DurabilityChecker.Check(calls, lists));
        Take(found, OutcomeChecker.Check(calls, outcomes, lists));
        _counts["milliseconds of the checkers"] = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return found;
    }

    private void Take(List<Anomaly> found, Verdict verdict)
    {
        found.AddRange(verdict.Anomalies);
        foreach ((string what, long count) in verdict.Counts)
        {
            _counts[what] = count;
        }
    }

    /// <summary>kill -9 of one manager after the other while the clients go on, at equal parts of the run.</summary>
    private static async Task<int> KillAsync(Crowd crowd, NodeOfTest[] nodes)
    {
        int kills = 0;
        for (long at = OperationsPerKill / 2; at < Operations; at += OperationsPerKill)
        {
            await crowd.ReachedAsync(at);
            crowd.Hold();
            try
            {
                await nodes[kills++ % nodes.Length].RestartManagerAsync();
            }
            finally
            {
                crowd.Resume();
            }
        }

        return kills;
    }

    private static async Task<SettledOutcome> OutcomeOfAsync(
        CcrClient client, AtomicActionId action, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                OutcomeIs told = await client.AskOutcomeAsync(action, cancellation);
                switch (told.Outcome)
                {
                    case Outcome.Committed:
                        return SettledOutcome.Committed;
                    case Outcome.RolledBack:
                        return SettledOutcome.RolledBack;
                    case Outcome.Forgotten:
                        return SettledOutcome.Forgotten;
                    default:
                        break; // not decided yet: ask again
                }
            }
            catch (CcrRefusedException refused) when (refused.Refusal.Code == RefusalCode.UnknownAction)
            {
                return SettledOutcome.RolledBack;
            }
        }
    }

    /// <summary>Every list, read by atomic actions; what is in doubt keeps them locked until it is settled.</summary>
    private static async Task<Dictionary<int, int[]>> FinalListsAsync(
        CcrClient client, CcrFiles files, Workload workload, CancellationToken cancellation)
    {
        Dictionary<int, int[]> lists = [];
        foreach (int[] keys in Enumerable.Range(0, workload.Lists).Chunk(ListsPerRead))
        {
            await ReadAsync(client, workload, async action =>
            {
                foreach (int key in keys)
                {
                    string? text = await files.ReadTextAsync(
                        action, workload.NodeOf(key).Files, Workload.PathOfList(key), cancellation: cancellation);
                    lists[key] = ListText.Parse(text!);
                    string onDisk = Path.Combine(
                        workload.NodeOf(key).Layout.FilesDirectory, Workload.PathOfList(key));
                    Assert.Equal(await File.ReadAllTextAsync(onDisk, cancellation), text);
                }
            }, cancellation);
        }

        return lists;
    }

    private static async Task<long[]> FinalBalancesAsync(
        CcrClient client, CcrFiles files, Workload workload, CancellationToken cancellation)
    {
        long[] balances = new long[Workload.Accounts];
        await ReadAsync(client, workload, async action =>
        {
            for (int account = 0; account < balances.Length; account++)
            {
                string? text = await files.ReadTextAsync(
                    action, workload.NodeOf(account).Files, Workload.PathOfAccount(account),
                    cancellation: cancellation);
                balances[account] = long.Parse(text!, ListText.Culture);
            }
        }, cancellation);
        return balances;
    }

    private static async Task ReadAsync(
        CcrClient client, Workload workload, Func<AtomicAction, Task> read, CancellationToken cancellation)
    {
        CcrRetryOptions patient = new() { RetriesMax = 1_000, PauseMax = TimeSpan.FromMilliseconds(100) };
        CcrRetryResult result = await CcrRetry.RunAsync(
            client, [workload.NodeOf(0).Files, workload.NodeOf(1).Files], (action, _) => read(action), patient,
            cancellation);
        Assert.True(result.Outcome.IsCommitted, result.Outcome.ToString());
    }

    private void Report(List<Anomaly> found)
    {
        Evidence.Evidence evidence = new("histories", "two real nodes");
        foreach ((string what, long count) in _counts)
        {
            output.WriteLine($"{what}: {count}");
            evidence.Count(what, count);
        }

        foreach (Anomaly anomaly in found)
        {
            evidence.Found(anomaly.ToString());
        }

        evidence.Write();
        Assert.True(found.Count == 0, string.Join('\n', found));
        Assert.True(_counts["operations"] >= Operations);
        Assert.True(_counts["kills"] >= Operations / OperationsPerKill);
    }
}
