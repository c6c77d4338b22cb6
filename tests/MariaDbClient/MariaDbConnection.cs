using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Ccr.MariaDbClient;

/// <summary>
/// A connection; its string knows Socket (a Unix socket) or Server and Port, User, Password, Database, Pooling.
/// </summary>
public sealed class MariaDbConnection(string connectionString = "") : DbConnection
{
    private static readonly ConcurrentDictionary<string, ConcurrentStack<Session>> Pools = new();

    private Session? _session;
    private string _connectionString = connectionString;

    /// <inheritdoc/>
    [AllowNull]
    public override string ConnectionString
    {
        get => _connectionString;
        set => _connectionString = value ?? "";
    }

    /// <inheritdoc/>
    public override string Database => Settings.Of(_connectionString).Database;

    /// <inheritdoc/>
    public override string DataSource => Settings.Of(_connectionString).Place;

    /// <inheritdoc/>
    public override string ServerVersion => Open_.ServerVersion;

    /// <summary>The server's number for this connection.</summary>
    public int ServerThread => Open_.ServerThread;

    /// <inheritdoc/>
    public override ConnectionState State =>
        _session is null || _session.IsBroken ? ConnectionState.Closed : ConnectionState.Open;

    /// <inheritdoc/>
    protected override DbProviderFactory DbProviderFactory => MariaDbFactory.Instance;

    internal Session Open_ => _session ?? throw new InvalidOperationException("The connection is not open.");

    /// <inheritdoc/>
    public override void Open() => OpenAsync(false, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override Task OpenAsync(CancellationToken cancel) => OpenAsync(true, cancel).AsTask();

    /// <inheritdoc/>
    public override void Close()
    {
        if (_session is not { } session)
        {
            return;
        }

        _session = null;
        if (Settings.Of(_connectionString).IsPooled && session is { IsBroken: false, IsInTransaction: false })
        {
            Pools.GetOrAdd(_connectionString, static _ => new()).Push(session);
        }
        else
        {
            session.Dispose();
        }
    }

    /// <inheritdoc/>
    public override void ChangeDatabase(string databaseName)
    {
        using DbCommand command = CreateCommand();
        command.CommandText = $"USE `{databaseName}`";
        command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel)
    {
        using DbCommand command = CreateCommand();
        command.CommandText = "START TRANSACTION";
        command.ExecuteNonQuery();
        return new MariaDbTransaction(this, isolationLevel);
    }

    /// <inheritdoc/>
    protected override DbCommand CreateDbCommand() => new MariaDbCommand { Connection = this };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Close();
        base.Dispose(disposing);
    }

    private async ValueTask OpenAsync(bool isAsync, CancellationToken cancel)
    {
        if (_session is not null)
        {
            Close();
        }

        if (Pools.TryGetValue(_connectionString, out ConcurrentStack<Session>? pool))
        {
            while (pool.TryPop(out Session? idle))
            {
                if (idle.IsUsable)
                {
                    _session = idle;
                    return;
                }

                idle.Dispose();
            }
        }

        _session = await Session.OpenAsync(Settings.Of(_connectionString), isAsync, cancel).ConfigureAwait(false);
    }

    private sealed class MariaDbTransaction(MariaDbConnection connection, IsolationLevel isolation) : DbTransaction
    {
        private bool _isOver;

        public override IsolationLevel IsolationLevel => isolation;

        protected override DbConnection DbConnection => connection;

        public override void Commit() => End("COMMIT");

        public override void Rollback() => End("ROLLBACK");

        protected override void Dispose(bool disposing)
        {
            if (!_isOver && connection.State == ConnectionState.Open)
            {
                End("ROLLBACK");
            }

            base.Dispose(disposing);
        }

        private void End(string order)
        {
            _isOver = true;
            using DbCommand command = connection.CreateCommand();
            command.CommandText = order;
            command.ExecuteNonQuery();
        }
    }
}
