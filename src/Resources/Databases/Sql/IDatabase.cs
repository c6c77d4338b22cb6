using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases;

/// <summary>One database, as recovery sees it: branches by name, and those who work for them.</summary>
internal interface IDatabase : IAsyncDisposable
{
    /// <summary>"PostgreSQL", for sentences.</summary>
    string Product { get; }

    /// <summary>True where nobody can end a branch while its owner is connected (MariaDB: XAER_NOTA).</summary>
    bool EndsOwnersFirst { get; }

    /// <summary>Every prepared branch that it shows.</summary>
    Task<IReadOnlyList<PreparedBranch>> ScanAsync(CancellationToken cancel);

    /// <summary>Commits or rolls back a prepared branch.</summary>
    Task<EndResult> EndAsync(string name, bool commit, CancellationToken cancel);

    /// <summary>What an owner's backend is doing.</summary>
    Task<BackendState> StateOfBackendAsync(int backend, CancellationToken cancel);

    /// <summary>Ends an owner's backend.</summary>
    Task<bool> EndBackendAsync(int backend, CancellationToken cancel);

    /// <summary>What became of some transactions, in their order.</summary>
    Task<IReadOnlyList<TransactionFate>> SettleAsync(IReadOnlyList<ulong> xids, CancellationToken cancel);

    /// <summary>What each prepared branch costs.</summary>
    Task<IReadOnlyList<OrphanDetails>> OrphansAsync(CancellationToken cancel);

    /// <summary>What its settings and rights say against distributed work.</summary>
    Task<IReadOnlyList<RegistrationFinding>> CheckAsync(int branches, CancellationToken cancel);

    /// <summary>What tells it from every other database, however it is reached; null when it does not say.</summary>
    Task<string?> IdentityAsync(CancellationToken cancel);

    /// <summary>A failure in a sentence.</summary>
    string Explain(Exception failure);
}
