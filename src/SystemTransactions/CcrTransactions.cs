using System.Collections.Concurrent;
using System.Data.Common;
using System.Transactions;
using Ccr.Client;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;
using DataIsolation = System.Data.IsolationLevel;

namespace Ccr.SystemTransactions;

/// <summary>
/// TransactionScope over several databases, decided by the node's CCR Manager: one atomic action for each
/// System.Transactions transaction. Managed mode: <see cref="OpenAsync"/> gives connections whose branches Ccr names,
/// prepares and ends. Assisted mode: after <see cref="Assist"/> stock drivers enlist by themselves, and the manager
/// recovers what they leave behind.
/// </summary>
public sealed class CcrTransactions : IAsyncDisposable
{
    private readonly Dictionary<string, XaDatabase> _databases = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Transaction, Lazy<Task<ScopeAction>>> _scopes = new();
    private readonly ConcurrentDictionary<string, PreparedWatch> _watches = new(StringComparer.Ordinal);
    private int _warned;

    /// <summary>Takes part in the scopes of a process.</summary>
    /// <param name="client">The session with the node's manager; disposed of after the last scope.</param>
    /// <param name="databases">
    /// The databases, by the names under which the manager knows them. Their sources are Ccr's own: the driver must not
    /// enlist by itself (Npgsql: Enlist=false).
    /// </param>
    /// <param name="options">Log, waits.</param>
    /// <exception cref="ArgumentException">A source enlists by itself, or a name comes twice.</exception>
    public CcrTransactions(
        CcrClient client, IEnumerable<XaDatabase> databases, CcrTransactionsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(databases);
        Client = client;
        Options = options ?? new CcrTransactionsOptions();
        foreach (XaDatabase database in databases)
        {
            SourceCheck.DoesNotEnlist(database);
            if (!_databases.TryAdd(database.Name, database))
            {
                throw new ArgumentException($"The database '{database.Name}' is named twice.", nameof(databases));
            }
        }

        AmbientScopes.Add(this);
    }

    /// <summary>A scope ended with heuristic damage (SEM-4). Called on a thread of the pool.</summary>
    public event EventHandler<CcrDamagedEventArgs>? Damaged;

    internal CcrClient Client { get; }

    internal CcrTransactionsOptions Options { get; }

    /// <summary>
    /// Managed mode: a connection to a database whose work is a branch of <see cref="Transaction.Current"/>; the same
    /// one for every call with the same database in one transaction. Closing it is allowed and does nothing.
    /// </summary>
    /// <param name="database">Its name.</param>
    /// <param name="mode">Read-only branches are never prepared.</param>
    /// <param name="cancellation">Ends the wait for a connection.</param>
    /// <exception cref="InvalidOperationException">There is no transaction, or somebody else decides it.</exception>
    /// <exception cref="TransactionAbortedException">The transaction is over.</exception>
    /// <exception cref="CcrManagerLostException">The manager is out of reach: nothing was enlisted.</exception>
    public ValueTask<XaConnection> OpenAsync(
        string database, BranchMode mode = BranchMode.ReadWrite, CancellationToken cancellation = default)
    {
        XaDatabase known = Of(database);
        Transaction transaction = Transaction.Current ?? throw new InvalidOperationException(Sentences.NoScope);
        return OpenAsync(transaction, known, new XaOpenOptions { Mode = mode, EndBlocks = true }, cancellation);
    }

    /// <summary>The same for synchronous code.</summary>
    /// <exception cref="InvalidOperationException">There is no transaction, or somebody else decides it.</exception>
    /// <exception cref="TransactionAbortedException">The transaction is over.</exception>
    /// <exception cref="CcrManagerLostException">The manager is out of reach: nothing was enlisted.</exception>
    public XaConnection Open(string database, BranchMode mode = BranchMode.ReadWrite) =>
        Blocking.Run(OpenAsync(database, mode));

    /// <summary>
    /// Assisted mode: names the databases that stock drivers may work in within <see cref="Transaction.Current"/>. Call
    /// it directly after the TransactionScope is made, before a connection is opened.
    /// </summary>
    /// <param name="databases">Their names; all, for what is used and not named is refused.</param>
    /// <exception cref="InvalidOperationException">
    /// There is no transaction, somebody durable was enlisted before, or a driver was.
    /// </exception>
    /// <exception cref="CcrManagerLostException">The manager is out of reach: nothing was enlisted.</exception>
    public void Assist(params IReadOnlyList<string> databases) => Blocking.Run(AssistedAsync(databases, default));

    /// <summary>The same, for code that must not wait on a thread when the manager has to be asked.</summary>
    /// <exception cref="InvalidOperationException">
    /// There is no transaction, somebody durable was enlisted before, or a driver was.
    /// </exception>
    /// <exception cref="CcrManagerLostException">The manager is out of reach: nothing was enlisted.</exception>
    public async ValueTask AssistAsync(IReadOnlyList<string> databases, CancellationToken cancellation = default) =>
        await AssistedAsync(databases, cancellation).ConfigureAwait(false);

