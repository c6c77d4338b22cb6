using Ccr.Client;
using Ccr.Databases.Testing;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;
using Npgsql;
using BranchEnd = Ccr.Client.BranchEnd;
using BranchVote = Ccr.Client.BranchVote;

namespace Ccr.SystemTransactions.Tests;

/// <summary>
/// The Server of a database, as small as these tests need it: it ends prepared branches by their names.
/// </summary>
internal sealed class EndingServer(PostgreSqlCluster cluster, ManagerIdentity manager) : IBranchResource
{
    private int _orders;

    /// <summary>Orders that it had.</summary>
    public int Orders => Volatile.Read(ref _orders);

    public ValueTask<BranchVote> PrepareAsync(BranchContext branch, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<BranchEnd> CommitOnePhaseAsync(BranchContext branch, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public async ValueTask<BranchEnd> CommitAsync(BranchContext branch, CancellationToken cancellation)
    {
        await EndAsync(branch, "COMMIT PREPARED");
        return BranchEnd.Committed;
    }

    public async ValueTask<BranchEnd> RollbackAsync(BranchContext branch, CancellationToken cancellation)
    {
        await EndAsync(branch, "ROLLBACK PREPARED");
        return BranchEnd.RolledBack;
    }

    public IReadOnlyList<FoundBranch> Found()
    {
        List<FoundBranch> found = [];
        foreach (PreparedBranch branch in Scan())
        {
            if (branch.Managed is { } managed)
            {
                found.Add(new FoundBranch(managed.Action, managed.Branch, managed.Manager, FoundState.Ready));
            }
        }

        return found;
    }

    private List<PreparedBranch> Scan()
    {
        using NpgsqlConnection connection = new(cluster.ConnectionString(more: "Enlist=false"));
        connection.Open();
        using NpgsqlCommand command = new("SELECT gid FROM pg_prepared_xacts", connection);
        using NpgsqlDataReader rows = command.ExecuteReader();
        List<PreparedBranch> all = [];
        while (rows.Read())
        {
            string gid = rows.GetString(0);
            _ = XaName.TryParseGid(gid, out XaName? managed);
            AssistedName? assisted = AssistedName.TryParse(gid, out AssistedName name) ? name : null;
            all.Add(new PreparedBranch(gid, managed, assisted, 0, "", "", true, null));
        }

        return all;
    }

    private async Task EndAsync(BranchContext context, string order)
    {
        Interlocked.Increment(ref _orders);
        foreach (PreparedBranch branch in Scan())
        {
            bool isIt = branch.Managed is { } managed
                ? managed.Action.Equals(context.Action) && managed.Branch.Equals(context.Branch)
                : branch.Assisted is { } assisted && assisted.IsOf(manager)
                    && assisted.ActionAt(manager.Node).Equals(context.Action);
            if (isIt)
            {
                try
                {
                    await cluster.ExecuteAsync($"{order} '{branch.NativeName}'");
                }
                catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedObject)
                {
                    continue; // its owner was first
                }
            }
        }
    }
}
