using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Protocol.Names;
using BranchEnd = Ccr.Client.BranchEnd;

namespace Ccr.SystemTransactions.Tests;

/// <summary>A branch that takes the time in which somebody undoes another one's prepared work by hand.</summary>
internal sealed class Administrator(PostgreSqlCluster at, BranchId branch) : IApplicationBranch
{
    public string Database => "orders";

    public BranchId Branch { get; } = branch;

    public string Note => "pid=0;xid=0";

    public bool IsReadOnly => false;

    /// <summary>Undoes the one branch that is prepared there, as soon as it is.</summary>
    public static async Task<int> UndoAsync(PostgreSqlCluster cluster, string database = "postgres")
    {
        string gid = "";
        await Until.TrueAsync(
            async () => (gid = await cluster.ScalarAsync("SELECT gid FROM pg_prepared_xacts")) != "", "it is prepared");
        await cluster.ExecuteAsync($"ROLLBACK PREPARED '{gid}'", database);
        return 0;
    }

    public ValueTask<bool> HasChangedAsync(CancellationToken cancellation) => new(true);

    public async ValueTask<ApplicationVote> PrepareAsync(CancellationToken cancellation)
    {
        await UndoAsync(at);
        return ApplicationVote.Ready(Note);
    }

    public ValueTask<BranchEnd> CommitAsync(CancellationToken cancellation) => new(BranchEnd.Committed);

    public ValueTask<BranchEnd> RollbackAsync(CancellationToken cancellation) => new(BranchEnd.RolledBack);

    public ValueTask<AloneEnd> CommitAloneAsync(CancellationToken cancellation) => new(AloneEnd.Done);

    public ValueTask AbandonAsync() => ValueTask.CompletedTask;
}
