using Ccr.Client;
using Ccr.Histories;
using Ccr.Histories.Bank;
using Ccr.Histories.ListAppend;
using Ccr.Resources.Files;

namespace Ccr.Attack;

/// <summary>Clients at all nodes, their history, and what has to hold of it at the end.</summary>
internal sealed class Load : IAsyncDisposable
{
    private const int ClientsPerNode = 4;
    private const int AccountsPerNode = 4;
    private const int ListsPerNode = 6;

    private readonly Ledgers _ledgers;
    private readonly string _path;
    private readonly HistoryRecorder _history;
    private readonly List<LoadClient> _clients = [];
    private readonly List<CcrClient> _sessions = [];
    private readonly List<CcrFiles> _files = [];
    private readonly List<Task> _running = [];
    private bool _stop;

    private Load(AttackCluster cluster)
    {
        _ledgers = new Ledgers(
            cluster.Nodes, AccountsPerNode * cluster.Nodes.Count, ListsPerNode * cluster.Nodes.Count);
        _path = Path.Combine(cluster.Folder, "history.jsonl");
        _history = new HistoryRecorder(_path);
    }

    public int Committed => _clients.Sum(c => c.Committed);

    public int RolledBack => _clients.Sum(c => c.RolledBack);

    /// <summary>Why actions were rolled back, without their names and numbers, the commonest first.</summary>
    public IEnumerable<(string Reason, int Count)> Reasons => _clients.SelectMany(c => c.Refusals)
        .GroupBy(Short).Select(g => (g.Key, g.Count())).OrderByDescending(r => r.Item2);

    public int Unknown => _clients.Sum(c => c.Unknown);

    /// <summary>True once a client failed: nothing more need be done to the nodes.</summary>
    public bool HasFailed => _running.Exists(r => r.IsFaulted);

    /// <summary>Lays down the files, connects the clients; they do not work yet.</summary>
    public static async Task<Load> OpenAsync(AttackCluster cluster, int seed)
    {
        Load load = new(cluster);
        load._ledgers.Open();
        foreach (AttackNode node in cluster.Nodes)
        {
            CcrFiles files = new();
            load._files.Add(files);
            for (int i = 0; i < ClientsPerNode; i++)
            {
                load._sessions.Add(await CcrClient.ConnectAsync(
                    node.Layout.ManagerSocket, new CcrClientOptions { Program = "attack", ConnectAttempts = 100 }));
                int number = load._clients.Count;
                load._clients.Add(new LoadClient(
                    number, node, load._ledgers, files, load._history, seed + (1000 * (number + 1))));
            }
        }

        return load;
    }

    /// <summary>The clients begin, or go on.</summary>
    public void Start()
    {
        Volatile.Write(ref _stop, false);
        for (int i = 0; i < _clients.Count; i++)
        {
            LoadClient client = _clients[i];
            CcrClient session = _sessions[i];
            _running.Add(Task.Run(() => client.RunAsync(session, () => Volatile.Read(ref _stop))));
        }
    }

    /// <summary>The clients end what they are at, and rest.</summary>
    public async Task StopAsync()
    {
        Volatile.Write(ref _stop, true);
        await Task.WhenAll(_running);
        _running.Clear();
    }

    /// <summary>Checks the whole history against itself and the files at the end; returns the counts.</summary>
    public async Task<IReadOnlyDictionary<string, long>> CheckAsync()
    {
        List<Anomaly> anomalies = [];
        List<Call> calls = Calls.Of(HistoryReader.Read(_path), anomalies);
        long[] first = [.. Enumerable.Repeat(Ledgers.First, _ledgers.Accounts)];
        Verdict[] verdicts =
        [
            BankChecker.Check(calls, first, await _ledgers.BalancesAsync()),
            ListAppendChecker.Check(calls),
            DurabilityChecker.Check(calls, await _ledgers.ListsAsync()),
        ];
        anomalies.AddRange(verdicts.SelectMany(v => v.Anomalies));
        if (anomalies.Count > 0)
        {
            string kept = Path.Combine("/var/tmp", $"ccr-attack-history-{Environment.ProcessId}.jsonl");
            File.Copy(_path, kept, overwrite: true);
            Assert.Fail($"{string.Join('\n', anomalies)}\nThe history is kept in {kept}.");
        }

        return verdicts.SelectMany(v => v.Counts).GroupBy(c => c.Key)
            .ToDictionary(g => g.Key, g => g.First().Value);
    }

    private static string Short(string reason) => string.Join(' ', reason.Split(' ')
        .Where(word => !word.Any(c => char.IsAsciiDigit(c) || c is '\'' or '.' or '/')).Take(14));

    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _stop, true);
        foreach (CcrClient session in _sessions)
        {
            await session.DisposeAsync();
        }

        foreach (CcrFiles files in _files)
        {
            await files.DisposeAsync();
        }

        _history.Dispose();
    }
}
