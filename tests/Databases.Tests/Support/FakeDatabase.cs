using Ccr.Protocol.Messages;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases.Tests;

/// <summary>A database of which every answer is the test's.</summary>
internal sealed class FakeDatabase : IDatabase
{
    private readonly Lock _lock = new();
    private readonly List<PreparedBranch> _prepared = [];
    private int _scans;

    public string Product => "Fake";

    public bool EndsOwnersFirst { get; set; }

    public bool IsDown { get; set; }

    public bool IsOwnerConnected { get; set; }

    public int Scans => Volatile.Read(ref _scans);

    public List<string> Ended { get; } = [];

    public Func<int, BackendState> Backend { get; set; } = _ => BackendState.Gone;

    public TransactionFate FateOfAll { get; set; }

    public List<ulong[]> Settled { get; } = [];

    /// <summary>Called in the middle of a scan, before it looks.</summary>
    public Action? BeforeScan { get; set; }

    /// <summary>Called before a branch is ended.</summary>
    public Action? BeforeEnd { get; set; }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _prepared.Count;
            }
        }
    }

    public void Prepare(params string[] gids)
    {
        lock (_lock)
        {
            foreach (string gid in gids)
            {
                _prepared.Add(new PreparedBranch(
                    gid, XaName.TryParseGid(gid, out XaName? name) ? name : null,
                    AssistedName.TryParse(gid, out AssistedName assisted) ? assisted : null, 0, "owner", "fake", true,
                    TimeSpan.FromSeconds(1)));
            }
        }
    }

    public Task<IReadOnlyList<PreparedBranch>> ScanAsync(CancellationToken cancel)
    {
        ThrowIfDown();
        Interlocked.Increment(ref _scans);
        BeforeScan?.Invoke();
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<PreparedBranch>>([.. _prepared]);
        }
    }

    public Task<EndResult> EndAsync(string name, bool commit, CancellationToken cancel)
    {
        BeforeEnd?.Invoke();
        lock (_lock)
        {
            if (IsDown)
            {
                return Task.FromResult(new EndResult(BranchEnd.Unknown, Refusal.None, null));
            }

            if (IsOwnerConnected || _prepared.RemoveAll(one => one.NativeName == name) == 0)
            {
                return Task.FromResult(new EndResult(BranchEnd.Absent, Refusal.None, null));
            }

            Ended.Add($"{(commit ? "commit" : "rollback")} {name}");
            return Task.FromResult(new EndResult(BranchEnd.Done, Refusal.None, null));
        }
    }

    public Task<BackendState> StateOfBackendAsync(int backend, CancellationToken cancel)
    {
        ThrowIfDown();
        return Task.FromResult(Backend(backend));
    }

    public Task<bool> EndBackendAsync(int backend, CancellationToken cancel)
    {
        IsOwnerConnected = false;
        lock (_lock)
        {
            Ended.Add($"kill {backend}");
        }

        return Task.FromResult(true);
    }

    public Task<IReadOnlyList<TransactionFate>> SettleAsync(IReadOnlyList<ulong> xids, CancellationToken cancel)
    {
        Settled.Add([.. xids]);
        return Task.FromResult<IReadOnlyList<TransactionFate>>([.. xids.Select(_ => FateOfAll)]);
    }

    public Task<IReadOnlyList<OrphanDetails>> OrphansAsync(CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<OrphanDetails>>([]);

    public Task<IReadOnlyList<RegistrationFinding>> CheckAsync(int branches, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<RegistrationFinding>>([]);

    public Task<string?> IdentityAsync(CancellationToken cancel) => Task.FromResult<string?>("fake/1");

    public string Explain(Exception failure) => failure.Message;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void ThrowIfDown()
    {
        if (IsDown)
        {
            throw new IOException("The fake is down.");
        }
    }
}

/// <summary>The manager's end, as the worker sees it.</summary>
internal sealed class FakeLink : IManagerLink
{
    private readonly Lock _lock = new();
    private readonly List<SessionMessage> _sent = [];

    public bool IsLost { get; set; }

    public IReadOnlyList<SessionMessage> Sent
    {
        get
        {
            lock (_lock)
            {
                return [.. _sent];
            }
        }
    }

    public IReadOnlyList<Done> Answers => [.. Sent.OfType<Done>()];

    public IReadOnlyList<Found> Reports => [.. Sent.OfType<Found>()];

    public void Send(SessionMessage message)
    {
        lock (_lock)
        {
            _sent.Add(message);
        }
    }

    public void Flush()
    {
    }
}