    /// <summary>Closes the connections of the verification. Scopes have to be over.</summary>
    public async ValueTask DisposeAsync()
    {
        AmbientScopes.Remove(this);
        foreach (PreparedWatch watch in _watches.Values)
        {
            await watch.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>All databases.</summary>
    internal IReadOnlyCollection<XaDatabase> Databases => _databases.Values;

    internal void Log(string line) => Options.Log?.Invoke(line);

    internal PreparedWatch WatchOf(XaDatabase database) =>
        _watches.GetOrAdd(database.Name, static (_, d) => new PreparedWatch(d), database);

    internal void Ended(ScopeAction scope) => _scopes.TryRemove(scope.Transaction, out _);

    /// <summary>The action of a transaction in which something was opened or assisted.</summary>
    internal Task<ScopeAction> FindAsync(Transaction transaction) => _scopes[transaction].Value;

    /// <summary>True when something was opened or assisted in that transaction.</summary>
    internal bool Has(Transaction transaction) => _scopes.ContainsKey(transaction);

    /// <summary>The action of a transaction, opened when it is not yet.</summary>
    internal async ValueTask<AtomicAction> ActionAsync(Transaction transaction) =>
        (await ScopeAsync(transaction, CancellationToken.None).ConfigureAwait(false)).Action;

    internal void Report(AtomicActionId action, CcrOutcome outcome)
    {
        Log(Sentences.Damage(action, outcome));
        try
        {
            Damaged?.Invoke(this, new CcrDamagedEventArgs(action, outcome.IsCommitted, outcome.Damages));
        }
        catch (Exception e)
        {
            Log($"A handler of {nameof(Damaged)} failed. {e.Message}");
        }
    }

    internal void WarnOfSingle(string database)
    {
        if (Interlocked.Exchange(ref _warned, 1) == 0)
        {
            Log(Sentences.Single(database));
        }
    }

    private async ValueTask<XaConnection> OpenAsync(
        Transaction transaction, XaDatabase database, XaOpenOptions options, CancellationToken cancellation)
    {
        ScopeAction scope = await ScopeAsync(transaction, cancellation).ConfigureAwait(false);
        return await scope.OpenAsync(database, options, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<ScopeAction> AssistedAsync(IReadOnlyList<string> databases, CancellationToken cancellation)
    {
        if (databases.Count == 0)
        {
            throw new ArgumentException("Name the databases that the scope may work in.", nameof(databases));
        }

        Transaction transaction = Transaction.Current ?? throw new InvalidOperationException(Sentences.NoScope);
        XaDatabase[] known = [.. databases.Select(Of)];
        Array.ForEach(known, SourceCheck.IsAssistable);
        ScopeAction scope = await ScopeAsync(transaction, cancellation).ConfigureAwait(false);
        lock (scope)
        {
            scope.Assist(known);
        }

        return scope;
    }

    /// <summary>The action of a transaction; whoever comes first opens it and enlists.</summary>
    private async ValueTask<ScopeAction> ScopeAsync(Transaction transaction, CancellationToken cancellation)
    {
        if (transaction is SubordinateTransaction)
        {
            throw new InvalidOperationException(Sentences.Subordinate);
        }

        if (transaction.TransactionInformation.Status != TransactionStatus.Active)
        {
            throw new TransactionAbortedException(Sentences.Over);
        }

        if (!_scopes.TryGetValue(transaction, out Lazy<Task<ScopeAction>>? scope))
        {
            if (CcrAmbient.Branch is not null)
            {
                throw new InvalidOperationException(Sentences.InBranch);
            }

            Transaction own = transaction.Clone();
            scope = _scopes.GetOrAdd(own, new Lazy<Task<ScopeAction>>(() => BeginAsync(own)));
        }

        return await scope.Value.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<ScopeAction> BeginAsync(Transaction transaction)
    {
        AtomicAction? action = null;
        try
        {
            action = await Client.OpenAsync().ConfigureAwait(false);
            action.Isolation = LevelOf(transaction.IsolationLevel);
            ScopeAction scope = new(this, transaction, action);
            scope.Enlist();
            return scope;
        }
        catch
        {
            _scopes.TryRemove(transaction, out _);
            transaction.Dispose();
            if (action is not null)
            {
                await action.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    private XaDatabase Of(string name) => _databases.TryGetValue(name, out XaDatabase? known)
        ? known
        : throw new ArgumentException(
            $"There is no database '{name}': give it to the constructor of {nameof(CcrTransactions)}.", nameof(name));

    private static DataIsolation LevelOf(IsolationLevel level) => level switch
    {
        IsolationLevel.Serializable => DataIsolation.Serializable,
        IsolationLevel.RepeatableRead => DataIsolation.RepeatableRead,
        IsolationLevel.ReadCommitted => DataIsolation.ReadCommitted,
        IsolationLevel.ReadUncommitted => DataIsolation.ReadUncommitted,
        IsolationLevel.Snapshot => DataIsolation.Snapshot,
        _ => DataIsolation.Unspecified,
    };
}
