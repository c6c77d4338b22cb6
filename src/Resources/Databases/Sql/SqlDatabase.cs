using System.Data.Common;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases;

/// <summary>A database behind an ADO.NET driver.</summary>
internal sealed class SqlDatabase(XaDialect dialect, Func<DbConnection> make, TimeProvider time) : IDatabase
{
    // The cluster's identifier is made when the cluster is; a database's number is never used again in it. A cluster
    // that is a copy of another one's files has the same identifier and numbers: beside it, it has another port.
    private const string PostgreSqlIdentity = """
        SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid::text
            || '/' || current_setting('port')
        FROM pg_database WHERE datname = current_database()
        """;

    private readonly ConnectionPool _pool = new(make, time);

    /// <inheritdoc/>
    public string Product => dialect.Product;

    /// <inheritdoc/>
    public bool EndsOwnersFirst => dialect is MySqlDialect;

    /// <inheritdoc/>
    public Task<IReadOnlyList<PreparedBranch>> ScanAsync(CancellationToken cancel) =>
        _pool.UseAsync(c => dialect.ScanAsync(c, cancel), null, cancel);

    /// <inheritdoc/>
    public async Task<EndResult> EndAsync(string name, bool commit, CancellationToken cancel)
    {
        try
        {
            return await _pool.UseAsync(
                c => commit
                    ? dialect.CommitPreparedAsync(c, name, cancel)
                    : dialect.RollbackPreparedAsync(c, name, cancel),
                static end => end.End == BranchEnd.Unknown && end.Exception is not DbException { SqlState.Length: 5 },
                cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            return new EndResult(BranchEnd.Unknown, dialect.Translate(e), e); // there was no connection to be had
        }
    }

    /// <inheritdoc/>
    public Task<BackendState> StateOfBackendAsync(int backend, CancellationToken cancel) =>
        _pool.UseAsync(c => dialect.StateOfBackendAsync(c, backend, cancel), null, cancel);

    /// <inheritdoc/>
    public Task<bool> EndBackendAsync(int backend, CancellationToken cancel) =>
        _pool.UseAsync(c => dialect.EndBackendAsync(c, backend, cancel), null, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TransactionFate>> SettleAsync(IReadOnlyList<ulong> xids, CancellationToken cancel) =>
        _pool.UseAsync(c => dialect.SettleAllAsync(c, xids, cancel), null, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<OrphanDetails>> OrphansAsync(CancellationToken cancel) =>
        _pool.UseAsync(c => dialect.OrphansAsync(c, cancel), null, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RegistrationFinding>> CheckAsync(int branches, CancellationToken cancel) =>
        _pool.UseAsync(c => dialect.CheckAtRegistrationAsync(c, branches, cancel), null, cancel);

    /// <inheritdoc/>
    public async Task<string?> IdentityAsync(CancellationToken cancel) => dialect is PostgreSqlDialect
        ? await _pool.UseAsync(c => AskIdentityAsync(c, cancel), null, cancel).ConfigureAwait(false)
        : null;

    /// <inheritdoc/>
    public string Explain(Exception failure) => failure is TimeoutException
        ? $"{dialect.Product} does not answer: {failure.Message}"
        : dialect.Translate(failure).Text;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private static async Task<string?> AskIdentityAsync(DbConnection connection, CancellationToken cancel)
    {
        DbCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = PostgreSqlIdentity;
            return await command.ExecuteScalarAsync(cancel).ConfigureAwait(false) as string;
        }
    }
}
