using System.Data;
using System.Data.Common;
using System.Net.Sockets;
using Ccr.Protocol.Messages;

namespace Ccr.Resources.Xa;

/// <summary>
/// The words in which one kind of database begins, prepares, ends and lists branches, over any ADO.NET driver of it.
/// Stateless: what a branch is called is a text, <see cref="NativeName"/>'s or a scan's. A connection is used by one
/// caller at a time. What a database or driver says is returned as a value; only a misuse is thrown.
/// </summary>
public abstract class XaDialect
{
    /// <summary>"PostgreSQL", for sentences.</summary>
    public abstract string Product { get; }

    /// <summary>The name of a branch in this kind of database.</summary>
    /// <exception cref="XaNameException">The identifiers do not fit.</exception>
    public abstract string NativeName(XaName name);

    /// <summary>
    /// Begins the branch on a connection that has no transaction. Throws what the driver throws: nothing has begun
    /// then.
    /// </summary>
    public abstract Task BeginAsync(
        DbConnection connection, string branch, IsolationLevel isolation = IsolationLevel.Unspecified,
        BranchMode mode = BranchMode.ReadWrite, CancellationToken cancel = default);

    /// <summary>
    /// Prepares the branch that was begun on the connection. Ready only by the database's word; after Refused and
    /// NoChange the connection has no transaction.
    /// </summary>
    public abstract Task<PrepareResult> PrepareAsync(
        DbConnection connection, string branch, BranchMode mode = BranchMode.ReadWrite,
        CancellationToken cancel = default);

    /// <summary>
    /// Has the transaction of this connection written anything so far? True where the database does not say. Throws
    /// what the driver throws.
    /// </summary>
    public virtual ValueTask<bool> HasChangedAsync(DbConnection connection, CancellationToken cancel = default) =>
        new(true);

    /// <summary>Commits a prepared branch, on any connection to its database that has no transaction.</summary>
    public abstract Task<EndResult> CommitPreparedAsync(
        DbConnection connection, string branch, CancellationToken cancel = default);

    /// <summary>Rolls a prepared branch back, on any connection to its database that has no transaction.</summary>
    public abstract Task<EndResult> RollbackPreparedAsync(
        DbConnection connection, string branch, CancellationToken cancel = default);

    /// <summary>
    /// Commits the branch that was begun on the connection and not prepared: it is the only one, or it only read.
    /// </summary>
    /// <param name="connection">Where it was worked in.</param>
    /// <param name="branch">Its name.</param>
    /// <param name="mode">How it was begun.</param>
    /// <param name="blocks">
    /// The calling thread waits for the end anyway: the driver's synchronous calls are used, so that no other thread
    /// has to be woken for it. Where nothing goes wrong it is over when the call returns.
    /// </param>
    /// <param name="cancel">Ends the wait for an answer.</param>
    public abstract Task<OnePhaseResult> CommitOnePhaseAsync(
        DbConnection connection, string branch, BranchMode mode = BranchMode.ReadWrite, bool blocks = false,
        CancellationToken cancel = default);

    /// <summary>Rolls back the branch that was begun on the connection and not prepared.</summary>
    public abstract Task<EndResult> RollbackAsync(
        DbConnection connection, string branch, CancellationToken cancel = default);

    /// <summary>Every prepared branch that the database shows, ours or not.</summary>
    public abstract Task<IReadOnlyList<PreparedBranch>> ScanAsync(
        DbConnection connection, CancellationToken cancel = default);

    /// <summary>What each prepared branch costs; for people, not for every scan.</summary>
    public abstract Task<IReadOnlyList<OrphanDetails>> OrphansAsync(
        DbConnection connection, CancellationToken cancel = default);

    /// <summary>The number of the connection's backend; asks the database only if the driver does not know.</summary>
    public abstract ValueTask<int> BackendOfAsync(DbConnection connection, CancellationToken cancel = default);

    /// <summary>What another connection's backend is doing.</summary>
    public abstract Task<BackendState> StateOfBackendAsync(
        DbConnection connection, int backend, CancellationToken cancel = default);

    /// <summary>
    /// Ends another connection's backend; false when there was none. It may take a moment to be gone.
    /// </summary>
    public abstract Task<bool> EndBackendAsync(
        DbConnection connection, int backend, CancellationToken cancel = default);

    /// <summary>What became of a transaction (<see cref="BranchNote.Xid"/>).</summary>
    public abstract Task<TransactionFate> SettleAsync(
        DbConnection connection, ulong xid, CancellationToken cancel = default);

    /// <summary>What became of several transactions, in their order; where it can be, in one round trip.</summary>
    public virtual async Task<IReadOnlyList<TransactionFate>> SettleAllAsync(
        DbConnection connection, IReadOnlyList<ulong> xids, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(xids);
        TransactionFate[] fates = new TransactionFate[xids.Count];
        for (int i = 0; i < fates.Length; i++)
        {
            fates[i] = await SettleAsync(connection, xids[i], cancel).ConfigureAwait(false);
        }

        return fates;
    }

    /// <summary>
    /// Reads settings and rights, for a database that shall have up to <paramref name="branches"/> prepared branches
    /// at a time. Empty when all is well.
    /// </summary>
    public abstract Task<IReadOnlyList<RegistrationFinding>> CheckAtRegistrationAsync(
        DbConnection connection, int branches, CancellationToken cancel = default);

    /// <summary>A driver's exception as a refusal: what is wrong and what to do.</summary>
    public abstract Refusal Translate(Exception exception);

    /// <summary>
    /// True for what drivers throw when a statement fails or a connection is lost. Not all of it is a
    /// <see cref="DbException"/>: MySqlConnector lets the error of a broken socket through.
    /// </summary>
    public static bool IsOfDriver(Exception exception) => exception
        is DbException or SocketException or IOException or InvalidOperationException or TimeoutException;

    // PostgreSQL's answer when it has no room for a prepared transaction; Npgsql gives the connection up all the same.
    private const string OutOfMemory = "53200";

    /// <summary>
    /// True when the exception is the database's own answer to a statement, so that the statement surely failed. A
    /// lost connection, a cancelled wait and a database that is going down are no answers.
    /// </summary>
    protected static bool IsAnswer(Exception exception, DbConnection connection) =>
        exception is DbException { SqlState: { Length: 5 } state }
        && (connection.State == ConnectionState.Open || state == OutOfMemory)
        && !state.StartsWith("57P", StringComparison.Ordinal) && !state.StartsWith("08", StringComparison.Ordinal);
}
