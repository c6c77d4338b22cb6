using System.Collections.Concurrent;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files;

namespace Ccr.Histories.Tests.RealNodes;

/// <summary>
/// Clients at both nodes at a time, until so many operations were done. Most of the Clients ask for lost outcomes only
/// for a moment, so that some operations stay in doubt.
/// </summary>
internal sealed class Crowd(
    IReadOnlyList<NodeOfTest> nodes, Workload workload, HistoryRecorder recorder, long target) : IAsyncDisposable
{
    private const int Clients = 8;

    // With 24 reads and changes each they hold about a quarter of the lists: most actions wait, few too long.
    private const int Workers = 12;

    private const int Decided = 4; // of so many actions one is answered when it is decided

    private readonly List<(CcrClient Client, CcrFiles Files)> _clients = [];
    private readonly SortedList<long, TaskCompletionSource> _stages = [];
    private long _done;
    private volatile TaskCompletionSource _open = Opened();

    /// <summary>Actions in doubt, with the Client that may be asked.</summary>
    public ConcurrentDictionary<AtomicActionId, CcrClient> InDoubt { get; } = new();

    /// <summary>Reads and changes of files in actions that were told ok.</summary>
    public long Operations => Volatile.Read(ref _done);

    /// <summary>How many actions ended so.</summary>
    public ConcurrentDictionary<EventType, int> Ends { get; } = new();

    /// <summary>How many actions failed for a reason, which is cut at the first name or number.</summary>
    public ConcurrentDictionary<string, int> Reasons { get; } = new();

    public IReadOnlyList<(CcrClient Client, CcrFiles Files)> Connected => _clients;

    public async Task ConnectAsync()
    {
        for (int i = 0; i < Clients; i++)
        {
            CcrClientOptions options = new()
            {
                ConnectAttempts = 50,
                OutcomePatience = TimeSpan.FromMilliseconds(i < 6 ? 20 : 30_000),
            };
            CcrClient client = await CcrClient.ConnectAsync(nodes[i / 2 % 2].Layout.ManagerSocket, options);
            _clients.Add((client, new CcrFiles()));
        }
    }

    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, Workers).Select(w => WorkAsync(w, cancellation)));

    /// <summary>Ends when so many operations were done.</summary>
    public Task ReachedAsync(long operations)
    {
        lock (_stages)
        {
            TaskCompletionSource stage = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _stages[operations] = stage;
            return stage.Task;
        }
    }

    /// <summary>
    /// A manager is going down: what runs goes on, and nothing new begins until <see cref="Resume"/>.
    /// </summary>
    public void Hold() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume() => _open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        foreach ((CcrClient client, CcrFiles files) in _clients)
        {
            await files.DisposeAsync();
            await client.DisposeAsync();
        }
    }

    private async Task WorkAsync(int number, CancellationToken cancellation)
    {
        await Task.Yield();
        (CcrClient client, CcrFiles files) = _clients[number % Clients];
        Worker worker = new(client, files, workload);
        int process = number;
        for (int i = 0; Operations < target; i++)
        {
            await _open.Task.WaitAsync(cancellation);
            Operation asked = workload.Next();
            recorder.Invoke(process, asked);
            Told told = await worker.RunAsync(
                asked, i % Decided == 0 ? CloseAnswer.Decided : CloseAnswer.Done, cancellation);
            recorder.Complete(process, told.Type, told.Operation, told.Action?.ToString(), told.Error);
            Ends.AddOrUpdate(told.Type, 1, (_, n) => n + 1);
            if (told.Type == EventType.Fail)
            {
                Reasons.AddOrUpdate(ShortOf(told.Error!), 1, (_, n) => n + 1);
            }

            if (told.Type == EventType.Info)
            {
                InDoubt[told.Action!] = client;
                process += Workers; // as Jepsen does: a process in doubt asks for nothing more
            }

            Count(told.Type == EventType.Ok ? Workload.SizeOf(asked) : 0);
        }
    }

    private void Count(int operations)
    {
        long done = Interlocked.Add(ref _done, operations);
        lock (_stages)
        {
            while (_stages.Count > 0 && _stages.Keys[0] <= done)
            {
                _stages.Values[0].SetResult();
                _stages.RemoveAt(0);
            }
        }
    }

    private static string ShortOf(string reason) => reason[..Math.Max(1, reason.IndexOfAny(['\'', ':', '.', '/']))];

    private static TaskCompletionSource Opened()
    {
        TaskCompletionSource opened = new();
        opened.SetResult();
        return opened;
    }
}
